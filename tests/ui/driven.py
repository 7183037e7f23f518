"""The program as it is started, with somebody at it who obeys lines on its standard input and answers on the other.

Run as a script. A line is a deed and its arguments; the answer is one line of JSON, the state when it is done.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, QSocketNotifier, QTimer

from resnet_sim.files import schema
from resnet_sim.ui import app
from resnet_sim.ui.first_start import TOLD
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase

STANDS = (Phase.READY, Phase.PAUSED, Phase.EMPTY)


class Driver:
    """Does what a line says, waits until the window stands still, answers."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.bench = window, window.workbench
        self.done: Callable[[], bool] = lambda: True
        self.waiting = False
        self.lines = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, window)
        self.lines.activated.connect(self.read)
        self.look = QTimer(window, interval=10)
        self.look.timeout.connect(self.answer)
        self.look.start()

    def read(self) -> None:
        deed, *words = os.read(sys.stdin.fileno(), 65536).decode().split()
        self.done = lambda: self.bench.run.phase in STANDS
        self.waiting = True
        getattr(self, f"do_{deed}")(*words)

    def answer(self) -> None:
        if not self.waiting or not self.done():
            return
        self.waiting = False
        bench = self.bench
        told = {
            "experiment": schema.encode(bench.experiment).decode(),
            "path": str(bench.path or ""),
            "edited": bench.document.edited,
            "step": bench.run.step,
            "losses": len(bench.run.record.series["loss"].steps) if "loss" in bench.run.record.series else 0,
            "title": bench.title,
            "strip": self.window.strip.text.text() if self.window.strip.isVisible() else "",
        }
        print(json.dumps(told), flush=True)  # noqa: T201 - this is how it answers

    def do_tell(self) -> None:
        """Only answer."""

    def do_set(self, name: str, value: str) -> None:
        self.bench.set_training(name, float(value))
        self.bench.editor.seal()

    def do_add(self, name: str) -> None:
        self.window.build.canvas.add(name)

    def do_mend(self) -> None:
        """The first fix of every error."""
        while errors := self.bench.report.errors:
            fix = errors[0].fixes[0]
            self.bench.editor.edit(fix.label, fix.edit)

    def do_new(self) -> None:
        self.window.files.new()

    def do_train(self, steps: str) -> None:
        """Train, pause, and wait for the checkpoint."""
        run = self.bench.run
        goal, folder = run.step + int(steps), self.window.files.keeper.folder
        before = {each: each.stat().st_mtime_ns for each in folder.glob("checkpoint-*")}

        def done() -> bool:
            if run.step >= goal and run.phase is Phase.TRAINING:
                run.pause()
            fresh = any(each.stat().st_mtime_ns != before.get(each) for each in folder.glob("checkpoint-*"))
            return run.phase is Phase.PAUSED and fresh

        self.done = done
        run.train()

    def do_go(self) -> None:
        """Train, and answer while it does."""
        goal = self.bench.run.step + 5
        self.done = lambda: self.bench.run.step >= goal
        self.bench.run.train()

    def do_save(self, file: str) -> None:
        self.done = lambda: not self.bench.document.edited
        self.bench.save(Path(file))

    def do_close(self) -> None:
        self.waiting = False
        self.window.close()


def main() -> int:
    """The program, its window driven."""
    make = app.make_window
    drivers = []

    def made(*arguments: object, **named: object) -> MainWindow:
        window = make(*arguments, **named)  # type: ignore[arg-type]
        drivers.append(Driver(window))
        return window

    app.make_window = made
    QSettings("resnet-sim", "resnet-sim").setValue(TOLD, True)  # what is said once is not what is tested here
    return app.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
