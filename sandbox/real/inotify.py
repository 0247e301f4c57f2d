"""Whether this host has inotify instances to spare: Linux gives a user 128, and not every program says it got none.

They are counted by user, in every user namespace up to the host's own, so no machine can be given some of its own.
"""

import ctypes
import fcntl
import os

CONTROL_PLANE, MACHINE = 5, 8
STORY = CONTROL_PLANE + 4 * MACHINE
"""What the programs of each were seen to hold; a story has four machines."""

_LIMIT = "/proc/sys/fs/inotify/max_user_instances"


def are_left(number: int) -> bool:
    """So many at once. How many are in use can't be read anywhere, so they are taken, and given back at once.

    One process looks at a time: two would take what they look for from each other.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    turn = os.open(_LIMIT, os.O_RDONLY | os.O_CLOEXEC)
    taken = [turn]
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        while len(taken) <= number:
            descriptor = libc.inotify_init1(os.O_CLOEXEC)
            if descriptor < 0:
                return False
            taken.append(descriptor)
        return True
    finally:
        for descriptor in reversed(taken):
            os.close(descriptor)
