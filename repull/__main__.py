"""`python -m repull COMMAND`."""

import sys

from repull.cli import command

sys.exit(command())
