"""PySide6 6.12 ends Python 3.11: the pins, the pair that is installed, and the sentence that refuses it."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from PySide6.QtWidgets import QApplication, QWidget

from resnet_sim.ui.versions import known_bad, window_problem

PYPROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12: nothing to count")
def test_calls_into_qt_keep_their_references_to_none(qapp: QApplication) -> None:
    widget = QWidget()
    before = sys.getrefcount(None)
    for size in range(100):
        widget.resize(size, size)
    assert sys.getrefcount(None) - before > -20
    widget.deleteLater()


@pytest.mark.parametrize("package", ["PySide6-Essentials", "pyqtgraph", "numpy", "msgspec", "safetensors"])
def test_what_is_installed_is_what_the_project_asks_for(package: str) -> None:
    asked = [Requirement(each) for each in PYPROJECT["project"]["dependencies"]]
    here = [each for each in asked if each.name == package and (each.marker is None or each.marker.evaluate())]
    assert len(here) == 1
    assert here[0].specifier.contains(version(package))


def test_shiboken_is_of_the_same_release_as_pyside() -> None:
    assert version("shiboken6") == version("PySide6-Essentials")


@pytest.mark.parametrize("pyside", ["6.12.0", "6.12", "6.12.1", "6.13.0", "7.0.0", "6.12.0a1"])
def test_refuses_newer_pyside_on_python_311_and_names_the_cure(pyside: str) -> None:
    refused = known_bad((3, 11, 7), pyside)
    assert refused is not None
    assert pyside in str(refused)
    assert re.search(r'pip install "PySide6-Essentials>=6\.10,<6\.12"', str(refused))
    assert "3.12" in str(refused)


@pytest.mark.parametrize(
    ("python", "pyside"),
    [((3, 11, 7), "6.10.3"), ((3, 11, 7), "6.11.3"), ((3, 12, 1), "6.12.0"), ((3, 13, 0), "6.12.0")],
)
def test_accepts_pairs_that_run(python: tuple[int, ...], pyside: str) -> None:
    assert known_bad(python, pyside) is None


def test_this_installation_can_open_a_window() -> None:
    assert window_problem() is None
