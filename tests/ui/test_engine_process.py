"""The engine as the window sees it: real workers, killed, stopped and closed while an event loop runs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine.worker_client import small, specs, wild
from pytestqt.qtbot import QtBot

from resnet_sim.engine.messages import (
    CREDIT_IN_FLIGHT,
    Ack,
    Credit,
    ErrorReport,
    Pause,
    Run,
    RunSpec,
    SaveCheckpoint,
    Set,
    Snapshot,
    StateFile,
    View,
)
from resnet_sim.files import container
from resnet_sim.files.schema import encode
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.record import Record
from resnet_sim.ui import engine_process, engine_transport
from resnet_sim.ui.engine_process import EngineProcess
from resnet_sim.ui.outbox import Outbox

PATIENCE = 10_000
on_unix = pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")


SIGNALS = (
    *("greeted", "ready", "refused", "snapshot", "heartbeat", "acknowledged", "denied", "diverged", "done", "saved"),
    *("failed", "died", "closed", "state_changed"),
)


class Heard:
    """Every signal that came, in order."""

    def __init__(self, engine: EngineProcess) -> None:
        self.all: list[tuple[str, tuple[Any, ...]]] = []
        for name in SIGNALS:
            getattr(engine, name).connect(lambda *values, name=name: self.all.append((name, values)))

    def of(self, name: str) -> list[Any]:
        return [values[0] if len(values) == 1 else values for each, values in self.all if each == name]

    @property
    def acks(self) -> list[Ack]:
        return [ack for ack, _ in self.of("acknowledged")]

    @property
    def states(self) -> list[str]:
        return self.of("state_changed")


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[EngineProcess]:
    """A started engine, closed behind the test."""
    made = EngineProcess()
    made.start()
    yield made
    if made.state != "off":
        with qtbot.waitSignal(made.closed, timeout=PATIENCE):
            made.close()
    made.deleteLater()


@pytest.fixture
def heard(engine: EngineProcess) -> Heard:
    return Heard(engine)


def set_up(qtbot: QtBot, engine: EngineProcess, experiment: Experiment | None = None) -> None:
    """A small run called "a", standing ready."""
    with qtbot.waitSignal(engine.ready, timeout=PATIENCE):
        engine.configure(specs(a=experiment or small()))


def train(qtbot: QtBot, engine: EngineProcess) -> None:
    set_up(qtbot, engine)
    engine.run()
    until(qtbot, lambda: engine.state == "running")


def until(qtbot: QtBot, true: Callable[[], bool]) -> None:
    qtbot.waitUntil(true, timeout=PATIENCE)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# --- a life without accidents -----------------------------------------------------------------------------------------


def test_commands_given_while_it_starts_are_held(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    assert engine.state == "starting"
    engine.configure(specs(a=small()))
    engine.run(until=20)
    until(qtbot, lambda: bool(heard.of("done")))
    assert heard.of("done")[0].step == 20
    assert [each for each in heard.states if each != "starting"] == ["ready", "paused", "running", "paused"]
    assert heard.of("greeted")[0].pid == engine.pid


def test_it_trains_shows_and_pauses(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    set_up(qtbot, engine)
    engine.credit(CREDIT_IN_FLIGHT)
    engine.snapshot.connect(lambda found: engine.credit())
    engine.run()
    until(qtbot, lambda: len(heard.of("snapshot")) >= 5)
    until(qtbot, lambda: bool(heard.of("heartbeat")))
    engine.pause()
    until(qtbot, lambda: engine.state == "paused" and heard.of("snapshot")[-1].exact)
    snapshots: list[Snapshot] = heard.of("snapshot")
    steps = [
        step
        for each in snapshots
        for step in range(each.runs["a"].first_step, each.runs["a"].first_step + len(each.runs["a"].losses.array()))
    ]
    assert steps == list(range(snapshots[-1].step)), "the loss of every step came, once"
    assert heard.acks[-1].step == snapshots[-1].step


def test_an_answer_comes_with_its_command(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    set_up(qtbot, engine)
    engine.set("learning_rate", 0.25)
    engine.set("learning_rate", -1.0)
    until(qtbot, lambda: bool(heard.of("acknowledged")) and bool(heard.of("denied")))
    ack, accepted = heard.of("acknowledged")[0]
    nack, refused = heard.of("denied")[0]
    assert isinstance(accepted, Set)
    assert (accepted.value, accepted.id) == (0.25, ack.id)
    assert (refused.value, refused.id) == (-1.0, nack.id)
    assert "Learning rate" in str(nack.reason)


def test_of_a_dragged_slider_the_last_value_counts(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    train(qtbot, engine)
    for i in range(1000):
        engine.set("learning_rate", i / 10_000)
        engine.set("l2", i / 100_000)
    engine.pause()  # goes behind all changes that wait
    until(qtbot, lambda: engine.state == "paused")
    sent = [command for _, command in heard.of("acknowledged") if isinstance(command, Set)]
    assert len(sent) == 3
    assert {command.name: command.value for command in sent} == {"learning_rate": 0.0999, "l2": 0.00999}


def test_reports_of_an_earlier_configuration_are_ignored(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    train(qtbot, engine)
    engine.pause()
    engine.step(3)
    engine.configure(specs(a=small()))
    before = len(heard.all)
    until(qtbot, lambda: bool([each for each in heard.all[before:] if each[0] == "ready"]))
    late = [name for name, _ in heard.all[before:] if name in ("snapshot", "acknowledged", "done")]
    assert not late


def test_a_refused_run_leaves_the_engine_ready(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    with qtbot.waitSignal(engine.refused, timeout=PATIENCE):
        engine.configure({})
    assert engine.state == "ready"
    set_up(qtbot, engine)
    assert engine.state == "paused"


def test_a_divergence_pauses(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    set_up(qtbot, engine, wild())
    with qtbot.waitSignal(engine.diverged, timeout=PATIENCE):
        engine.run()
    until(qtbot, lambda: bool(heard.of("snapshot")))
    assert engine.state == "paused"


def test_a_long_record_is_saved_in_portions(
    qtbot: QtBot, engine: EngineProcess, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "RECORD_PORTION", 1000)
    set_up(qtbot, engine)
    record = Record()
    for step in range(1000):
        record.add(step, {"loss": 1 / (1 + step)})
    file = tmp_path / "document.resnet"
    number = engine.save_document("a", str(file), encode(small()), record)
    with qtbot.waitSignal(engine.saved, timeout=PATIENCE):
        pass
    assert heard.of("saved")[0].id == number
    assert container.load(file).record == record


# --- accidents --------------------------------------------------------------------------------------------------------


@on_unix
def test_a_killed_worker_is_replaced_and_goes_on_from_its_checkpoint(
    qtbot: QtBot, engine: EngineProcess, heard: Heard, tmp_path: Path
) -> None:
    set_up(qtbot, engine)
    engine.run(until=30)
    until(qtbot, lambda: bool(heard.of("done")))
    engine.save_checkpoint("a", str(tmp_path / "checkpoint.resnet"))
    until(qtbot, lambda: bool(heard.of("saved")))
    saved = heard.of("saved")[0]
    first = engine.pid
    began = time.monotonic()
    with qtbot.waitSignal(engine.died, timeout=PATIENCE):
        os.kill(first, signal.SIGKILL)
    assert time.monotonic() - began < 5
    assert heard.of("died")[0][0] == -signal.SIGKILL
    assert engine.state == "restarting"
    until(qtbot, lambda: len(heard.of("greeted")) == 2)
    assert engine.pid != first
    resumed = {"a": RunSpec(encode(small()), StateFile(saved.file, saved.sha256))}
    with qtbot.waitSignal(engine.ready, timeout=PATIENCE):
        engine.configure(resumed)
    assert heard.of("ready")[-1].step == 30


@on_unix
def test_a_worker_that_dies_again_and_again_is_given_up(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    for death in range(1, engine_process.MOST_RESTARTS + 2):
        until(qtbot, lambda: bool(engine.pid))
        os.kill(engine.pid, signal.SIGKILL)
        until(qtbot, lambda death=death: len(heard.of("died")) == death)
    assert engine.state == "dead"
    assert engine.run() == 0
    engine.restart()
    until(qtbot, lambda: engine.state == "ready")


@on_unix
def test_a_worker_that_hangs_is_called_busy_and_lives(
    qtbot: QtBot, engine: EngineProcess, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "BUSY_SECONDS", 0.5)
    train(qtbot, engine)
    os.kill(engine.pid, signal.SIGSTOP)
    until(qtbot, lambda: engine.state == "busy")
    assert engine.silence > 0.5
    os.kill(engine.pid, signal.SIGCONT)
    until(qtbot, lambda: engine.state == "running")
    assert not heard.of("died")


@on_unix
def test_commands_to_a_stopped_worker_do_not_block(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    train(qtbot, engine)
    os.kill(engine.pid, signal.SIGSTOP)
    began = time.monotonic()
    for _ in range(20_000):
        engine.pause()
    assert time.monotonic() - began < 5
    os.kill(engine.pid, signal.SIGCONT)
    until(qtbot, lambda: sum(isinstance(command, Pause) for _, command in heard.of("acknowledged")) == 20_000)


@on_unix
def test_a_hanging_worker_can_be_restarted_by_hand(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    train(qtbot, engine)
    os.kill(engine.pid, signal.SIGSTOP)
    engine.restart()
    until(qtbot, lambda: len(heard.of("greeted")) == 2)
    assert "by hand" in heard.of("died")[0][1]


def test_an_exception_in_the_worker_is_told(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nos.getpid = None\n", encoding="utf-8")
    first(monkeypatch, tmp_path)
    engine = EngineProcess()
    heard = Heard(engine)
    engine.start()
    until(qtbot, lambda: engine.state == "dead")
    assert isinstance(heard.of("failed")[0], ErrorReport)
    code, text = heard.of("died")[0]
    assert code == 11
    assert "TypeError" in text
    assert len(heard.of("died")) == engine_process.MOST_RESTARTS + 1


def test_noise_instead_of_a_greeting_is_a_death_with_words(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('not a frame', flush=True)\n", encoding="utf-8")
    first(monkeypatch, tmp_path)
    engine = EngineProcess()
    heard = Heard(engine)
    engine.start()
    until(qtbot, lambda: engine.state == "dead")
    assert "ProtocolError" in heard.of("died")[0][1]


def first(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Workers look for modules here before anywhere else."""
    whole = engine_transport.environment

    def with_folder() -> Any:
        found = whole()
        found.insert("PYTHONPATH", os.pathsep.join([str(folder), found.value("PYTHONPATH")]))
        return found

    monkeypatch.setattr(engine_transport, "environment", with_folder)


def test_a_worker_that_cannot_be_started_is_dead(qtbot: QtBot, heard_of_nothing: EngineProcess) -> None:
    heard = Heard(heard_of_nothing)
    heard_of_nothing.start()
    until(qtbot, lambda: heard_of_nothing.state == "dead")
    assert len(heard.of("died")) == engine_process.MOST_RESTARTS + 1


@pytest.fixture
def heard_of_nothing(monkeypatch: pytest.MonkeyPatch) -> EngineProcess:
    monkeypatch.setattr(engine_transport.sys, "executable", "/nowhere/python")
    return EngineProcess()


# --- the end ----------------------------------------------------------------------------------------------------------


@on_unix
@pytest.mark.parametrize("stopped", [False, True], ids=["training", "hanging"])
def test_closing_leaves_no_process_behind(qtbot: QtBot, engine: EngineProcess, stopped: bool) -> None:
    train(qtbot, engine)
    pid = engine.pid
    if stopped:
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    with qtbot.waitSignal(engine.closed, timeout=PATIENCE):
        engine.close()
        assert time.monotonic() - began < 5
        assert engine.state == "off"
    assert gone(pid)
    assert time.monotonic() - began < 5


def test_closing_what_was_never_started_is_done_at_once(qtbot: QtBot) -> None:
    engine = EngineProcess()
    with qtbot.waitSignal(engine.closed, timeout=PATIENCE):
        engine.close()


def test_a_closed_engine_can_be_started_again(qtbot: QtBot, engine: EngineProcess, heard: Heard) -> None:
    until(qtbot, lambda: engine.state == "ready")
    with qtbot.waitSignal(engine.closed, timeout=PATIENCE):
        engine.close()
        assert engine.configure({}) == 0
    engine.start()
    set_up(qtbot, engine)
    assert not heard.of("died")


# --- the outbox alone -------------------------------------------------------------------------------------------------


def test_what_people_did_first_is_sent_first() -> None:
    sent: list[Any] = []
    outbox = Outbox(sent.append)
    outbox.open()
    outbox.post_latest("alpha", Set(name="learning_rate", value=0.1))
    outbox.post_latest("alpha", Set(name="learning_rate", value=0.2))
    outbox.post_latest("view", View())
    outbox.post_latest("alpha", Set(name="learning_rate", value=0.3))
    outbox.post(Credit())
    outbox.post(Run())
    assert [(type(each), getattr(each, "value", None)) for each in sent] == [
        (Set, 0.1),
        (Credit, None),
        (View, None),
        (Set, 0.3),
        (Run, None),
    ]
    assert [each.id for each in sent] == [1, 2, 3, 4, 5]


def test_answers_bring_the_next_change() -> None:
    sent: list[Any] = []
    outbox = Outbox(sent.append)
    outbox.open()
    outbox.post_latest("a", Set(name="l2", value=0.1))
    outbox.post_latest("b", Set(name="momentum", value=0.5))
    assert outbox.answered(99) is None
    assert len(sent) == 1
    answered = outbox.answered(sent[0].id)
    assert answered == sent[0]
    assert sent[1].name == "momentum"
    assert outbox.post(SaveCheckpoint(name="a", file="x")) == sent[-1].id
