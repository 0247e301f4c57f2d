"""`python -m sandbox.real`: see `sandbox.real.door`."""

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # while modules are loaded there is nothing to clear up

from sandbox.real.door import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
