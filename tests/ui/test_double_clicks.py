"""The entry of the file menu that lets a double click on a file open it here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QImage

from resnet_sim.ui.double_clicks import COMMAND, DoubleClicks
from resnet_sim.ui.panels.strip import Message

Told = list[tuple[str, list[str]]]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, on a desktop that has both programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("update-mime-database", "update-desktop-database"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path / "data"


def entry(parent: QObject) -> QAction:
    action = QAction("Open by double click", parent)
    action.setCheckable(True)
    return action


def test_checked_the_desktop_opens_files_here_and_unchecked_no_more(qapp: QObject, desktop: Path) -> None:
    told: Told = []
    said: list[Message] = []
    action = entry(qapp)
    clicks = DoubleClicks(action, action, desktop, lambda program, arguments: told.append((program, arguments)))
    clicks.said.connect(said.append)
    assert action.isEnabled()
    assert not action.isChecked()
    action.trigger()
    text = clicks.files.entry.read_text()
    assert clicks.files.entry.is_relative_to(desktop)
    assert COMMAND[0] in text
    assert not QImage(str(clicks.files.icon)).isNull()
    assert [program for program, _ in told] == ["update-mime-database", "update-desktop-database"]
    assert all(Path(folder).is_dir() for _, (folder,) in told)
    assert DoubleClicks(entry(action), action, desktop).files.made, "the next start knows it"
    action.trigger()
    assert not clicks.files.made
    assert [each.kind for each in said] == ["info", "info"]


def test_what_cannot_be_written_is_said_and_the_entry_stays_unchecked(qapp: QObject, desktop: Path) -> None:
    desktop.write_text("a file in the way")
    said: list[Message] = []
    action = entry(qapp)
    clicks = DoubleClicks(action, action, desktop, lambda program, arguments: None)
    clicks.said.connect(said.append)
    action.trigger()
    assert not action.isChecked()
    assert [each.kind for each in said] == ["error"]


def test_without_a_desktop_that_listens_the_entry_says_what_it_needs(
    qapp: QObject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    action = entry(qapp)
    DoubleClicks(action, action)
    assert not action.isEnabled()
    assert "update-mime-database" in action.toolTip()
