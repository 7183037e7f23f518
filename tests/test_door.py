"""`python -m resnet_sim`: a window or the command line, and one sentence where neither can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_sim.__main__ import main, no_screen, no_such_file

ROOT = Path(__file__).resolve().parents[1]


def test_a_verb_goes_to_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples"]) == 0
    assert capsys.readouterr().out


def test_a_word_that_is_neither_file_nor_verb_is_refused_with_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 1
    said = capsys.readouterr().err
    assert "chekc" in said
    assert "check, train" in said
    assert len(said.splitlines()) == 1


def test_a_file_that_is_there_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "net.resnet"
    assert no_such_file([str(path)])
    path.touch()
    assert no_such_file([str(path)]) is None
    assert no_such_file([]) is None


@pytest.mark.parametrize(
    ("platform", "environment", "possible"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_says_when_there_is_no_screen(platform: str, environment: dict[str, str], possible: bool) -> None:
    assert (no_screen(platform, environment) is None) is possible


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_without_a_screen_the_window_ends_in_one_sentence() -> None:
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in screens}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-P", "-m", "resnet_sim"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "no screen" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_module_lying_in_the_current_folder_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('a stranger was run')")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "resnet_sim", "--version"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_command_line_adds_up_in_one_thread_as_the_window_does() -> None:
    asked = (
        "import os, sys; from resnet_sim.__main__ import main; assert 'numpy' not in sys.modules; main(['examples'])"
    )
    asked += "; print(os.environ['OPENBLAS_NUM_THREADS'])"
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", asked], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1"
