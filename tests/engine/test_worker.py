"""The worker by plain pipes: its answers in every state, what it trains and what it shows."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from engine.worker_client import (
    SPIRALS,
    Client,
    small,
    specs,
    wild,
)

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import (
    CREDIT_IN_FLIGHT,
    EXIT_QUIT,
    PROTOCOL,
    Ack,
    Change,
    Command,
    Configure,
    Credit,
    DivergedReport,
    Done,
    ErrorReport,
    Heartbeat,
    Hello,
    Nack,
    Pause,
    Quit,
    RecordPart,
    Refused,
    Rewind,
    Run,
    RunSnapshot,
    RunSpec,
    SaveCheckpoint,
    Saved,
    Set,
    SetWeight,
    Snapshot,
    StateFile,
    Step,
    View,
)
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files.schema import encode
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import identity_stack

# --- every message in every state -------------------------------------------------------------------------------------

REACH: dict[str, Callable[[Client], object]] = {
    "greeting": lambda client: None,
    "idle": lambda client: (client.ask_to_configure({}), client.wait(Refused)),
    "paused": lambda client: client.configure(),
    "training": lambda client: (client.configure(), client.answer(Run())),
    "diverged": lambda client: (client.configure(specs(a=wild())), client.send(Run()), client.wait(DivergedReport)),
}
SET_UP = {"paused", "training", "diverged"}
EXPECTED: list[tuple[Command, type, set[str]]] = [
    (Run(), Ack, {"paused", "training"}),
    (Run(until=5), Ack, {"paused", "training"}),
    (Pause(), Ack, SET_UP),
    (Step(), Ack, {"paused", "training"}),
    (Set(name="learning_rate", value=0.01), Ack, SET_UP),
    (Change(experiments={"a": encode(small())}), Ack, {"paused", "training"}),  # "diverged" has another network
    (SetWeight(name="a", part="fc1", parameter="W", index=0, value=0.5), Ack, {"paused", "training"}),
    (View(histograms=("fc1",), maps=("relu1",)), Ack, SET_UP),
    (SaveCheckpoint(name="a", file="checkpoint.resnet"), Saved, SET_UP),
    (RecordPart(data=b"\x82"), Ack, SET_UP),
    (Rewind(step=0), Ack, SET_UP),
    (Credit(), type(None), SET_UP),
]


@pytest.mark.parametrize("state", REACH)
def test_every_message_is_answered_in_every_state(state: str, tmp_path: Path) -> None:
    client = Client(cwd=tmp_path)
    try:
        if state != "greeting":
            client.greet()
            assert isinstance(client.answer(Hello(proto=PROTOCOL, app="again")), Nack)
        for command, positive, states in EXPECTED:
            REACH[state](client)
            if isinstance(command, Credit):  # is not answered: the next answer is that of the next command
                client.send(command)
                continue
            answer = client.answer(command)
            assert isinstance(answer, positive if state in states else Nack), f"{command} in {state}: {answer}"
            if isinstance(answer, Nack):
                assert str(answer.reason).endswith(".")
        REACH[state](client)
        if state == "greeting":
            assert isinstance(client.answer(Configure(run=1, runs={})), Nack)
            client.greet()
        assert client.configure()
        client.send(Quit())
        assert client.exit_code() == EXIT_QUIT
        assert not client.all_of(ErrorReport)
    finally:
        client.close()


def test_commands_for_runs_that_are_gone_are_refused(client: Client) -> None:
    client.configure()
    client.configure()
    assert isinstance(client.answer(Run(run=1)), Nack)
    assert isinstance(client.answer(Configure(run=1, runs=specs(a=small()))), Nack)
    assert isinstance(client.answer(Run()), Ack)


def test_a_window_of_another_protocol_is_refused(stranger: Client) -> None:
    answer = stranger.answer(Hello(proto=PROTOCOL + 1, app="newer"))
    assert isinstance(answer, Nack)
    assert "install" in str(answer.reason)


# --- setting up -------------------------------------------------------------------------------------------------------


def test_ready_tells_the_size_of_the_runs(client: Client) -> None:
    ready = client.configure(specs(a=small(), b=small(residual=False)))
    run = TrainingRun(small(), data_set(SPIRALS).load())
    assert (ready.step, ready.epoch, ready.steps_per_epoch) == (0, 0, run.steps_per_epoch)
    assert ready.parameters["a"] == run.parameters
    assert set(ready.estimated_bytes) == {"a", "b"}


@pytest.mark.parametrize(
    ("runs", "name"),
    [
        ({}, ""),
        ({"a": RunSpec(b"{}")}, "a"),
        ({"a": RunSpec(encode(small()).replace(b"spirals", b"nowhere"))}, "a"),
        (specs(a=small(), b=small(batch_size=10)), ""),
        (specs(a=small(), b=small(seed=4)), ""),
        (specs(a=small(data=replace(SPIRALS, settings=(("classes", 3), ("examples", 200))))), "a"),
        ({"a": RunSpec(encode(small()), StateFile("/nowhere/x.resnet", "0" * 64))}, "a"),
    ],
    ids=["nothing", "no file", "no data", "batch size", "seed", "outputs", "no checkpoint"],
)
def test_what_cannot_be_set_up_is_refused_with_a_sentence(client: Client, runs: dict[str, RunSpec], name: str) -> None:
    client.configure()
    client.ask_to_configure(runs)
    refused = client.wait(Refused)
    assert refused.name == name
    assert str(refused.reason).endswith(".")
    assert isinstance(client.answer(Run()), Nack)
    client.configure()


def test_an_unknown_device_is_refused(client: Client) -> None:
    client.ask_to_configure(device="abacus")
    assert "abacus" in str(client.wait(Refused).reason)


def test_ready_tells_what_the_window_shows_of_the_examples(client: Client) -> None:
    told = client.configure().data["a"]
    data = data_set(SPIRALS).load()
    assert told.labels.array().tolist() == data.train_y.argmax(1).tolist()
    assert told.class_names == data.class_names
    assert told.rms == data.rms
    numbers = Experiment(identity_stack(1), DataReference("identity-vectors"))
    told = client.configure(specs(a=numbers)).data["a"]
    assert told.labels.array().tolist() == []
    assert told.class_names == ()


# --- training ---------------------------------------------------------------------------------------------------------


def test_twins_train_in_lock_step_and_report_every_loss(client: Client) -> None:
    twins = {"plain": small(residual=False), "residual": small()}
    client.configure(specs(**twins))
    client.send(Credit(n=2))
    client.send(Run(until=500))
    assert client.wait(Done).reason == "until"
    for name, experiment in twins.items():
        losses: dict[int, float] = {}
        for snapshot in client.all_of(Snapshot):
            part = snapshot.runs[name]
            assert part.stride == 1
            losses.update(enumerate(part.losses.array().tolist(), part.first_step))
        run = TrainingRun(experiment, data_set(SPIRALS).load())
        assert losses == {step: run.step().loss for step in range(500)}


def test_evaluations_come_at_the_end_of_every_epoch_and_at_the_stop(client: Client) -> None:
    ready = client.configure()
    until = 3 * ready.steps_per_epoch + 1
    client.send(Run(until=until))
    client.wait(Done)
    points = [point for each in client.all_of(Snapshot) for point in each.runs["a"].evaluations]
    assert [point.step for point in points] == [*range(ready.steps_per_epoch, until, ready.steps_per_epoch), until]
    run = TrainingRun(small(), data_set(SPIRALS).load())
    for _ in range(until):
        run.step()
    assert points[-1].dev_loss == run.evaluate().dev_loss


def test_run_stops_after_so_many_epochs(client: Client) -> None:
    ready = client.configure()
    client.answer(Step(n=3))
    client.send(Run(epochs=2))
    done = client.wait(Done, lambda each: each.reason == "epochs")
    assert done.step == 2 * ready.steps_per_epoch


def test_a_run_to_where_it_stands_is_done_at_once(client: Client) -> None:
    client.configure()
    client.send(Step(n=5))
    client.wait(Done)
    client.send(Run(until=5))
    assert client.wait(Done).step == 5


def test_step_and_pause_show_the_standing_state_without_credit(client: Client) -> None:
    client.configure()
    client.answer(Step(n=3))
    snapshot = client.wait(Snapshot)
    assert snapshot.exact
    assert (snapshot.step, client.wait(Done).reason) == (3, "step")
    values = values_of(snapshot.runs["a"])
    run = TrainingRun(small(), data_set(SPIRALS).load())
    for _ in range(3):
        run.step()
    assert values["loss"] == run.step().loss
    client.answer(Run())
    ack = client.answer(Pause())
    assert isinstance(ack, Ack)
    assert client.wait(Snapshot, lambda each: each.exact).step == ack.step


def test_a_pause_stops_between_two_steps(client: Client) -> None:
    client.configure()
    for _ in range(20):
        client.answer(Run())
        paused = client.answer(Pause())
        assert isinstance(paused, Ack)
        beat = client.wait(Heartbeat) if _ == 19 else None
        assert beat is None or beat.step == paused.step


def test_names_are_sent_once(client: Client) -> None:
    client.configure()
    client.answer(Step())
    first = client.wait(Snapshot)
    client.answer(Step())
    second = client.wait(Snapshot)
    assert first.runs["a"].names
    assert not second.runs["a"].names
    assert len(second.runs["a"].values.data) == len(first.runs["a"].values.data)


def values_of(run: RunSnapshot) -> dict[str, float]:
    return dict(zip(run.names, run.values.array().tolist(), strict=True))


# --- what the window sees ---------------------------------------------------------------------------------------------


def test_without_credit_no_snapshot_comes_while_training(client: Client) -> None:
    client.configure()
    client.answer(Run())
    beats_for(client, 3)
    assert not client.all_of(Snapshot)


def test_credit_is_never_overdrawn(client: Client) -> None:
    client.configure()
    client.send(Credit(n=1000))
    client.answer(Run())
    beats_for(client, 3)
    assert len(client.all_of(Snapshot)) == CREDIT_IN_FLIGHT
    client.send(Credit())
    client.wait(Snapshot)
    beats_for(client, 2)
    assert len(client.all_of(Snapshot)) == CREDIT_IN_FLIGHT + 1


def test_snapshots_come_at_most_hz_times_a_second(client: Client) -> None:
    client.configure()
    client.answer(View(hz=10.0))
    client.send(Credit(n=2))
    client.answer(Run())
    began = time.monotonic()
    while time.monotonic() < began + 1:
        client.wait(Snapshot)
        client.send(Credit())
    assert 2 <= len(client.all_of(Snapshot)) <= 12


def test_only_what_is_looked_at_is_measured(client: Client) -> None:
    client.configure()
    client.answer(View(series=False))
    bare = client.wait(Snapshot).runs["a"]
    assert (bare.names, bare.histograms, bare.maps) == ((), {}, {})
    client.answer(View(histograms=("fc1", "relu1"), maps=("fc2",)))
    full = client.wait(Snapshot, lambda each: bool(each.runs["a"].maps)).runs["a"]
    assert full.names
    assert set(full.histograms) == set(full.ranges) == {"fc1", "relu1"}
    assert full.maps["fc2"].array().shape == (8,)


def test_a_view_of_what_is_in_one_twin_only_is_fine(client: Client) -> None:
    client.configure(specs(residual=small(), plain=small(residual=False)))
    client.answer(View(maps=("add1",)))
    snapshot = client.wait(Snapshot)
    assert list(snapshot.runs["residual"].maps) == ["add1"]
    assert not snapshot.runs["plain"].maps
    assert isinstance(client.answer(View(maps=("nothing",))), Nack)


def test_heartbeats_come_in_every_state_four_times_a_second(client: Client) -> None:
    began = time.monotonic()
    beats_for(client, 3)
    assert time.monotonic() - began < 5
    client.configure()
    assert client.wait(Heartbeat, lambda each: each.phase == "paused").rss > 10_000_000
    client.answer(Run())
    beat = client.wait(Heartbeat, lambda each: each.steps_per_second > 0)
    assert beat.phase == "training"
    assert beat.next_ms > 0


def beats_for(client: Client, n: int) -> None:
    for _ in range(n):
        client.wait(Heartbeat)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the system how long the worker computed")
def test_a_window_that_does_not_read_does_not_stop_training(client: Client) -> None:
    client.configure()
    client.answer(Run())
    unread = 1000
    ids = [client.send(View(maps=("x" * 5_000,))) for _ in range(unread)]  # 5 MB of refusals: no pipe holds them
    before = computed(client)
    select.select([], [], [], 1.0)  # read nothing
    assert computed(client) - before > 0.2
    paused = client.answer(Pause())
    assert isinstance(paused, Ack)
    assert [each.id for each in client.all_of(Nack)] == ids


def computed(client: Client) -> float:
    """Seconds of processor time that the worker has had."""
    fields = Path("/proc", str(client.process.pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
