"""What to notice: sentences of a real run beside the settings, and none where nothing was measured."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resnet_sim.errors import sentence
from resnet_sim.state.noticing import Maths
from resnet_sim.state.record import Record
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.notices import NoticeBox, words_of
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import Look

LONG = 20_000


def shrink(qtbot: QtBot, window: MainWindow) -> NoticeBox:
    """A run in which lambda has shrunk W, paused."""
    bench, box = window.workbench, window.train.setup.notices
    bench.set_training("optimiser", "sgd")
    bench.set_training("l2", 1.0)
    bench.editor.seal()
    bench.train_or_pause()
    qtbot.waitUntil(lambda: bench.run.step >= 90, timeout=LONG)
    bench.train_or_pause()
    qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED, timeout=LONG)
    return box


def test_a_run_with_lambda_says_that_w_shrank_and_leads_there(qtbot: QtBot, window: MainWindow) -> None:
    box = shrink(qtbot, window)
    qtbot.waitUntil(lambda: any("λ has shrunk" in text for text in box.texts), timeout=3000)
    assert box.isVisibleTo(window.train.setup.inside)
    line = next(line for line in box.lines if "λ has shrunk" in line.prose.text)
    assert "W[" in line.accessibleName()
    assert "$" not in line.accessibleName()
    window.train.setup.ensureWidgetVisible(line)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert window.workbench.editor.selection == line.places[:1]
    window.workbench.editor.select()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Space)
    assert window.workbench.editor.selection == line.places[:1]


def test_nothing_is_said_without_a_record(qtbot: QtBot, window: MainWindow) -> None:
    box = window.train.setup.notices
    box.show_run(window.workbench.experiment, Record(), 1, False)
    assert box.texts == ()
    assert box.isHidden()
    shrink(qtbot, window)
    qtbot.waitUntil(lambda: bool(box.texts), timeout=LONG)
    window.workbench.run.begin(None)
    window.train.show_numbers()
    assert box.isHidden()


def test_while_training_it_looks_every_two_seconds_at_most(qtbot: QtBot, window: MainWindow, look: Look) -> None:
    now = [0.0]
    box = NoticeBox(look, lambda: now[0])
    qtbot.addWidget(box)
    bench = window.workbench
    box.show_run(bench.experiment, Record(), 0, False)
    assert box.texts == ()
    assert box.isHidden()
    record = Record()
    for step in range(120):
        record.add(step, {"loss": 1.0 + step})
    box.show_run(bench.experiment, record, 119, True)
    first = box._looked
    now[0] = 1.0
    box.show_run(bench.experiment, record, 119, True)
    assert box._looked == first
    now[0] = 2.1
    box.show_run(bench.experiment, record, 119, True)
    assert box._looked == 2.1


def test_formulas_keep_their_colours() -> None:
    said = sentence("{W} and {da}: {p}", W=Maths("W^{[3]}"), da=Maths("da^{[1]}"), p=Maths(r"1.0\cdot 10^{-5}"))
    assert words_of(said) == r"$\wt{W^{[3]}}$ and $\grad{da^{[1]}}$: $1.0\cdot 10^{-5}$"
    said = sentence("{x}", x=Maths("g(W_s a^{[1]})"))
    assert words_of(said) == r"$g(\skip{W_s} \act{a^{[1]}})$"


def test_the_device_says_how_fast_it_was_and_where_to_choose(qtbot: QtBot, window: MainWindow) -> None:
    bench, chip = window.workbench, window.header.device
    assert "The choice stands under Setup in Train." in chip.toolTip()
    bench.train_or_pause()
    qtbot.waitUntil(lambda: "steps/s" in chip.toolTip(), timeout=LONG)
    assert chip.accessibleDescription() == chip.toolTip()
