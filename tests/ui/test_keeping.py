"""Nothing that was made is lost: not by a crash, not by closing, not by a bad file; and no example is overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import CTRL, Key, Person, entry

from resnet_sim.files import container
from resnet_sim.files.journal import recover
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.ui.actions import FILE
from resnet_sim.ui.app import EXAMPLE, path_of
from resnet_sim.ui.checkpoints import POINTS
from resnet_sim.ui.run_state import Phase

DRIVEN = Path(__file__).with_name("driven.py")
Start = Callable[..., "Child"]


class Child:
    """The program in a process of its own, in a home of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(home / name.lower())
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(DRIVEN), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def do(self, deed: str) -> dict[str, Any]:
        """A deed, and the state when it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(deed + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"it ended at {deed}"
        found: dict[str, Any] = json.loads(answer)
        return found

    def kill(self) -> None:
        """As a power cut would, were there no disk cache."""
        self.process.kill()
        self._end()

    def close(self) -> None:
        """As the window's cross does."""
        assert self.process.stdin is not None
        self.process.stdin.write("close\n")
        self.process.stdin.flush()
        assert self._end() == 0

    def _end(self) -> int:
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program again and again, always in the same home."""
    home = tmp_path / "home"
    home.mkdir()
    children: list[Child] = []

    def begin(*arguments: str) -> Child:
        children.append(Child(home, *arguments))
        return children[-1]

    yield begin
    for child in children:
        if child.process.poll() is None:
            child.kill()


def unsaved(tmp_path: Path) -> list[str]:
    """Journals and their folders that are left in the home of the started programs."""
    return sorted(path.name for path in (tmp_path / "home").rglob("unsaved/*"))


@pytest.fixture
def person(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window in Build, an example in it."""
    settings.setValue("mode", "build")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, "tiny-cnn") as window:
        person = Person(qtbot, window)
        assert window.files.open_path(path_of(EXAMPLE + "tiny-cnn"))
        person.until(Phase.READY)
        yield person


# --- the program is killed ------------------------------------------------------------------------------------------


def test_a_killed_program_shows_every_edit_again_and_its_last_checkpoint(start: Start, tmp_path: Path) -> None:
    first = start("example:insert-base")
    first.do("add block:residual")
    first.do("set l2 0.01")
    trained = first.do("train 20")
    stood = trained["step"]
    assert stood >= 20
    assert trained["losses"] > 0
    left = first.do("set l2 0.02")
    first.do("go")
    first.kill()

    second = start()
    found = second.do("tell")
    assert found["experiment"] == left["experiment"]
    assert found["step"] == stood
    least = min(trained["losses"], POINTS // 2)
    assert least <= found["losses"] <= min(trained["losses"], POINTS), "its curves too, thinned"
    assert found["edited"]
    assert found["path"] == "", "an example has no file that could be written to"
    second.close()

    third = start()
    again = third.do("tell")
    assert again["experiment"] == found["experiment"], "closed without a question, there again without one"
    assert again["step"] == stood
    assert again["strip"] == ""
    file = tmp_path / "saved.resnet"
    third.do(f"save {file}")
    assert not [name for name in unsaved(tmp_path) if name.endswith(".journal")]
    third.close()
    assert unsaved(tmp_path) == []

    fourth = start()
    last = fourth.do("tell")
    assert last["path"] == str(file), "the last file is opened"
    assert not last["edited"]
    assert (last["experiment"], last["step"]) == (again["experiment"], stood)
    fourth.close()


def test_a_network_that_never_had_a_file_is_there_again_and_so_is_training_without_an_edit(
    start: Start, tmp_path: Path
) -> None:
    first = start("example:tiny-cnn")
    first.do("new")
    first.do("add conv2d")
    left = first.do("add average_pool")
    first.kill()

    second = start()
    found = second.do("tell")
    assert found["experiment"] == left["experiment"]
    assert found["path"] == ""
    second.do("mend")
    trained = second.do("train 10")
    second.kill()
    third = start()
    assert third.do("tell")["step"] == trained["step"]
    third.close()


def test_curves_that_were_damaged_do_not_cost_the_weights(start: Start, tmp_path: Path) -> None:
    first = start("example:insert-base")
    stood = first.do("train 20")["step"]
    first.kill()
    damaged = list((tmp_path / "home").rglob("unsaved/*/*.curves"))
    assert damaged
    for each in damaged:
        each.write_bytes(each.read_bytes()[:-9])
    second = start()
    found = second.do("tell")
    assert (found["step"], found["losses"]) == (stood, 0)
    second.close()


def test_training_alone_is_kept(start: Start) -> None:
    first = start("example:insert-base")
    stood = first.do("train 10")["step"]
    first.kill()
    second = start()
    found = second.do("tell")
    assert found["step"] == stood
    assert found["edited"]
    second.close()


# --- the journal ----------------------------------------------------------------------------------------------------


def test_every_edit_is_in_the_journal_at_once(person: Person, tmp_path: Path) -> None:
    person.canvas.click(person.canvas.on("conv1"))
    for number, letter in enumerate((Key.Key_C, Key.Key_B, Key.Key_M, Key.Key_G)):
        person.key(letter)
        copy = tmp_path / f"copy{number}"
        copy.mkdir()
        for journal in (tmp_path / "cache").glob("*.journal"):
            shutil.copy(journal, copy)
        (found,) = recover(copy)
        assert found.experiment == person.experiment
    assert person.window.files.keeper.left_over() == [], "what is open is nobody else's"


def test_what_was_undone_to_where_it_began_is_not_kept(person: Person, tmp_path: Path) -> None:
    person.key(Key.Key_C)
    person.key(Key.Key_Z, modifiers=CTRL)
    assert not person.bench.document.edited
    with person.qtbot.waitSignal(person.bench.run.finished, timeout=5_000):
        person.window.close()
    assert list((tmp_path / "cache").iterdir()) == []


def test_another_document_does_not_take_the_unsaved_one_away(person: Person) -> None:
    person.key(Key.Key_C)
    made = person.experiment
    person.menu("File", "New")
    assert person.experiment != made
    (kept,) = person.window.files.keeper.left_over()
    assert kept.found.experiment == made
    person.menu("File", "Unsaved networks", "")
    assert person.experiment == made
    assert person.bench.document.edited


def test_weights_are_not_lost_when_one_saves_while_they_are_handed_over(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = person.train_to(5)
    person.bench.editor.select("conv1")
    person.build.canvas.view.setFocus()
    person.key(Key.Key_B)
    file = tmp_path / "at-once.resnet"
    person.save_to(file, monkeypatch)
    saved = container.load(file)
    assert saved.experiment == person.experiment
    assert saved.checkpoint is not None
    assert saved.checkpoint.progress.step == stood


def test_weights_are_saved_with_a_network_that_has_problems_and_come_back_when_it_is_mended(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = person.train_to(5)
    last = [node.id for node in person.network.nodes if isinstance(node.layer, Dense)][-1]
    person.walk_to(last)
    person.type_into("units", "7")
    person.until(Phase.EMPTY)
    assert not person.bench.report.ok
    person.qtbot.waitUntil(lambda: person.bench.run.waiting is not None)
    file = tmp_path / "broken.resnet"
    person.save_to(file, monkeypatch)
    assert person.window.files.open_path(file)
    assert person.bench.run.phase is Phase.EMPTY
    person.build.canvas.view.setFocus()
    while person.bench.report.errors:
        before = len(person.bench.report.errors), person.bench.editor.current
        person.key(Key.Key_F8)
        assert (len(person.bench.report.errors), person.bench.editor.current) != before
    person.until(Phase.PAUSED)
    assert person.bench.run.step == stood


# --- files ----------------------------------------------------------------------------------------------------------


def test_an_example_is_never_overwritten(person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = path_of(EXAMPLE + "tiny-cnn")
    digest = hashlib.sha256(shipped.read_bytes()).hexdigest()
    person.key(Key.Key_C)
    asked: list[str] = []

    def ask(*arguments: object) -> tuple[str, str]:
        asked.append(str(arguments[2]))
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    person.key(Key.Key_S, modifiers=CTRL)
    assert len(asked) == 1
    assert not Path(asked[0]).resolve().is_relative_to(shipped.parent.resolve())
    assert person.bench.document.edited
    person.save_to(tmp_path / "mine.resnet", monkeypatch)
    assert hashlib.sha256(shipped.read_bytes()).hexdigest() == digest
    assert person.bench.path == tmp_path / "mine.resnet"


def test_recent_files_are_offered_newest_first_and_only_while_they_are_there(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        person.key(Key.Key_C)
        person.build.canvas.view.setFocus()
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, name=name: (str(tmp_path / name), ""))
        with person.qtbot.waitSignal(person.bench.saved):
            person.window.actions_["save_as"].trigger()
    (tmp_path / "two.resnet").unlink()
    assert [path.stem for path in person.window.files.recent()] == ["three", "one"]
    person.menu("File", "Open recent", "one.resnet")
    assert person.window.header.name.text() == "one"
    files = person.window.actions_.menus[FILE]
    recent = entry(files.actions(), "Open recent").menu()
    assert isinstance(recent, QMenu)
    recent.aboutToShow.emit()
    assert [each.text().split()[0] for each in recent.actions()] == ["one.resnet", "three.resnet"]


def test_a_file_that_is_dropped_on_the_window_is_opened(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "dropped.resnet"
    shutil.copy(path_of(EXAMPLE + "insert-base"), file)
    person.drop_file(file)
    assert person.window.header.name.text() == "dropped"
    assert person.bench.path == file
    person.drop_file(path_of(EXAMPLE + "tiny-cnn"))
    assert person.bench.path is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b'{"layers": []}'])
def test_a_bad_file_is_one_sentence_and_changes_nothing(person: Person, tmp_path: Path, content: bytes) -> None:
    person.key(Key.Key_C)
    before, title = person.bench.document, person.window.header.name.text()
    bad = tmp_path / "bad.resnet"
    bad.write_bytes(content)
    person.drop_file(bad)
    assert person.window.strip.isVisible()
    said = person.window.strip.text.text()
    assert "bad.resnet" in said
    assert said.endswith(".")
    assert person.bench.document is before
    assert person.window.header.name.text() == title
    assert person.window.files.recent() == []
