"""The window never loads examples: it knows how many there are, and the engine says what else it shows of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from ui.person import LONG, Key, Person

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.registry import data_set, data_sets
from resnet_sim.files import container
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase

SMALL = data_set(DataReference("digits-600")).load()


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The data sets that are asked for their examples here, and not in the engine: from before the window is made."""
    found: list[str] = []

    def load(self: DataSet) -> Data:
        found.append(self.name)
        raise AssertionError(self.name)

    for kind in data_sets().values():
        monkeypatch.setattr(kind, "load", load)
    return found


def test_another_data_set_is_told_at_once_and_its_labels_by_the_engine(
    qtbot: QtBot, window: MainWindow, loaded: list[str]
) -> None:
    person, chooser, card = Person(qtbot, window), window.train.cards.chooser, window.train.setup.data
    qtbot.waitUntil(lambda: chooser.answer.words.startswith("label"), timeout=LONG)
    person.choose(card.kind, "Digits 8×8, 600")
    assert "600 train, 150 dev" in card.sizes.text()
    assert chooser.answer.words == "", "the labels are those of another set"
    window.train.canvas.view.setFocus()
    person.key(Key.Key_X, Key.Key_X)
    assert chooser.row == 2
    label = int(SMALL.train_y[2].argmax())
    qtbot.waitUntil(lambda: chooser.answer.words.startswith(f"label {label}"), timeout=LONG)
    assert window.workbench.run.data is not None
    assert window.workbench.run.data.rms == SMALL.rms
    assert loaded == []


def test_a_file_with_large_images_opens_before_anything_is_loaded(
    qtbot: QtBot, window: MainWindow, loaded: list[str], tmp_path: Path
) -> None:
    person, chooser = Person(qtbot, window), window.train.cards.chooser
    file = tmp_path / "large.resnet"
    container.save(file, container.Saved(Experiment(mlp(1, 8, 10), DataReference("mnist-5000")), None))
    person.drop_file(file)
    assert window.header.name.text() == "large"
    assert "4000 train, 1000 dev" in window.train.setup.data.sizes.text()
    person.until(Phase.READY)
    qtbot.waitUntil(lambda: chooser.answer.words.startswith("label"), timeout=LONG)
    assert loaded == []
