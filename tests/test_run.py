"""run.py: what it takes for done, what it installs, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from resnet_sim.cli import VERBS

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_bytes()
LINUX_ONLY = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux leaves libraries to the system"
)


@pytest.fixture
def run() -> ModuleType:
    """run.py as a module of this test alone."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def elsewhere(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as if it lay in a folder of its own, where nothing is set up."""
    tmp_path.joinpath("pyproject.toml").write_bytes(PYPROJECT)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(run, "ROOT", str(tmp_path))
    monkeypatch.setattr(run, "VENV", str(venv))
    monkeypatch.setattr(run, "PYTHON", str(venv / "bin" / "python"))
    monkeypatch.setattr(run, "STAMP", str(venv / "resnet_sim.stamp"))
    monkeypatch.setattr(run, "new_enough", lambda python: True)
    monkeypatch.setattr(run, "has_module", lambda python, name: True)

    def create() -> None:
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        (venv / "bin" / "python").touch()

    monkeypatch.setattr(run, "create_environment", create)
    return run


# --- verbs -------------------------------------------------------------------------------------------------------


def test_knows_the_verbs_of_the_command_line(run: ModuleType) -> None:
    assert run.COMMANDS == VERBS


@pytest.mark.parametrize("arguments", [[], ["net.resnet"], ["some/folder/net.resnet"], ["example:residual"]])
def test_a_window_is_wanted_without_a_verb(run: ModuleType, arguments: list[str]) -> None:
    assert run.needs_window(arguments)


@pytest.mark.parametrize("arguments", [[verb, "net.resnet"] for verb in VERBS] + [["--version"], ["--help"], ["-h"]])
def test_a_verb_wants_no_window(run: ModuleType, arguments: list[str]) -> None:
    assert not run.needs_window(arguments)


def test_a_verb_asks_for_no_library(elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(elsewhere, "ensure_environment", lambda extra: None)
    monkeypatch.setattr(elsewhere, "ensure_libraries", lambda libraries: pytest.fail("asked for libraries"))
    monkeypatch.setattr(elsewhere, "replace_by", started.append)
    elsewhere.main(["check", "net.resnet"])
    assert started == [[elsewhere.PYTHON, "-P", "-m", "resnet_sim", "check", "net.resnet"]]


def test_help_sets_nothing_up(elsewhere: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert elsewhere.main(["--help"]) == 0
    assert "run.py setup [--test]" in capsys.readouterr().out
    assert not Path(elsewhere.VENV).exists()


# --- the stamp ---------------------------------------------------------------------------------------------------


def test_the_fingerprint_follows_what_decides_the_packages(run: ModuleType) -> None:
    same = run.fingerprint(PYPROJECT, "/usr/bin/python3.11", "/here")
    assert run.fingerprint(PYPROJECT, "/usr/bin/python3.11", "/here") == same
    assert (
        run.fingerprint(PYPROJECT.replace(b"line-length = 120", b"line-length = 99"), "/usr/bin/python3.11", "/here")
        == same
    )
    assert run.fingerprint(PYPROJECT.replace(b"numpy>=2.0", b"numpy>=2.1"), "/usr/bin/python3.11", "/here") != same
    assert run.fingerprint(PYPROJECT, "/usr/bin/python3.13", "/here") != same
    assert run.fingerprint(PYPROJECT, "/usr/bin/python3.11", "/moved") != same


@pytest.mark.parametrize(
    ("stamp", "complete"),
    [
        ({"fingerprint": "a", "extra": "test"}, True),
        ({"fingerprint": "a", "extra": ""}, False),
        ({"fingerprint": "b", "extra": "test"}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_an_environment_is_complete_only_by_its_stamp(run: ModuleType, stamp: object, complete: bool) -> None:
    assert run.is_complete(stamp, {"fingerprint": "a", "extra": "test"}) is complete


def test_the_tests_environment_also_runs_the_program(run: ModuleType) -> None:
    assert run.is_complete({"fingerprint": "a", "extra": "test"}, {"fingerprint": "a", "extra": ""})


def test_a_set_up_that_fails_never_passes_as_done(elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []

    def fails(extra: str) -> None:
        raise elsewhere.StopError("offline")

    monkeypatch.setattr(elsewhere, "install", fails)
    with pytest.raises(elsewhere.StopError, match="offline"):
        elsewhere.ensure_environment("")
    assert not elsewhere.is_ready("")

    monkeypatch.setattr(elsewhere, "install", installed.append)
    elsewhere.ensure_environment("")
    elsewhere.ensure_environment("")
    assert elsewhere.is_ready("")
    assert installed == [""]  # the second start had nothing to do


def test_a_failed_change_takes_back_that_the_old_state_was_done(
    elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "install", lambda extra: None)
    elsewhere.ensure_environment("")
    monkeypatch.setattr(elsewhere, "install", lambda extra: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        elsewhere.ensure_environment("test")
    assert not elsewhere.is_ready("")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_a_damaged_stamp_counts_for_nothing(
    elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    elsewhere.create_environment()
    Path(elsewhere.STAMP).write_bytes(content)
    assert not elsewhere.is_ready("")


def test_a_pip_that_fails_is_told_in_one_message(
    elsewhere: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = tmp_path / "pip.py"
    pip.write_text("print('Collecting numpy')\nprint('ERROR: No matching distribution found')\nraise SystemExit(1)\n")
    monkeypatch.setattr(elsewhere, "PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(elsewhere.StopError) as stop:
        elsewhere.install("")
    assert "did not finish" in str(stop.value)
    assert "online" in str(stop.value)
    assert "No matching distribution found" in str(stop.value)


# --- an older Python ---------------------------------------------------------------------------------------------


def test_an_older_python_hands_over_to_a_newer_one(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/bin/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(run, "new_enough", lambda python: True)
    monkeypatch.setattr(run, "replace_by", started.append)
    run.with_a_newer_python(["check"])
    assert started == [["/bin/python3.12", str(ROOT / "run.py"), "check"]]


def test_an_older_python_alone_says_in_one_sentence_what_is_needed(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    with pytest.raises(run.StopError, match=r"needs Python 3\.11 or newer"):
        run.with_a_newer_python([])


def test_a_python_that_does_not_start_is_not_new_enough(run: ModuleType, tmp_path: Path) -> None:
    assert run.new_enough(sys.executable)
    assert not run.new_enough(str(tmp_path / "python3.12"))


# --- system libraries --------------------------------------------------------------------------------------------


def test_each_library_is_installed_by_its_package_once(run: ModuleType) -> None:
    assert run.packages_of(["libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"]) == ["libegl1", "libglib2.0-0"]


@pytest.mark.parametrize(
    ("environment", "present", "absent"),
    [
        ({"DISPLAY": ":0"}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
        ({}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "libwayland-client.so.0", "libxcb-cursor.so.0"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "libEGL.so.1", "libxcb-cursor.so.0"),
        ({"QT_QPA_PLATFORM": "xcb"}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
    ],
)
def test_asks_for_the_libraries_of_the_screen_that_is_there(
    run: ModuleType, environment: dict[str, str], present: str, absent: str
) -> None:
    needed = run.needed_libraries(environment)
    assert "libEGL.so.1" in needed
    assert present in needed
    assert absent not in needed


@LINUX_ONLY
def test_finds_the_library_that_cannot_be_loaded(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    assert run.missing_libraries({"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"}) == ["libnowhere.so.9"]


def test_whoever_may_not_install_is_told_the_exact_command(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "is_root", lambda: False)
    monkeypatch.setattr(run, "is_installable", lambda package: package in ("libegl1", "libglib2.0-0t64"))
    with pytest.raises(run.StopError, match=r"sudo apt-get install libegl1 libglib2\.0-0t64$"):
        run.apt_install(["libegl1", "libglib2.0-0"], "The window's libraries")


def test_other_systems_are_told_what_is_needed(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "missing_libraries", lambda libraries: ["libxcb-cursor.so.0"])
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    with pytest.raises(run.StopError, match=r"libxcb-cursor\.so\.0.*package manager"):
        run.ensure_libraries(run.X11_LIBRARIES)


def test_package_names_that_nobody_knows_stay_as_they_are(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "is_installable", lambda package: False)
    assert run.todays_names(["libegl1"]) == ["libegl1"]


# --- counting tests ----------------------------------------------------------------------------------------------


def test_the_last_line_counts_the_tests_of_all_runs(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    some = tmp_path / "test_some.py"
    some.write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_fails(): assert False\n"
        "def test_is_skipped(): pytest.skip()\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError\n"
        "def test_has_no_ground(broken): pass\n"
    )
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    monkeypatch.setattr(run, "ROOT", str(tmp_path))
    steps = run.Steps(str(tmp_path))
    steps.tests("first", ["-k", "passes or fails"], {})
    steps.tests("second", [], {})
    steps.tests("none", ["-k", "nothing_of_that_name"], {})
    steps.check("a check", [sys.executable, "-c", ""])
    assert steps.summary() == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[-1] == "2 passed, 3 failed, 1 skipped"
    assert any(line.startswith("first") and "1 passed, 1 failed, 0 skipped" in line for line in lines)
    assert any(line.startswith("none") and "skipped" in line for line in lines)
    assert any(line.startswith("a check") and " ok " in line for line in lines)


def test_a_test_run_that_breaks_down_counts_as_failed(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    monkeypatch.setattr(run, "ROOT", str(tmp_path))
    steps = run.Steps(str(tmp_path))
    steps.tests("broken", ["no/such/file.py"], {})
    assert (steps.passed, steps.failed, steps.summary()) == (0, 1, 1)


# --- the file itself ---------------------------------------------------------------------------------------------


def test_needs_nothing_but_the_standard_library_and_little_time() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "run.py"), "--help"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    started = time.monotonic()
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "python3 run.py test --slow" in shown.stdout
    assert time.monotonic() - started < 10


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_the_continuous_check_is_executable_and_calls_run_py() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "python3 run.py test" in script.read_text(encoding="utf-8")
