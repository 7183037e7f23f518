"""Measure the canvas in the real window: opening, first paint, edits and dragging, for 200 cards and 1 000 blocks.

    python tools/measure_canvas.py [--platform offscreen] [--cards] [--blocks] [--rounds 3] [--profile open]

Every time is from the call or the mouse event to the end of the painting it causes; behind it stands what of it the
window's thread computed, which other programs on the machine change less. Garbage is collected as in the program.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resnet_sim.network.experiment import Experiment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

SIZE = 1440, 900
FRAMES = 300
Took = tuple[float, float]
"""On the clock, and of that computing; ms."""


def clocks() -> Took:
    """Now."""
    return 1000 * perf_counter(), 1000 * thread_time()


def since(began: Took) -> Took:
    """How long it took."""
    now = clocks()
    return now[0] - began[0], now[1] - began[1]


class Measured:
    """A window on a network, and what can be done to it; times in ms."""

    def __init__(self, folder: Path, profiled: str) -> None:
        from PySide6.QtCore import QSettings

        from resnet_sim.ui.app import collect_in_this_thread, make_application, make_window

        self.app = make_application()
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("theme", "light")
        settings.setValue("mode", "build")
        (folder / "unsaved").mkdir(exist_ok=True)
        self.window = make_window(settings, folder / "unsaved")
        self.window.resize(*SIZE)
        self.window.show()
        self.canvas = self.window.build.canvas
        self.profiled = profiled
        collect_in_this_thread(self.window)
        self.settle()

    def settle(self, seconds: float = 0.5) -> None:
        """Let timers run out, so that nothing of what was before is measured."""
        until = perf_counter() + seconds
        while perf_counter() < until:
            self.app.processEvents()

    def timed(self, name: str, deed: Callable[[], object]) -> Took:
        """How long a deed and the painting it causes take."""
        with self._profile(name):
            began = clocks()
            deed()
            self._paint()
            took = since(began)
        self.settle()
        return took

    def _paint(self) -> None:
        self.app.sendPostedEvents()
        self.app.processEvents()

    @contextmanager
    def _profile(self, name: str) -> Iterator[None]:
        if name != self.profiled:
            yield
            return
        with cProfile.Profile() as found:
            yield
        pstats.Stats(found).sort_stats("cumulative").print_stats(45)
        pstats.Stats(found).sort_stats("tottime").print_stats(30)

    def edits(self, id: str) -> Iterator[tuple[str, Took]]:
        """A setting, a deleted layer, a new layer and a new block, and all taken back."""
        from resnet_sim.errors import sentence
        from resnet_sim.network import edits

        editor = self.canvas.editor
        editor.select(id)
        self.settle()
        setting = partial(edits.set_setting, node_id=id, name="start_scale", value=0.75)
        yield "setting", self.timed("setting", lambda: editor.edit(sentence("Start scale"), setting))
        yield "delete", self.timed("delete", self.canvas.delete)
        yield "undo delete", self.timed("undo", editor.undo)
        yield "undo setting", self.timed("undo setting", editor.undo)
        editor.select(id)
        self.settle()
        yield "add a layer", self.timed("add", partial(self.canvas.add, "dense"))
        yield "undo add", self.timed("undo add", editor.undo)
        editor.select(id)
        self.settle()
        yield "add a block", self.timed("add a block", partial(self.canvas.add, "block:residual"))
        yield "undo block", self.timed("undo block", editor.undo)

    def drag(self, name: str, id: str) -> list[Took]:
        """Frames of dragging a card about with the mouse."""
        from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        view = self.canvas.view
        box = self.canvas.scene.plan.box(id)
        assert box is not None
        view.show_box(box)
        self.settle()
        viewport = view.viewport()
        begin = view.viewport_point(box.middle, box.y + box.h * 0.7)
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(viewport, left, none, begin)
        frames: list[Took] = []
        with self._profile(name):
            for k in range(FRAMES):
                at = begin + QPoint(8 + k % 90, 6 + (k * 7) % 120)
                move = QMouseEvent(
                    QEvent.Type.MouseMove,
                    QPointF(at),
                    QPointF(viewport.mapToGlobal(at)),
                    Qt.MouseButton.NoButton,
                    left,
                    none,
                )
                began = clocks()
                QApplication.sendEvent(viewport, move)
                self._paint()
                frames.append(since(began))
        QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(viewport, left, none, begin)
        self.settle()
        return frames[5:]


def measure(name: str, experiment: Experiment, card: str, arguments: argparse.Namespace) -> None:
    """All figures of one network, each the median of the rounds."""
    from resnet_sim.files import container

    found: dict[str, list[Took]] = {}
    for _round in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as given:
            folder = Path(given)
            file = folder / "measured.resnet"
            container.save(file, container.Saved(experiment))
            at = Measured(folder, arguments.profile)
            found.setdefault("open", []).append(at.timed("open", partial(at.window.files.open_path, file)))
            for what, took in at.edits(card):
                found.setdefault(what, []).append(took)
            for place, zoom in (("fitted", 0.0), ("100 %", 1.0)):
                deed = partial(at.canvas.view.set_zoom, zoom) if zoom else at.canvas.fit
                found.setdefault(f"to {place}", []).append(at.timed(f"to {place}", deed))
                wall, busy = (sorted(each) for each in zip(*at.drag(f"drag {place}", card), strict=True))
                for share in (50, 99):
                    k = len(wall) * share // 100
                    found.setdefault(f"drag {place}, p{share}", []).append((wall[k], busy[k]))
            close(at)
    print(f"{name}: ms (of that computing), median of {arguments.rounds}; all")
    for what, all_ in found.items():
        wall, busy = (statistics.median(each) for each in zip(*all_, strict=True))
        print(f"  {what:20} {wall:7.1f} ({busy:5.1f})   {', '.join(f'{each:.1f}' for each, _busy in all_)}")


def close(at: Measured) -> None:
    """End the window and its engine."""
    at.window.workbench.run.finished.connect(at.app.quit)
    at.window.close()
    at.app.exec()
    at.window.deleteLater()
    at.settle(0.1)


def main() -> None:
    """Measure what is asked for; both networks if nothing is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", default=os.environ.get("QT_QPA_PLATFORM", "offscreen"))
    parser.add_argument("--cards", action="store_true", help="200 cards")
    parser.add_argument("--blocks", action="store_true", help="1 000 blocks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="", help="open, setting, delete, undo, drag fitted, drag 100 %%")
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = arguments.platform

    from resnet_sim.network.experiment import DataReference, Experiment
    from resnet_sim.network.templates import mlp

    data = DataReference("digits-600")
    both = arguments.cards == arguments.blocks
    if arguments.cards or both:
        measure("200 cards", Experiment(mlp(99), data), "fc4", arguments)
    if arguments.blocks or both:
        measure("1 000 blocks", Experiment(mlp(1000), data), "fc4", arguments)


if __name__ == "__main__":
    main()
