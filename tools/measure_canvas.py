"""Measure the canvas in the real window: opening, first paint, edits and dragging, for 200 cards and 1 000 blocks.

    python tools/measure_canvas.py [--platform offscreen] [--cards] [--blocks] [--rounds 3] [--profile open]

Every time is from the call or the mouse event to the end of the painting it causes. Garbage is collected as in the
program: not while something is measured.
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
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

SIZE = 1440, 900
FRAMES = 300


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

    def timed(self, name: str, deed: Callable[[], object]) -> float:
        """How long a deed and the painting it causes take."""
        with self._profile(name):
            began = perf_counter()
            deed()
            self._paint()
            took = 1000 * (perf_counter() - began)
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

    def edits(self, id: str) -> Iterator[tuple[str, float]]:
        """A setting, a deleted layer, and both taken back."""
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

    def drag(self, name: str, id: str) -> list[float]:
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
        frames = []
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
                began = perf_counter()
                QApplication.sendEvent(viewport, move)
                self._paint()
                frames.append(1000 * (perf_counter() - began))
        QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(viewport, left, none, begin)
        self.settle()
        return frames[5:]


def measure(name: str, experiment: object, card: str, arguments: argparse.Namespace) -> None:
    """All figures of one network, each the median of the rounds."""
    from resnet_sim.files import container

    found: dict[str, list[float]] = {}
    for _round in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as given:
            folder = Path(given)
            file = folder / "measured.resnet"
            container.save(file, container.Saved(experiment))
            at = Measured(folder, arguments.profile)
            figures = [("open", at.timed("open", lambda: at.window.files.open_path(file)))]  # noqa: B023
            figures += at.edits(card)
            for place, deed in (("fitted", at.canvas.fit), ("100 %", lambda: at.canvas.view.set_zoom(1.0))):  # noqa: B023
                figures.append((f"to {place}", at.timed(f"to {place}", deed)))
                frames = sorted(at.drag(f"drag {place}", card))
                figures.append((f"drag {place}, p50", frames[len(frames) // 2]))
                figures.append((f"drag {place}, p99", frames[len(frames) * 99 // 100]))
                figures.append((f"drag {place}, most", frames[-1]))
            for what, took in figures:
                found.setdefault(what, []).append(took)
            close(at)
    print(f"{name}: ms, median of {arguments.rounds} (all)")
    for what, all_ in found.items():
        print(f"  {what:22} {statistics.median(all_):8.1f}   ({', '.join(f'{each:.1f}' for each in all_)})")


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
