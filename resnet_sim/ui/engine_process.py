"""The engine as the window sees it: commands that return at once, reports as signals, a new worker when one dies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Hashable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from resnet_sim import __version__
from resnet_sim.engine.messages import (
    PROTOCOL,
    Ack,
    AnyReport,
    Change,
    Command,
    Configure,
    Credit,
    Devices,
    DivergedReport,
    Done,
    ErrorReport,
    Heartbeat,
    Hello,
    HelloBack,
    Nack,
    Pace,
    Pause,
    Quit,
    Ready,
    RecordPart,
    Refused,
    Rewind,
    Run,
    RunSpec,
    SaveCheckpoint,
    Saved,
    SaveDocument,
    Set,
    SetWeight,
    Snapshot,
    Step,
    UseDevice,
    View,
    record_bytes,
)
from resnet_sim.state.record import Record
from resnet_sim.ui.engine_states import STANDS_AFTER
from resnet_sim.ui.engine_transport import EngineTransport
from resnet_sim.ui.outbox import Outbox

START_LIMIT = 10_000
WATCH_EVERY = 250
"""Milliseconds."""
BUSY_SECONDS, BUSY_STEPS = 2.0, 10
MOST_RESTARTS, RESTARTS_WITHIN = 3, 60.0
RECORD_PORTION = 4 * 2**20


class EngineProcess(QObject):
    """Owns the worker process. States: off, starting, ready (nothing set up), paused, running, busy (no sign of life
    for long; never killed for that), restarting, dead (it died too often; `restart` begins anew).

    Every command returns its id at once (0: not sent, there is no worker). Commands given while it starts are held.
    After `died` and the next `greeted` the owner configures again, from its last checkpoint; nothing runs until then.
    The owner gives credit(CREDIT_IN_FLIGHT) when ready comes, and credit() after drawing each snapshot that was not
    exact.
    """

    greeted = Signal(object)
    devices = Signal(object)
    """Devices: what there is to train on, of whatever run."""
    ready = Signal(object)
    refused = Signal(object)
    snapshot = Signal(object)
    heartbeat = Signal(object)
    acknowledged = Signal(object, object)
    """Ack, and the command that it answers."""
    denied = Signal(object, object)
    """Nack, and the command that it answers."""
    diverged = Signal(object)
    done = Signal(object)
    saved = Signal(object)
    failed = Signal(object)
    """ErrorReport; `died` follows."""
    died = Signal(int, str)
    """Exit code (negative: a signal) and what is known of the cause; the state is restarting or dead by then."""
    closed = Signal()
    """After close(): no process is left."""
    state_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = "off"
        self._under_busy = ""
        self._transport: EngineTransport | None = None
        self._leaving: set[EngineTransport] = set()
        self._outbox = Outbox(self._write)
        self._deaths: deque[float] = deque(maxlen=MOST_RESTARTS + 1)
        self._heard = 0.0
        self._next_step = 0.0
        self._start_limit = QTimer(self, singleShot=True, interval=START_LIMIT)
        self._start_limit.timeout.connect(self._too_slow)
        self._watch = QTimer(self, interval=WATCH_EVERY)
        self._watch.timeout.connect(self._look_after)

    @property
    def state(self) -> str:
        """One of the states in the class's description."""
        return self._state

    @property
    def pid(self) -> int:
        """Of the worker, 0 when there is none."""
        return self._transport.pid if self._transport else 0

    @property
    def silence(self) -> float:
        """Seconds since the worker was last heard of; above max(10, 30 steps) offer to restart it."""
        return time.monotonic() - self._heard if self._transport else 0.0

    def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    # --- begin and end ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the worker; best before anybody wants to train."""
        if self._transport is None:
            self._launch("starting")

    def _launch(self, state: str) -> None:
        self._transport = transport = EngineTransport(self)
        transport.arrived.connect(self._take)
        transport.ended.connect(self._ended)
        self._heard = time.monotonic()
        self._enter(state)
        self._start_limit.start()
        transport.start()
        transport.send(self._outbox.number(Hello(proto=PROTOCOL, app=__version__)))

    def restart(self) -> None:
        """Kill a worker that hangs, or begin anew after too many deaths. `died` and `greeted` follow."""
        self._deaths.clear()
        if self._transport is None:
            self._launch("restarting")
        else:
            self._transport.kill("Restarted by hand.")

    def close(self) -> None:
        """Ask the worker to quit, kill it 300 ms later if it is still there; `closed` tells when it is gone."""
        self._start_limit.stop()
        self._watch.stop()
        self._outbox.clear()
        transport, self._transport = self._transport, None
        self._enter("off")
        if transport is None:
            QTimer.singleShot(0, self, self.closed.emit)
            return
        transport.arrived.disconnect(self._take)
        transport.ended.disconnect(self._ended)
        self._leaving.add(transport)
        transport.ended.connect(self._gone)
        transport.leave(Quit())

    @Slot(int, str)
    def _gone(self, code: int, text: str) -> None:
        if isinstance(transport := self.sender(), EngineTransport):
            self._leaving.discard(transport)
            transport.deleteLater()
        self.closed.emit()

    @Slot(int, str)
    def _ended(self, code: int, text: str) -> None:
        """It died: start another, but not for ever."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.deleteLater()
        self._start_limit.stop()
        self._watch.stop()
        self._outbox.clear()
        now = time.monotonic()
        self._deaths.append(now)
        often = sum(now - each < RESTARTS_WITHIN for each in self._deaths) > MOST_RESTARTS
        self._enter("dead" if often else "restarting")
        self.died.emit(code, text)
        if self._state == "restarting" and self._transport is None:
            self._launch("restarting")

    @Slot()
    def _too_slow(self) -> None:
        if self._transport is not None:
            self._transport.kill(f"No greeting within {START_LIMIT // 1000} s.")

    @Slot()
    def _look_after(self) -> None:
        limit = max(BUSY_SECONDS, BUSY_STEPS * self._next_step)
        if self._state in ("ready", "paused", "running") and self.silence > limit:
            self._under_busy = self._state
            self._enter("busy")

    # --- commands ---------------------------------------------------------------------------------------------------

    def configure(self, specs: Mapping[str, RunSpec], device: str = "auto", mem_limit: int = 0) -> int:
        """Set up runs; Ready or Refused answers. Whatever was set up before is gone, its late reports are ignored."""
        self._outbox.begin_run()
        return self._post(Configure(runs=dict(specs), device=device, mem_limit=mem_limit))

    def run(self, until: int = 0, epochs: int = 0, until_loss: float = 0.0) -> int:
        """Train, to step `until`, for `epochs` more ends of an epoch or to a loss, where these are not 0."""
        return self._post(Run(until=until, epochs=epochs, until_loss=until_loss))

    def pace(self, steps_per_second: float) -> None:
        """So many steps a second at most, 0: full speed; the last pace counts."""
        self._post_latest("pace", Pace(steps_per_second=steps_per_second))

    def pause(self) -> int:
        """Stop between two steps; an exact snapshot follows."""
        return self._post(Pause())

    def step(self, n: int = 1) -> int:
        """n steps, then pause."""
        return self._post(Step(n=n))

    def rewind(self, step: int) -> int:
        """Back to the newest kept step at or before `step`."""
        return self._post(Rewind(step=step))

    def set(self, name: str, value: float | int | str | bool) -> None:
        """A setting of training. While one waits for its answer only the last value is kept."""
        self._post_latest(("set", name), Set(name=name, value=value))

    def change(self, experiments: Mapping[str, bytes]) -> None:
        """Experiments of the same graph with other values; the last one counts."""
        self._post_latest("change", Change(experiments=dict(experiments)))

    def use_device(self, device: str) -> None:
        """Train on "cpu", "gpu" or the faster one ("auto"); the last choice counts."""
        self._post_latest("device", UseDevice(device=device))

    def set_weight(self, name: str, part: str, parameter: str, index: int, value: float) -> None:
        """One number of one parameter; the last value counts."""
        key = ("weight", name, part, parameter, index)
        self._post_latest(key, SetWeight(name=name, part=part, parameter=parameter, index=index, value=value))

    def view(
        self,
        *,
        series: bool = True,
        histograms: tuple[str, ...] = (),
        maps: tuple[str, ...] = (),
        example: int = 0,
        hz: float = 30.0,
    ) -> None:
        """What to measure; the last view counts."""
        self._post_latest("view", View(series=series, histograms=histograms, maps=maps, example=example, hz=hz))

    def credit(self, n: int = 1) -> None:
        """n more snapshots may come; say so after drawing."""
        self._post(Credit(n=n))

    def save_checkpoint(self, name: str, file: str, record: Record | None = None) -> int:
        """Write the state of a run into the cache folder, with a record of few points; Saved answers."""
        data = record_bytes(record) if record is not None else b""
        return self._post(SaveCheckpoint(name=name, file=file, record=data))

    def save_document(self, name: str, file: str, experiment: bytes, record: Record | None = None) -> int:
        """Write a .resnet with the weights of a run; Saved answers."""
        data = record_bytes(record) if record is not None else b""
        while len(data) > RECORD_PORTION:
            self._post(RecordPart(data=data[:RECORD_PORTION]))
            data = data[RECORD_PORTION:]
        return self._post(SaveDocument(name=name, file=file, experiment=experiment, record=data))

    def _post(self, command: Command) -> int:
        return self._outbox.post(command) if self._transport else 0

    def _post_latest(self, key: Hashable, command: Command) -> None:
        if self._transport:
            self._outbox.post_latest(key, command)

    def _write(self, command: Command) -> None:
        if self._transport:
            self._transport.send(command)

    # --- reports ----------------------------------------------------------------------------------------------------

    @Slot(object)
    def _take(self, found: AnyReport) -> None:
        self._heard = time.monotonic()
        if self._state == "busy":
            self._enter(self._under_busy)
        if isinstance(found, HelloBack):
            self._take_greeting(found)
        elif isinstance(found, Devices):
            self.devices.emit(found)
        elif isinstance(found, ErrorReport):
            self.failed.emit(found)
        elif isinstance(found, Nack) and self._state in ("starting", "restarting"):
            self._refuse_greeting(found)
        elif found.run == self._outbox.run:
            self._take_current(found)

    def _take_greeting(self, found: HelloBack) -> None:
        self._start_limit.stop()
        self._next_step = 0.0
        self._watch.start()
        self._enter("ready")
        self._outbox.open()
        self.greeted.emit(found)

    def _refuse_greeting(self, found: Nack) -> None:
        """Another version: a new worker would say the same."""
        self._deaths.extend([time.monotonic()] * MOST_RESTARTS)
        if self._transport is not None:
            self._transport.kill(str(found.reason))

    def _take_current(self, found: AnyReport) -> None:
        if isinstance(found, Ack | Nack):
            self._answered(found)
            return
        if isinstance(found, Heartbeat):
            self._next_step = found.next_ms / 1000
        elif isinstance(found, Saved):
            self._outbox.answered(found.id)
        self._enter(STANDS_AFTER.get(type(found), self._state))
        signals = {
            Ready: self.ready,
            Refused: self.refused,
            Snapshot: self.snapshot,
            Heartbeat: self.heartbeat,
            DivergedReport: self.diverged,
            Done: self.done,
            Saved: self.saved,
        }
        signals[type(found)].emit(found)

    def _answered(self, found: Ack | Nack) -> None:
        if (command := self._outbox.answered(found.id)) is None:
            return
        if isinstance(found, Ack):
            self._enter(STANDS_AFTER.get(type(command), self._state))
            self.acknowledged.emit(found, command)
        else:
            self.denied.emit(found, command)
