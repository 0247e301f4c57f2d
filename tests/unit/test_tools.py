"""What `make` leans on before and around the tests."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from infra.check import needs as infra
from tools import install, smoke, uninstall
from tools.checks import Check, run

ROOT = Path(__file__).parents[2]


def find_python(*arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "tools/find-python", *arguments],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_python_that_was_named_is_taken() -> None:
    found = find_python(sys.executable)

    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_a_named_python_that_is_none_is_refused_by_name() -> None:
    found = find_python("/bin/false")

    assert (found.returncode, found.stdout) == (1, "")
    assert "PYTHON=/bin/false" in found.stderr


def test_without_any_python_it_says_what_to_install(tmp_path: Path) -> None:
    found = find_python("", path=str(tmp_path))

    assert found.returncode == 1
    assert "install" in found.stderr


def test_an_environment_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    lock, ready = tmp_path / "lock.txt", tmp_path / "ready.txt"
    lock.write_text("nothing==1.0\n")
    shutil.copyfile(lock, ready)
    command = [sys.executable, str(ROOT / "tools/environment.py"), *map(str, (tmp_path / "venv", lock, ready))]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")
    assert not (tmp_path / "venv").exists()


def test_a_failed_check_fails_the_run_and_does_not_stop_the_rest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, outcome in (("first", "False"), ("second", "True")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "test_it.py").write_text(f"def test_it():\n    assert {outcome}\n")

    status = run([[[Check(name=name, tests=(str(tmp_path / name),)) for name in ("first", "second")]]])

    summary = capfd.readouterr().out.rpartition("check  ")[2]
    assert status == 1
    assert [line.split()[1] for line in summary.splitlines() if line.startswith(("first", "second"))] == [
        "FAILED",
        "ok",
    ]
    assert summary.splitlines()[-1] == "1 passed, 1 failed"


def test_a_run_without_any_test_fails(tmp_path: Path) -> None:
    assert run([[[Check(name="empty", tests=(str(tmp_path),))]]]) == 1


@pytest.mark.parametrize("required", [False, True])
def test_a_ring_that_cannot_run_here_is_left_out_by_name_and_fails_where_it_is_required(
    *, required: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    status = run([[[Check(name="ring 2", command=("python", "--version"), ring=2)]]], require_rings=required)

    summary = capfd.readouterr().out
    assert status == int(required)
    assert "apt-get install docker-registry" in summary
    assert ("left out" in summary) is not required


@pytest.mark.parametrize("required", [False, True])
def test_what_else_a_check_lacks_is_named_likewise(
    *, required: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    status = run([[[Check(name="infra", command=("false",), lacks=infra.missing)]]], require_rings=required)

    summary = capfd.readouterr().out
    assert status == int(required)
    assert "terraform: install it as https://" in summary
    assert ("left out" in summary) is not required


@pytest.mark.parametrize("ring, required, status", [(2, True, 1), (2, False, 0), (1, True, 0)])
def test_a_skipped_test_fails_the_run_of_a_ring_that_is_required(
    tmp_path: Path, *, ring: int, required: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.checks.needs.of", lambda _: ())
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('not here')\n")

    assert run([[[Check(name="it", tests=(str(tmp_path),), ring=ring)]]], require_rings=required) == status


def test_lanes_run_side_by_side_and_what_one_says_is_shown_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each waits for the other: one after the other would never end."""
    meets = "import pathlib, sys, time\nmine, other = map(pathlib.Path, sys.argv[1:])\nmine.touch()\nprint(mine.name)\n"
    meets += "while not other.exists():\n    time.sleep(0.01)\nsys.exit(mine.name == 'bad')"

    def lane(mine: str, other: str) -> list[Check]:
        return [Check(name=mine, command=("python", "-c", meets, str(tmp_path / mine), str(tmp_path / other)))]

    status = run([[lane("good", "bad"), lane("bad", "good")]])

    said = capfd.readouterr().out
    assert status == 1
    assert "beside these: bad" in said
    assert "── bad " + "─" * 73 + "\nbad\n" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith(("good ", "bad "))] == ["ok", "FAILED"]


@pytest.mark.parametrize("main", [install.main, uninstall.main], ids=["install", "uninstall"])
@pytest.mark.parametrize(
    "arguments, said", [([], "required: PROJECT/LOCATION/NAME"), (["main"], "project/location/name")]
)
def test_a_cluster_must_be_named_in_full(
    main: Callable[[Sequence[str]], int], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_nothing_is_deployed_without_a_plan_that_was_shown(tmp_path: Path) -> None:
    command = ["make", f"--makefile={ROOT / 'Makefile'}", f"--directory={tmp_path}", "deploy"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "There is no plan; make plan shows one." in done.stderr


@pytest.mark.parametrize("target", ["plan", "smoke", "destroy"])
def test_a_shared_state_is_found_from_any_machine(target: str) -> None:
    """Without it a clone has an empty state of its own, and destroys nothing of what there is."""
    done = make("-n", target, "STATE_BUCKET=acme-state")

    assert "cp infra/terraform/backend.tf.example infra/terraform/backend.tf" in done.stdout
    assert "init -input=false -backend-config=bucket=acme-state" in done.stdout


@pytest.mark.parametrize("target", ["plan", "smoke", "destroy"])
def test_a_missing_terraform_is_named_before_anything_is_done(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if shutil.which("terraform"):
        pytest.skip("terraform is where every other program is")

    done = make(target, "--assume-old=package")

    assert done.returncode != 0
    assert "terraform is missing: install it as https://developer.hashicorp.com/terraform/install says" in done.stderr


@pytest.mark.parametrize("target", ["install", "uninstall"])
def test_without_a_cluster_make_shows_the_line_to_type(target: str) -> None:
    done = make(target)

    assert done.returncode != 0
    assert f"use make {target} CLUSTER=project/location/name" in done.stderr


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_smoke_test_of_nothing_says_that_nothing_is_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outputs.json").write_text("{}")

    assert smoke.main([str(tmp_path / "outputs.json")], {}) == 1
    assert "make deploy" in capsys.readouterr().err


def test_a_missing_kubectl_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert install.kubectl("main", "version") == 127
    assert "kubectl is missing" in capsys.readouterr().err
