"""A host that has too few inotify instances is known before a machine is started on it."""

import subprocess
import sys

import pytest

from sandbox.real import inotify
from sandbox.real.machines.computer import NoRoom

pytestmark = pytest.mark.ring3

# A user namespace has a limit of its own, below the host's.
LIMITED = "echo {limit} > /proc/sys/user/max_inotify_instances; exec {python} -c 'from sandbox.real import {code}'"


def says(code: str, *, limit: int) -> str:
    """What Python prints where no more than `limit` instances may be had."""
    script = LIMITED.format(limit=limit, python=sys.executable, code=code)
    command = ("unshare", "--user", "--map-root-user", "sh", "-c", script)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_as_many_as_the_limit_are_left_and_no_more() -> None:
    code = "inotify; print(*(inotify.are_left(number) for number in (0, 3, 4, 3)))"
    assert says(code, limit=3) == "True True False True"


def test_who_looks_at_the_same_time_takes_nothing_from_another() -> None:
    code = "inotify; from multiprocessing import Pool; print(all(Pool(2).map(inotify.are_left, [3] * 2000, 1)))"
    assert says(code, limit=3) == "True"


def test_a_host_without_enough_for_a_story_is_told_the_setting() -> None:
    code = "needs; print(*needs.of(3), sep=chr(10))"
    told = f"{inotify.STORY} inotify instances that nobody uses: raise the host's limit: sysctl"
    assert told in says(code, limit=inotify.STORY - 1)


def test_a_machine_that_finds_no_room_says_what_helps() -> None:
    said = NoRoom("gke-main-a-1 can't boot: it takes 8 inotify instances").sentence
    assert said.endswith("; end another sandbox, or raise the host's limit: sysctl fs.inotify.max_user_instances=1024")
