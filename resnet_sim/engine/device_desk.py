"""The worker's choice of a device: found beside the training, measured while it stands still, left when it fails."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from resnet_sim.engine import messages as said
from resnet_sim.engine.devices import CPU, GPU, Device, Search, backend_of, free_pool, steps_per_second
from resnet_sim.engine.training import TrainingRun
from resnet_sim.engine.worker_loop import State, Trainer
from resnet_sim.errors import RefusedError, Sentence, sentence

AUTO = "auto"
STILL_FOR = 0.5
"""Seconds without a command before devices are measured: an edit that follows would make it useless."""

SET_UP = frozenset({State.PAUSED, State.TRAINING, State.DIVERGED})


class DeviceDesk:
    """Knows the devices, and on which of them the trainer's runs are. asked: auto, cpu or gpu."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._search: Search | None = None
        self._gpu: Device | None = None
        self._asked, self.used = AUTO, CPU
        self._speeds: dict[str, float] = {}
        self._measure_at = float("inf")
        self._halved = 0  # the batch size before it was halved

    def begin(self) -> None:
        """Start to look for a GPU."""
        self._search = Search()

    def poll(self) -> None:
        """Tell what was found, once it is; measure once nothing else is to do."""
        if self._gpu is None and self._search is not None and (found := self._search.result) is not None:
            self._gpu = found
            self.stir()
            if self._asked == GPU and found.reason is None:
                self.used = GPU
                self._move()
            self.tell()
        if time.monotonic() > self._measure_at and self._trainer.state is State.PAUSED:
            self._measure_at = float("inf")
            self._measure()

    def stir(self) -> None:
        """Something happened: measure later. Without a GPU there is nothing to compare."""
        if not self._speeds and self._gpu is not None and self._gpu.reason is None:
            self._measure_at = time.monotonic() + STILL_FOR

    def tell(self, why: Sentence | None = None, batch: int = 0) -> None:
        """Report the devices, and why another one is used than before, if the worker decided that."""
        devices = {CPU: said.DeviceState("NumPy", None, self._speeds.get(CPU, 0.0))}
        if self._gpu is not None:
            reason = None if self._gpu.reason is None else said.Said.of(self._gpu.reason)
            devices[GPU] = said.DeviceState(self._gpu.title, reason, self._speeds.get(GPU, 0.0))
        reason = None if why is None else said.Said.of(why)
        at = self._trainer
        step = at.steps.step if at.state in SET_UP else 0
        at.send(said.Devices(run=at.run, devices=devices, used=self.used, step=step, why=reason, batch=batch))

    # --- which one ------------------------------------------------------------------------------------------------

    def ask(self, device: str) -> None:
        """What the runs to come should be on. Raises RefusedError when there is no such device, or it is not usable."""
        if device not in (AUTO, CPU, GPU):
            raise RefusedError(sentence("There is no device “{device}” here.", device=device))
        if device == GPU and self._gpu is not None and self._gpu.reason is not None:
            raise RefusedError(self._gpu.reason)
        self._asked = device
        if device != AUTO:
            self.used = CPU if device == CPU or self._gpu is None else GPU

    def use(self, device: str) -> None:
        """Go on there from the next step on, with all that was learned. Raises RefusedError."""
        self.ask(device)
        if device == AUTO:
            self._speeds.clear()
            self.stir()
        self._move()
        self.tell()

    def settle_in(self) -> None:
        """Runs were set up on the CPU: take them to where they belong."""
        self._speeds.clear()
        self._halved = 0
        self.stir()
        if self.used == GPU:
            self._move()

    def make_room(self) -> bool:
        """After a MemoryError: half the batch, then the CPU with the whole one. False where no GPU is in use."""
        if self.used != GPU or self._trainer.state not in SET_UP:
            return False
        whole = self._halved or self._batch
        half = [] if self._halved or whole == 1 else [(GPU, whole // 2)]
        self._settle([*half, (CPU, whole)], forced=True)
        return True

    def _move(self) -> None:
        """Take the runs over to the device in use as they stand."""
        if self._trainer.state in SET_UP:
            whole = self._batch
            smaller = [(GPU, max(1, whole // 2)), (CPU, whole)] if self.used == GPU else []
            self._settle([(self.used, whole), *smaller])

    @property
    def _batch(self) -> int:
        return self._trainer.steps.first.experiment.training.batch_size

    def _settle(self, wishes: Sequence[tuple[str, int]], forced: bool = False) -> None:
        """Take the runs to the first (device, batch size) that has room for them; say why if nobody wished for that.

        forced: even the first of them was nobody's wish.
        """
        runs, before = self._trainer.steps.runs, self._batch
        kept = {name: (run.experiment, run.source, run.checkpoint()) for name, run in runs.items()}
        runs.clear()
        for device, batch in wishes:
            if self.used == GPU or device == GPU:
                free_pool()
            try:
                for name, (experiment, data, checkpoint) in kept.items():
                    moved = replace(experiment, training=replace(experiment.training, batch_size=batch))
                    runs[name] = TrainingRun(moved, data, checkpoint, backend_of(device))
            except MemoryError:
                runs.clear()
                if device == CPU:
                    raise
                continue
            break
        self.used = device
        self._trainer.rewire()
        if device == CPU:
            self._halved = 0
        if device == GPU and batch != before:
            self._halved = before
            why = sentence("The GPU has too little memory: batches of {batch} are used from here on.", batch=batch)
            self.tell(why, batch)
        elif device == CPU and (forced or wishes[0][0] == GPU):
            why = sentence("The GPU has too little memory for this network: it is trained on the CPU.")
            self.tell(why, batch)

    def _measure(self) -> None:
        """Time both devices on the first run; on auto, go to the faster one."""
        run = self._trainer.steps.first
        experiment, data = run.experiment, run.source
        self._trainer.beat("load")
        for device in (CPU, GPU):
            try:
                self._speeds[device] = steps_per_second(experiment, data, backend_of(device))
            except MemoryError:
                self._speeds[device] = 0.0
        faster = GPU if self._speeds[GPU] > self._speeds[CPU] else CPU
        if self._asked == AUTO and faster != self.used:
            self.used = faster
            self._move()
        self.tell()
