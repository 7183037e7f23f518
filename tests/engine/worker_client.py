"""A window without a window: speaks with a worker over plain pipes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

import resnet_sim
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import (
    PROTOCOL,
    AnyReport,
    Command,
    Configure,
    Frames,
    Hello,
    HelloBack,
    Ready,
    Report,
    RunSpec,
    SaveCheckpoint,
    Saved,
    frame,
    report,
)
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files import container
from resnet_sim.files.schema import encode
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import Checkpoint

R = TypeVar("R", bound=Report)
PATIENCE = 10.0
ROOT = Path(resnet_sim.__file__).parents[1]
WORKER = [sys.executable, "-P", "-X", "faulthandler", "-m", "resnet_sim.engine.worker"]
SPIRALS = DataReference("spirals", (("examples", 200),))


def small(
    batch_norm: bool = True, residual: bool = True, data: DataReference = SPIRALS, **training: object
) -> Experiment:
    """One block of 8 units on 160 points in the plane: thousands of steps a second, 8 to the epoch."""
    settings = {"batch_size": 20, "l2": 1e-3, "seed": 3, **training}
    return Experiment(mlp(1, 8, 2, batch_norm=batch_norm, residual=residual), data, Training(**settings))  # type: ignore[arg-type]


def specs(**runs: Experiment) -> dict[str, RunSpec]:
    return {name: RunSpec(encode(experiment)) for name, experiment in runs.items()}


def environment(*folders: Path) -> dict[str, str]:
    """Finds this package, and before it what lies in `folders`."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*folders, ROOT)))}


class Client:
    """Sends commands, collects reports. `seen` holds every report so far."""

    def __init__(self, cwd: Path | None = None, *folders: Path) -> None:
        self.process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=environment(*folders),
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._frames = Frames()
        self._next = 0
        self.run = 0
        self.seen: list[AnyReport] = []
        self._read_to = 0

    # --- to the worker ----------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        os.write(self._in, data)

    def send(self, command: Command) -> int:
        """With the present run unless the command names one; its id."""
        self._next += 1
        sent = msgspec.structs.replace(command, id=self._next, run=command.run or self.run)
        self.write(frame(sent))
        return self._next

    def greet(self) -> Client:
        self.send(Hello(proto=PROTOCOL, app="test"))
        self.wait(HelloBack)
        return self

    def configure(self, runs: dict[str, RunSpec] | None = None, **limits: object) -> Ready:
        """Set up (by default one small run called "a"), and wait until it stands ready."""
        self.ask_to_configure(runs, **limits)
        return self.wait(Ready)

    def ask_to_configure(self, runs: dict[str, RunSpec] | None = None, **limits: object) -> None:
        self.run += 1
        self.send(Configure(runs=specs(a=small()) if runs is None else runs, **limits))  # type: ignore[arg-type]

    # --- from the worker --------------------------------------------------------------------------------------------

    def wait(self, kind: type[R], which: Callable[[R], bool] = lambda each: True) -> R:
        """The next report of this kind that was not waited for yet; what comes before it is passed over."""
        ends = time.monotonic() + PATIENCE
        while True:
            while self._read_to < len(self.seen):
                each = self.seen[self._read_to]
                self._read_to += 1
                if isinstance(each, kind) and each.run in (0, self.run) and which(each):
                    return each
            assert time.monotonic() < ends, f"no {kind.__name__} came, but {self.seen[-5:]}"
            self.read(0.1)

    def read(self, seconds: float) -> bool:
        """Take in what is there, or what comes within this time; False at the end of the pipe."""
        if not select.select([self._out], [], [], seconds)[0]:
            return True
        more = os.read(self._out, 1 << 20)
        self.seen += [report(body) for body in self._frames.bodies(more)]
        return bool(more)

    def answer(self, command: Command) -> AnyReport:
        """Send, and wait for the Ack, Nack or Saved of this very command."""
        id = self.send(command)
        return self.wait(Report, lambda each: getattr(each, "id", 0) == id)  # type: ignore[return-value]

    def all_of(self, kind: type[R]) -> list[R]:
        return [each for each in self.seen if isinstance(each, kind) and each.run == self.run]

    # --- the end ----------------------------------------------------------------------------------------------------

    def exit_code(self) -> int:
        """Read to the end and wait for it."""
        ends = time.monotonic() + PATIENCE
        while self.read(0.1) and self.process.poll() is None:
            assert time.monotonic() < ends, "the worker does not end"
        while self.read(0):
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait(PATIENCE)


def wild(**training: object) -> Experiment:
    """Diverges within a few steps."""
    return small(batch_norm=False, learning_rate=1e9, optimiser="sgd", **training)


def trained(steps: int) -> Checkpoint:
    """Straight ahead, without a worker."""
    run = TrainingRun(small(), data_set(SPIRALS).load())
    for _ in range(steps):
        run.step()
    return run.checkpoint()


def checkpoint_of(client: Client, folder: Path, name: str = "a") -> Checkpoint:
    file = folder / "checkpoint.resnet"
    saved = client.answer(SaveCheckpoint(name=name, file=str(file)))
    assert isinstance(saved, Saved), saved
    found = container.load(file).checkpoint
    assert found is not None
    return found


def assert_equal(found: Checkpoint, wanted: Checkpoint) -> None:
    """Bit for bit."""
    assert found.progress == wanted.progress
    for one, other in ((found.arrays, wanted.arrays), (found.slots, wanted.slots)):
        assert set(one) == set(other)
        for key, array in other.items():
            assert one[key].tobytes() == array.tobytes(), key  # type: ignore[index]
