"""How the sandbox's doors speak: at once, in characters that arrive, and no longer than somebody listens."""

import codecs
import io
import os
import shlex
import signal
import sys

_LETTERS = {"✅": "[ok]", "❌": "[no]", "…": "...", "→": "->", "▶": ">", "✉": "@", "🔎": "?", "·": "-", "■": "#"}


def spell_out() -> None:
    """From now on, letters stand for what the encoding of a terminal or a pipe does not have."""
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelled")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_LETTERS.get(each, "?") for each in missing), error.end


def say(*lines: str) -> None:
    """Print them. Where whoever read them has gone, the run is ended as by Ctrl-C: in order, and in silence."""
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())  # what is still buffered goes there at the exit
        os.close(silence)
        signal.raise_signal(signal.SIGINT)


def complain(*lines: str) -> None:
    """Print them where errors go."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)


def export(variable: str, value: object) -> str:
    """A line for a shell, whatever is in the value."""
    return f"export {variable}={shlex.quote(str(value))}"
