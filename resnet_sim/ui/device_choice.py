"""On which device a run is trained: what the engine found, what people chose, and what became of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from resnet_sim.assets import translator
from resnet_sim.engine.messages import EXIT_GPU_LOST, Devices, DeviceState, Heartbeat, HelloBack
from resnet_sim.errors import Sentence, sentence
from resnet_sim.ui.engine_process import EngineProcess

_ = translator()

CPU, GPU, AUTO = "cpu", "gpu", "auto"
SET_UP = frozenset({"paused", "running", "busy"})
"""States of the engine in which there is a run that can move."""


class DeviceChoice(QObject):
    """asked: auto (the faster one, measured), cpu or gpu; kept for every run, told to the engine with each."""

    changed = Signal()
    moved = Signal(int, str)
    """The run is on another device: from which step on, and which."""
    said = Signal(object, int)
    """The worker itself left a device or took a smaller batch: why, and the batch size (0: as it was)."""

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.asked, self.used = AUTO, CPU
        self.devices: dict[str, DeviceState] = {}
        self.lost = False
        engine.greeted.connect(self._greeted)
        engine.devices.connect(self._take)
        engine.heartbeat.connect(self._heartbeat)
        engine.died.connect(self._died)

    @property
    def words(self) -> str:
        """The device in use, for the header."""
        return _("GPU · CuPy") if self.used == GPU else _("CPU · NumPy")

    @property
    def why_no_gpu(self) -> Sentence | None:
        """Why the GPU cannot be used, None if it can."""
        found = self.devices.get(GPU)
        if found is None:
            return sentence("Looking for a GPU …")
        return None if found.reason is None else found.reason.sentence

    def speed(self, device: str) -> float:
        """Measured steps per second, 0 where that is not known."""
        found = self.devices.get(device)
        return found.steps_per_second if found is not None else 0.0

    def choose(self, device: str) -> None:
        """Train there from the next step on; what was learned goes along."""
        if device != self.asked:
            self.asked = device
            self.lost = False
            if self._engine.state in SET_UP:
                self._engine.use_device(device)
            self.changed.emit()

    @Slot(object)
    def _greeted(self, _hello: HelloBack) -> None:
        self.used = CPU
        self.devices = {}
        self.changed.emit()

    @Slot(object)
    def _take(self, report: Devices) -> None:
        before, self.used = self.used, report.used
        self.devices = report.devices
        if before != self.used:
            self.moved.emit(report.step, self.used)
        if report.why is not None:
            self.said.emit(report.why.sentence, report.batch)
        self.changed.emit()

    @Slot(object)
    def _heartbeat(self, beat: Heartbeat) -> None:
        """The speed at work is better known than any that was measured before."""
        found = self.devices.get(self.used)
        if found is not None and beat.steps_per_second and beat.phase == "training":
            self.devices[self.used] = DeviceState(found.title, found.reason, beat.steps_per_second)

    @Slot(int, str)
    def _died(self, code: int, _why: str) -> None:
        """A GPU that was lost is not asked again by itself."""
        self.lost = code == EXIT_GPU_LOST
        if self.lost:
            self.asked = CPU
