"""The ground the tests stand on: its own home, and a test that leaves something behind fails."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
LEAVES = """
import subprocess, sys, tempfile
import pytest
from pathlib import Path

def test_leaves_a_process(request):
    request.config.left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

def test_leaves_a_window(qapp, request):
    from PySide6.QtWidgets import QWidget
    request.config.window = QWidget(windowTitle="forgotten")

def test_leaves_a_file():
    tempfile.mkstemp(prefix="forgotten")

def test_fails_of_itself():
    tempfile.mkstemp(prefix="excused")
    assert False

@pytest.fixture(scope="module")
def engine():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()

def test_may_use_what_a_wider_fixture_holds(engine):
    assert engine.poll() is None

def test_cleans_up(qtbot, tmp_path):
    from PySide6.QtWidgets import QWidget
    qtbot.addWidget(QWidget())
    QWidget().deleteLater()
    (tmp_path / "kept").touch()
    with tempfile.TemporaryDirectory():
        subprocess.run([sys.executable, "-c", ""], check=True)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes are seen in /proc")
def test_a_test_that_leaves_something_behind_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    patient = CONFTEST.read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(patient.replace("_PATIENCE_S = 2.0", "_PATIENCE_S = 0.2"), encoding="utf-8")
    (tmp_path / "test_leaves.py").write_text(LEAVES, encoding="utf-8")
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = ran.stdout
    for name in ("process", "window", "file"):
        assert f"ERROR test_leaves.py::test_leaves_a_{name} - Failed: left behind" in said, said
    assert "FAILED test_leaves.py::test_fails_of_itself" in said
    assert "ERROR test_leaves.py::test_fails_of_itself" not in said
    assert "PASSED test_leaves.py::test_may_use_what_a_wider_fixture_holds" in said
    assert "PASSED test_leaves.py::test_cleans_up" in said


def test_settings_and_caches_are_not_the_users(qapp: object) -> None:
    from PySide6.QtCore import QSettings, QStandardPaths

    home = os.environ["HOME"]
    assert Path.home() == Path(home)
    assert QSettings("ResNet Sim", "ResNet Sim").fileName().startswith(home)
    assert QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation).startswith(home)
    assert tempfile.gettempdir() == os.environ["TMPDIR"]


def test_sums_run_on_one_thread() -> None:
    assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["OMP_NUM_THREADS"] == "1"
