"""The ground every test stands on: no screen, one thread, its own home folder, and nothing left behind."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Assigned, not defaulted: an empty value in the environment would win over a default, and Qt reads it at its import.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("RESNET_SIM_TEST_PLATFORM") or "offscreen"
if _displays := os.environ.get("RESNET_SIM_TEST_DISPLAYS", "").split():
    os.environ["DISPLAY"] = _displays[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])]  # a screen per process
for _library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # sums in one order, so that runs repeat; read by NumPy at its import


def _own_home() -> Path:
    """Points home, settings, caches and temporary files of this test run into one folder that goes with it."""
    home = Path(tempfile.mkdtemp(prefix="resnet_sim-test-home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    old_home = Path.home()
    if (old_home / ".Xauthority").exists():
        os.environ.setdefault("XAUTHORITY", str(old_home / ".Xauthority"))  # or no window opens on a real screen
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # tmp_path stays where people look for it
    folders = {
        "HOME": "home",
        "USERPROFILE": "home",
        "XDG_CONFIG_HOME": "home/.config",
        "XDG_DATA_HOME": "home/.local/share",
        "XDG_CACHE_HOME": "home/.cache",
        "XDG_STATE_HOME": "home/.local/state",
        "XDG_RUNTIME_DIR": "run",
        "APPDATA": "home/roaming",
        "LOCALAPPDATA": "home/local",
        "TMPDIR": "tmp",
        "TMP": "tmp",
        "TEMP": "tmp",
    }
    for name, folder in folders.items():
        (home / folder).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(home / folder)
    (home / "run").chmod(0o700)  # Qt warns of a runtime folder that others can read
    tempfile.tempdir = None  # asked again, it finds TMPDIR
    return home


_HOME = _own_home()

import pytest  # noqa: E402 - what these bring in must find the environment above
from hypothesis import settings  # noqa: E402

settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")), database=None)
settings.load_profile("house")

_PATIENCE_S = 2.0
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remembers a failed test: its traceback keeps alive what it would have cleaned up."""
    report: Any = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a child process, a window or a temporary file behind.

    What fixtures of a wider scope made stands before this one begins and is not counted.
    """
    processes, windows, files = _children(), _windows(), _temporary_files()
    yield
    if request.node.stash.get(_FAILED, False):
        return
    deadline = time.monotonic() + _PATIENCE_S
    while left := _left_behind(processes, windows, files):
        if time.monotonic() > deadline:
            _clear(processes, files)
            pytest.fail("left behind: " + "; ".join(left))
        _let_things_end()


def _left_behind(processes: set[int], windows: set[int], files: set[str]) -> list[str]:
    """What is there now and was not before, in words."""
    return [
        *(f"process {each} ({_command_of(each)})" for each in sorted(_children() - processes)),
        *(f"window {name}" for address, name in _windows().items() if address not in windows),
        *(f"temporary file {name}" for name in sorted(_temporary_files() - files)),
    ]


def _let_things_end() -> None:
    """Gives ended processes, deleted widgets and cycles the chance to go."""
    if (widgets := sys.modules.get("PySide6.QtWidgets")) and (application := widgets.QApplication.instance()):
        from PySide6.QtCore import QEvent

        application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        application.processEvents()
    gc.collect()
    time.sleep(0.02)


def _clear(processes: set[int], files: set[str]) -> None:
    """One test's leavings are not the next one's trouble."""
    for process in _children() - processes:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    for name in _temporary_files() - files:
        path = Path(tempfile.gettempdir(), name)
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _children() -> set[int]:
    """The living child processes of this one (where /proc tells; elsewhere none are seen)."""
    found = set()
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                state, parent = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == os.getpid() and state != "Z" and "resource_tracker" not in _command_of(int(entry)):
                    found.add(int(entry))
    return found


def _command_of(process: int) -> str:
    """How a process was started, as far as one can still see."""
    with contextlib.suppress(OSError):
        return Path("/proc", str(process), "cmdline").read_text().replace("\0", " ").strip()
    return "gone"


def _windows() -> dict[int, str]:
    """address -> name of the top-level widgets; none before somebody imported Qt's widgets."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return {}
    import shiboken6

    return {
        shiboken6.getCppPointer(each)[0]: f"{type(each).__name__} {each.windowTitle() or each.objectName()}".strip()
        for each in widgets.QApplication.topLevelWidgets()
        # Popups belong to their parents, the one tool tip and the menu of a view box to the libraries.
        if each.parent() is None and type(each).__name__ not in ("QTipLabel", "ViewBoxMenu")
    }


def _temporary_files() -> set[str]:
    """The files and folders in the temporary folder that only this test run has, but for the caches of PyTorch."""
    return {name for name in os.listdir(tempfile.gettempdir()) if not name.startswith("torch")}


# --- a GPU that is none -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def compiled_kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the stand-in for CuPy keeps what it compiles, also for workers that a test starts."""
    folder = tmp_path_factory.mktemp("kernels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_CUPY_FOLDER", str(folder))
        yield folder


@pytest.fixture(scope="session")
def cuda_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that answers as the CUDA driver does before CuPy is imported."""
    compiler = next((found for name in ("g++", "clang++", "c++") if (found := shutil.which(name))), None)
    if compiler is None:
        pytest.skip("the stand-in for a GPU needs a C++ compiler")
    made = tmp_path_factory.mktemp("driver") / "libcuda.so.1"
    source = Path(__file__).parent / "engine" / "fake_cupy" / "driver.cpp"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(source)], check=True)
    return made


@pytest.fixture
def with_gpu(cuda_driver: Path, compiled_kernels: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Workers started from here find a driver, and a card where CuPy's stand-in is on their path."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(cuda_driver.parent))
    return monkeypatch
