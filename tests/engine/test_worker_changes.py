"""The worker by plain pipes: changes, going back, files, and that nothing the window does moves a weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine.worker_client import (
    SPIRALS,
    Client,
    assert_equal,
    checkpoint_of,
    small,
    specs,
    trained,
    wild,
)

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import (
    Ack,
    Change,
    Command,
    Credit,
    DivergedReport,
    Done,
    Heartbeat,
    Nack,
    Pause,
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
    StateFile,
    Step,
    View,
    record_bytes,
)
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files import container
from resnet_sim.files.schema import encode
from resnet_sim.network.blocks import BlockSpec, insert_block
from resnet_sim.network.skips import set_enabled
from resnet_sim.state.record import Record

# --- changes while training -------------------------------------------------------------------------------------------


def test_settings_hold_from_the_step_of_the_ack(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(Run())
    changed = client.answer(Set(name="learning_rate", value=0.001))
    assert isinstance(changed, Ack)
    stopped = client.answer(Pause())
    assert isinstance(stopped, Ack)
    run = TrainingRun(small(), data_set(SPIRALS).load())
    for _ in range(changed.step):
        run.step()
    run.change(small(learning_rate=0.001))
    for _ in range(stopped.step - changed.step):
        run.step()
    assert_equal(checkpoint_of(client, tmp_path), run.checkpoint())


@pytest.mark.parametrize(
    "command",
    [
        Set(name="learning_rate", value=float("nan")),
        Set(name="learning_rate", value=-1.0),
        Set(name="batch_size", value=0),
        Set(name="batch_size", value=2.5),
        Set(name="optimiser", value="magic"),
        Set(name="dtype", value="float64"),
        Set(name="nothing", value=1),
        Change(experiments={"b": encode(small())}),
        Change(experiments={"a": encode(small(residual=False, batch_norm=False))}),
        Change(experiments={"a": b"{"}),
        SetWeight(name="a", part="fc1", parameter="W", index=10**6, value=0.0),
        SetWeight(name="a", part="fc1", parameter="W", index=0, value=float("inf")),
        SetWeight(name="a", part="no", parameter="W", index=0, value=0.0),
        View(hz=0.0),
        View(hz=float("nan")),
        View(example=-1),
        Step(n=0),
        Run(until=-1),
        Rewind(step=-1),
        SaveCheckpoint(name="b", file="x.resnet"),
        SaveCheckpoint(name="a", file="/nowhere/at/all/x.resnet"),
        SaveCheckpoint(name="a", file="\0"),
    ],
    ids=repr,
)
def test_what_cannot_be_done_is_refused_and_training_goes_on(paused: Client, command: Command) -> None:
    answer = paused.answer(command)
    assert isinstance(answer, Nack)
    assert str(answer.reason).endswith(".")


@pytest.fixture(scope="module")
def paused() -> Iterator[Client]:
    made = Client().greet()
    try:
        made.configure()
        yield made
        assert isinstance(made.answer(Step()), Ack)
    finally:
        made.close()


def test_a_change_that_one_twin_refuses_changes_none(client: Client, tmp_path: Path) -> None:
    client.configure(specs(a=small(), b=small()))
    assert isinstance(client.answer(Change(experiments={"a": encode(small(batch_size=10))})), Nack)
    client.answer(Step(n=20))
    run = TrainingRun(small(), data_set(SPIRALS).load())
    for _ in range(20):
        run.step()
    client.wait(Done)
    assert_equal(checkpoint_of(client, tmp_path), run.checkpoint())


def test_a_skip_is_switched_off_and_on_while_its_pictures_are_looked_at(client: Client) -> None:
    on = small()
    skip = on.network.skips[0].id
    off = replace(on, network=set_enabled(on.network, skip, False))
    client.configure(specs(a=on))
    client.answer(View(maps=("add1",), histograms=("add1",)))
    client.send(Credit(n=2))
    client.answer(Run())
    for experiment in (off, on, off, on):
        assert isinstance(client.answer(Change(experiments={"a": encode(experiment)})), Ack)
    assert isinstance(client.answer(Pause()), Ack)


def test_a_typed_weight_is_in_the_checkpoint(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(SetWeight(name="a", part="fc1", parameter="W", index=3, value=0.625))
    assert checkpoint_of(client, tmp_path).arrays[("fc1", "W")].reshape(-1)[3] == 0.625


# --- divergence and kept steps ----------------------------------------------------------------------------------------


def test_a_divergence_pauses_and_going_back_with_a_lower_rate_trains_on(client: Client) -> None:
    client.configure(specs(a=wild()))
    client.send(Run())
    report = client.wait(DivergedReport)
    assert report.name == "a"
    assert report.what in ("nan", "inf", "loss")
    assert client.wait(Snapshot).step == report.step
    assert isinstance(client.answer(Set(name="learning_rate", value=0.01)), Ack)
    assert isinstance(client.answer(Run()), Nack)
    assert isinstance(client.answer(Rewind(step=report.step - 1)), Ack)
    client.send(Run(until=50))
    assert client.wait(Done).step == 50


def test_when_one_twin_diverges_both_go_back(client: Client, tmp_path: Path) -> None:
    client.configure(specs(good=small(batch_norm=False), bad=wild()))
    client.send(Run())
    assert client.wait(DivergedReport).name == "bad"
    assert isinstance(client.answer(Set(name="learning_rate", value=0.01)), Ack)
    assert isinstance(client.answer(Rewind(step=0)), Ack)
    client.send(Run(until=50))
    client.wait(Done)
    run = TrainingRun(small(batch_norm=False, learning_rate=0.01), data_set(SPIRALS).load())
    for _ in range(50):
        run.step()
    assert_equal(checkpoint_of(client, tmp_path, "good"), run.checkpoint())


def test_going_back_comes_to_the_newest_kept_step(client: Client, tmp_path: Path) -> None:
    client.configure()
    for until in (10, 20, 30):
        client.send(Run(until=until))
        client.wait(Done)
    back = client.answer(Rewind(step=25))
    assert isinstance(back, Ack)
    assert back.step == 20
    assert client.wait(Snapshot).step == 20
    client.send(Run(until=30))
    client.wait(Done)
    assert_equal(checkpoint_of(client, tmp_path), trained(30))
    again = client.answer(Rewind(step=10))
    assert isinstance(again, Ack)
    assert again.step == 10


def test_the_worker_tells_which_steps_one_can_go_back_to(client: Client) -> None:
    client.configure()
    for until in (10, 20):
        client.send(Run(until=until))
        client.wait(Done)
    client.wait(Heartbeat, lambda beat: beat.kept == (0, 10, 20))
    client.answer(Rewind(step=15))
    client.wait(Heartbeat, lambda beat: beat.kept == (0, 10))


def test_going_back_keeps_a_weight_typed_at_that_step(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(SetWeight(name="a", part="fc1", parameter="W", index=0, value=0.625))
    client.send(Step(n=5))
    client.wait(Done)
    client.answer(Rewind(step=0))
    assert checkpoint_of(client, tmp_path).arrays[("fc1", "W")].reshape(-1)[0] == 0.625


# --- nothing the window does moves a weight ---------------------------------------------------------------------------


def test_pauses_views_and_credit_leave_every_bit_as_it_is(client: Client, tmp_path: Path) -> None:
    client.configure()
    for turn in range(12):
        client.answer(View(histograms=("fc1",), maps=("relu1", "add1"), series=turn % 2 == 0, example=turn))
        client.send(Credit(n=turn % 3))
        client.answer(Run())
        client.answer(Pause())
        client.answer(Pause())
        client.answer(Step(n=turn + 1))
    client.wait(Done)
    stands = client.answer(Pause())
    assert isinstance(stands, Ack)
    until = stands.step + 100
    client.send(Run(until=until))
    client.wait(Done, lambda each: each.step == until)
    assert_equal(checkpoint_of(client, tmp_path), trained(until))


def test_another_worker_goes_on_from_the_file_as_if_nothing_had_been(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(Run(until=50))
    client.wait(Done)
    file = tmp_path / "half.resnet"
    saved = client.answer(SaveCheckpoint(name="a", file=str(file)))
    assert isinstance(saved, Saved)
    other = Client().greet()
    try:
        ready = other.configure({"a": RunSpec(encode(small()), StateFile(saved.file, saved.sha256))})
        assert (ready.step, ready.carried) == (50, {})
        other.send(Run(until=100))
        other.wait(Done)
        assert_equal(checkpoint_of(other, tmp_path), trained(100))
    finally:
        other.close()


def test_a_checkpoint_of_another_graph_is_carried_over(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(Run(until=50))
    client.wait(Done)
    before = checkpoint_of(client, tmp_path)
    saved = client.answer(SaveCheckpoint(name="a", file=str(tmp_path / "before.resnet")))
    assert isinstance(saved, Saved)
    network = insert_block(small().network, BlockSpec(width=8), after=small().network.blocks[-1].nodes[-1])
    grown = replace(small(), network=network)
    ready = client.configure({"a": RunSpec(encode(grown), StateFile(saved.file, saved.sha256))})
    assert ready.step == 50
    assert {part for part, _ in ready.carried["a"].started} <= set(network.blocks[-1].nodes)
    assert set(ready.carried["a"].kept) == set(before.arrays)
    after = checkpoint_of(client, tmp_path)
    for key, array in before.arrays.items():
        assert np.array_equal(after.arrays[key], array)


def test_a_checkpoint_that_was_tampered_with_is_refused(client: Client, tmp_path: Path) -> None:
    client.configure()
    checkpoint_of(client, tmp_path)
    client.ask_to_configure({"a": RunSpec(encode(small()), StateFile(str(tmp_path / "checkpoint.resnet"), "0" * 64))})
    assert client.wait(Refused).name == "a"


def test_a_document_is_written_with_weights_and_record(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.answer(Run(until=10))
    client.wait(Done)
    record = Record()
    for step in range(10):
        record.add(step, {"loss": 1.0 / (step + 1)})
    data = record_bytes(record)
    document = replace(small(), title="Spirals at 10 steps")
    file = tmp_path / "document.resnet"
    assert isinstance(client.answer(RecordPart(data=data[:20])), Ack)
    saved = client.answer(SaveDocument(name="a", file=str(file), experiment=encode(document), record=data[20:]))
    assert isinstance(saved, Saved)
    assert saved.step == 10
    found = container.load(file)
    assert found.experiment == document
    assert found.record == record
    assert found.checkpoint is not None
    assert_equal(found.checkpoint, trained(10))
