"""What a record knows of the controls: where the run began, what changed, and what was never touched."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.network.blocks import set_block_l2
from resnet_sim.network.edits import set_frozen
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.controls import NETWORK, changes, controls_at, note_controls
from resnet_sim.state.record import Record

START = Experiment(mlp(2, 8, 2), DataReference("moons"), Training(l2=0.01))


def begun() -> Record:
    record = Record()
    note_controls(record, 0, START)
    return record


def test_a_record_says_with_what_its_run_began() -> None:
    known = controls_at(begun(), 0)
    assert (known["l2"], known["optimiser"], known["learning_rate"], known["batch_size"]) == (
        0.01,
        "momentum",
        0.03,
        50,
    )
    assert not any("/" in name for name in known), "what nobody touched is not noted"
    assert changes(begun()) == ()


def test_only_what_differs_is_noted() -> None:
    record = begun()
    count = len(record.events)
    note_controls(record, 5, START)
    assert len(record.events) == count
    note_controls(record, 7, replace(START, training=replace(START.training, l2=0.1)))
    assert [(each.step, each.name, each.value) for each in changes(record)] == [(7, "l2", 0.1)]


def test_the_lambda_of_a_block_is_an_event_and_so_is_giving_it_up() -> None:
    record = begun()
    note_controls(record, 3, replace(START, network=set_block_l2(START.network, "block1", 0.5)))
    note_controls(record, 9, START)
    assert [(each.step, each.name, each.value) for each in changes(record)] == [
        (3, "l2/block1", 0.5),
        (9, "l2/block1", ""),
    ]


def test_freezing_and_skips_are_events_too() -> None:
    record = begun()
    skip = START.network.skips[0]
    off = replace(START.network, skips=(replace(skip, enabled=False), *START.network.skips[1:]))
    note_controls(record, 4, replace(START, network=off))
    note_controls(record, 6, replace(START, network=set_frozen(off, "fc1", True)))
    found = [(each.step, each.name, each.value) for each in changes(record)]
    assert found == [(4, f"skip/{skip.id}", False), (6, "frozen/fc1", True)]


def test_a_value_that_comes_twice_is_one_change_but_every_other_network_is_one() -> None:
    record = begun()
    for step in (10, 20):
        record.note(step, "l2", 0.2)
        record.note(step, NETWORK, "")
    assert [(each.step, each.name) for each in changes(record)] == [(10, "l2"), (10, NETWORK), (20, NETWORK)]


def test_of_a_record_without_a_beginning_only_what_it_says_is_known() -> None:
    record = Record()
    note_controls(record, 40, START)
    assert record.events == []
    record.note(50, "l2", 0.1)
    assert [each.step for each in changes(record)] == [50]
