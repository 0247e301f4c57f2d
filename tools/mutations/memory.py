"""What is remembered beyond a refresh, where somebody has spoilt it."""

from tools.mutations.row import row

HOLDING = ("tests/unit/test_holding.py",)
GUARDS = ("tests/unit/test_guards.py",)
MEMORY = ("tests/contract/adapters/test_memory.py::test_what_cannot_be_read_is_neither_guessed_nor_overwritten",)
STOPS = ("tests/contract/adapters/test_stops.py::test_what_cannot_be_read_is_not_guessed_and_hides_no_other",)

ROWS = (
    row(
        "a renewal that is yet to come holds nothing",
        "holding.py",
        "        if each.at > now + AHEAD:\n",
        "        if False:\n",
        HOLDING,
    ),
    row(
        "a clock that is a little ahead holds the chain",
        "holding.py",
        "        if each.at > now + AHEAD:\n",
        "        if each.at > now:\n",
        HOLDING,
    ),
    row(
        "a cooldown ends after the end of time",
        "cooldown.py",
        "left = min(cooldown - (now - renewal.at), cooldown)",
        "left = renewal.at + cooldown - now",
        GUARDS,
    ),
    row(
        "renewals that are nested without end are an error of the interpreter",
        "adapters/kube_memory.py",
        "    except (ValueError, KeyError, TypeError, RecursionError) as error:\n",
        "    except (ValueError, KeyError, TypeError) as error:\n",
        MEMORY,
    ),
    row(
        "a moment that UTC does not have is an error of the interpreter",
        "adapters/kube_times.py",
        "    except OverflowError as error:\n",
        "    except ZeroDivisionError as error:\n",
        MEMORY,
    ),
    row(
        "the note of a stop that is nested without end is an error of the interpreter",
        "adapters/kube_stops.py",
        "TypeError, OverflowError, RecursionError)",
        "TypeError, OverflowError)",
        STOPS,
    ),
)
