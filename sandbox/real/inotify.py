"""Whether this host has inotify instances to spare: Linux gives a user 128, and not every program says it got none.

They are counted by user, in every user namespace up to the host's own, so no machine can be given some of its own.
"""

import ctypes
import os

CONTROL_PLANE, MACHINE = 5, 8
STORY = CONTROL_PLANE + 4 * MACHINE
"""What the programs of each were seen to hold; a story has four machines."""


def are_left(number: int) -> bool:
    """So many at once. How many are in use can't be read anywhere, so they are taken, and given back at once."""
    libc = ctypes.CDLL(None, use_errno=True)
    taken: list[int] = []
    try:
        while len(taken) < number:
            descriptor = libc.inotify_init1(os.O_CLOEXEC)
            if descriptor < 0:
                return False
            taken.append(descriptor)
        return True
    finally:
        for descriptor in taken:
            os.close(descriptor)
