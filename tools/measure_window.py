"""Measures the window while it trains: is it ever late, how often does it draw, what does it cost the training.

    python -P tools/measure_window.py [--example digits-mlp-residual-56] [--rounds 3] [--seconds 4] [--per-layer]

Rounds are interleaved: the empty window, the window with all views open and training, the same training without a
window. Lateness is that of a precise timer of 5 ms in the window's thread; a frame is one update of the window.
Speeds are compared by the clock, and by the processor time the calculation got: that suffers less from other programs.
Medians over the rounds at the end. Needs a screen, a virtual one (xvfb-run) or QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QSettings, Qt, QTimer  # noqa: E402 - the root comes first

from resnet_sim.engine.messages import Command, Pause, Set, Step  # noqa: E402 - the same
from resnet_sim.network.experiment import DataReference, Experiment  # noqa: E402 - the same
from resnet_sim.network.graph import Network  # noqa: E402 - the same
from resnet_sim.ui.app import (  # noqa: E402 - the same
    EXAMPLE,
    collect_in_this_thread,
    make_application,
    make_window,
    path_of,
)
from resnet_sim.ui.main_window import MainWindow  # noqa: E402 - the same
from resnet_sim.ui.run_state import Phase  # noqa: E402 - the same

TIMER_MS = 5
WARM_UP = 1.0
"""Seconds before anything counts."""
PATIENCE = 60.0
HEADLESS = """
import sys, time
from pathlib import Path
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files import container
saved = container.load(Path(sys.argv[1]))
run = TrainingRun(saved.experiment, data_set(saved.experiment.data).load(), saved.checkpoint)
def steps(seconds):
    began, busy, made = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        run.step()
        made += 1
        if run.epoch_ended:
            run.evaluate()
    return made / (time.perf_counter() - began), made / (time.process_time() - busy)
steps(float(sys.argv[2]))
print(*steps(float(sys.argv[3])))
"""


@dataclass(frozen=True)
class Late:
    """Lateness in milliseconds, and frames a second."""

    p50: float
    p99: float
    worst: float
    frames: float

    def __str__(self) -> str:
        return f"late {self.p50:5.1f} / {self.p99:5.1f} / {self.worst:5.1f} ms, {self.frames:4.1f} frames/s"


class Watch(QObject):
    """Notes how late a timer comes and how often a window is drawn."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._late: list[float] = []
        self._frames = 0
        self._timer = QTimer(self, interval=TIMER_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._due = self._began = 0.0

    def start(self) -> None:
        """From now on."""
        self._late, self._frames = [], 0
        self._began = time.perf_counter()
        self._due = self._began + TIMER_MS / 1000
        self._window.installEventFilter(self)
        self._timer.start()

    def stop(self) -> Late:
        """What was seen since the start."""
        self._timer.stop()
        self._window.removeEventFilter(self)
        found = sorted(self._late)
        seconds = time.perf_counter() - self._began
        return Late(median(found), found[int(0.99 * (len(found) - 1))], found[-1], self._frames / seconds)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._late.append(max(0.0, 1000 * (now - self._due)))
        self._due = now + TIMER_MS / 1000

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self._frames += event.type() == QEvent.Type.UpdateRequest
        return False


def until(reached: Callable[[], bool]) -> None:
    """Serve events until then. Raises TimeoutError."""
    ends = time.perf_counter() + PATIENCE
    loop, look = QEventLoop(), QTimer(interval=1)
    if reached():
        return
    look.timeout.connect(lambda: loop.quit() if reached() or time.perf_counter() > ends else None)
    look.start()
    loop.exec()
    if not reached():
        raise TimeoutError("the window does not come to where it should")


def serve(seconds: float) -> None:
    """Serve events for so long."""
    loop = QEventLoop()
    end = QTimer(singleShot=True, interval=round(1000 * seconds))
    end.timeout.connect(loop.quit)
    end.start()
    loop.exec()


def idle_share(seconds: float = 0.5) -> float:
    """How much of all processors does nothing, 1 where the system does not tell."""

    def read() -> tuple[int, int]:
        numbers = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return numbers[3] + numbers[4], sum(numbers)

    try:
        idle, total = read()
        time.sleep(seconds)
        idle_then, total_then = read()
    except (OSError, ValueError, IndexError):
        return 1.0
    return (idle_then - idle) / max(1, total_then - total)


def opened(folder: Path, size: tuple[int, int] = (1440, 900)) -> MainWindow:
    """A window in Train with the outline open."""
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    for name, value in (("mode", "train"), ("outline/train", "true"), ("theme", "light")):
        settings.setValue(name, value)
    window = make_window(settings, folder / "cache")
    window.resize(*size)
    window.show()
    collect_in_this_thread(window)
    return window


def watch_empty(window: MainWindow, seconds: float) -> Late:
    """The window with no network in it."""
    window.workbench.show_new(Experiment(Network(), DataReference("digits")))
    serve(WARM_UP)
    watch = Watch(window)
    watch.start()
    serve(seconds)
    return watch.stop()


@dataclass(frozen=True)
class Speed:
    """Steps a second, and steps for each second that a processor worked on them."""

    steps: float
    per_work: float


def work_of(pid: int) -> float:
    """Seconds that processors have worked for a process; 0 where the system does not tell."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def watch_training(window: MainWindow, example: str, seconds: float) -> tuple[Late, Speed]:
    """The window while it trains an example at full speed."""
    bench = window.workbench
    if not bench.open(path_of(EXAMPLE + example)):
        raise FileNotFoundError(example)
    until(lambda: bench.run.phase is Phase.READY)
    bench.run.train()
    until(lambda: bench.run.step > 0)
    serve(WARM_UP)
    watch = Watch(window)
    watch.start()
    began, busy, at = time.perf_counter(), work_of(bench.run.pid), bench.run.step
    serve(seconds)
    made, worked = bench.run.step - at, work_of(bench.run.pid) - busy
    speed = Speed(made / (time.perf_counter() - began), made / worked if worked else float("nan"))
    late = watch.stop()
    bench.run.pause()
    until(lambda: bench.run.phase is Phase.PAUSED)
    return late, speed


def answers(window: MainWindow, times: int = 20) -> dict[str, list[float]]:
    """Milliseconds until the calculation has taken a setting, a pause and a step, of the example that is open."""
    bench = window.workbench
    engine, found = bench.run.engine, dict[str, list[float]](setting=[], pause=[], step=[])
    bench.run.train()
    until(lambda: bench.run.step > 0)

    def answered(name: str, kind: type[Command], ask: Callable[[], object]) -> None:
        taken: list[float] = []

        def note(_ack: object, command: Command) -> None:
            if isinstance(command, kind):
                taken.append(time.perf_counter())

        engine.acknowledged.connect(note)
        asked = time.perf_counter()
        ask()
        until(lambda: bool(taken))
        engine.acknowledged.disconnect(note)
        found[name].append(1000 * (taken[0] - asked))

    rate = bench.experiment.training.learning_rate
    for k in range(times):
        answered("setting", Set, lambda k=k: engine.set("learning_rate", rate * (1 + 1e-6 * (k % 2))))  # type: ignore[misc] # mypy takes k for an argument
        answered("pause", Pause, engine.pause)
        answered("step", Step, engine.step)
        until(lambda: bench.run.phase is Phase.PAUSED)
        bench.run.train()
        serve(0.05)
    bench.run.pause()
    until(lambda: bench.run.phase is Phase.PAUSED)
    return found


def headless(example: str, seconds: float) -> Speed:
    """The same training in a process of its own, without a window and without measuring."""
    command = [sys.executable, "-P", "-c", HEADLESS, str(path_of(EXAMPLE + example)), str(WARM_UP), str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return Speed(*(float(each) for each in said.split()))


def close(window: MainWindow) -> None:
    """End the window and its engine."""
    gone: list[bool] = []
    window.workbench.run.finished.connect(lambda: gone.append(True))
    window.close()
    until(lambda: bool(gone))
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def main() -> None:
    """Print every round and the medians."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--example", default="digits-mlp-residual-56")
    wanted.add_argument("--rounds", type=int, default=3)
    wanted.add_argument("--seconds", type=float, default=4.0)
    wanted.add_argument("--per-layer", action="store_true", help="plots per layer in place of the strips")
    given = wanted.parse_args()
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        window = opened(Path(folder))
        until(lambda: bool(window.workbench.run.device))
        window.train.show_plots_per_layer(given.per_layer)
        rounds = []
        for k in range(given.rounds):
            idle = idle_share()
            empty = watch_empty(window, given.seconds)
            late, speed = watch_training(window, given.example, given.seconds)
            alone = headless(given.example, given.seconds)
            by_clock, by_work = speed.steps / alone.steps, speed.per_work / alone.per_work
            rounds.append((late, by_clock, by_work))
            print(f"round {k + 1}: {idle:4.0%} idle before; empty window: {empty}")
            print(f"  training: {late}")
            print(f"  {speed.steps:.0f} steps/s, {alone.steps:.0f} without a window: {by_clock:.2f}", end="; ")
            print(f"for a second of work {speed.per_work:.0f} and {alone.per_work:.0f}: {by_work:.2f}")
        lates = [late for late, _by_clock, _by_work in rounds]
        middle = Late(*(median(getattr(late, name) for late in lates) for name in ("p50", "p99", "worst", "frames")))
        print(f"median: {middle}")
        print(f"  {median(each[1] for each in rounds):.2f} of the speed without a window, ", end="")
        print(f"{median(each[2] for each in rounds):.2f} for the same work")
        for name, times in answers(window).items():
            print(
                f"answer to a {name}: {median(times):.0f} ms, p95 {sorted(times)[int(0.95 * (len(times) - 1))]:.0f} ms"
            )
        close(window)


if __name__ == "__main__":
    main()
