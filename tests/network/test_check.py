"""What a check says, where, and that its first fix does what it promises."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network.editing import LAYERS

from resnet_sim.layers.base import DataShape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network import edits
from resnet_sim.network.blocks import BlockSpec, insert_block, set_block_start
from resnet_sim.network.check import Problem, check
from resnet_sim.network.graph import BLOCK_KINDS, SHORTCUTS, Block, Connection, Network, Node, Skip
from resnet_sim.network.parts import parts
from resnet_sim.network.skips import add_skip, set_enabled
from resnet_sim.network.templates import empty, he_cifar, identity_stack, mlp, tiny_cnn
from resnet_sim.network.twin import twin

DIGITS = DataShape((8, 8, 1), 10, "classification")
NUMBERS = DataShape((8, 8, 1), 10, "regression")
HAND = DataShape((4, 4, 1), 1, "regression")
VECTORS = DataShape((16,), 16, "regression")


def behind_input(*layers: object) -> Network:
    network = empty()
    for layer in layers:
        network = edits.append(network, layer)  # type: ignore[arg-type]
    return network


def labels(problem: Problem) -> list[str]:
    return [str(fix.label) for fix in problem.fixes]


def only_error(network: Network, data: DataShape = DIGITS) -> Problem:
    (problem,) = check(network, data).errors
    return problem


def changed(network: Network, id: str, **settings: object) -> Network:
    for name, value in settings.items():
        network = edits.set_setting(network, id, name, value)
    return network


def drop(network: Network, *ids: str) -> Network:
    """The raw network without these nodes; connections dangle."""
    return replace(network, nodes=tuple(node for node in network.nodes if node.id not in ids))


WRONG = {
    "dense on an image": (
        behind_input(Dense(10)),
        "FC “fc1” needs a vector, but its input is 8×8×1.",
        ["Add Flatten before it", "Remove “fc1”"],
    ),
    "conv on a vector": (
        behind_input(Flatten(), Conv2D(4), Dense(10)),
        "Conv “conv1” needs an image, but its input is a vector of 64.",
        ["Use FC instead", "Remove “conv1”"],
    ),
    "pool on a vector": (
        behind_input(Flatten(), MaxPool(), Dense(10)),
        "Max pool “pool1” needs an image, but its input is a vector of 64.",
        ["Remove “pool1”"],
    ),
    "even filter": (
        behind_input(Conv2D(4, 2), AveragePool(), Dense(10)),
        "Conv “conv1” has “same” padding, which needs an odd filter size, but f is 2.",
        ["Use f = 3", "Use “valid” padding", "Remove “conv1”"],
    ),
    "filter larger than the image": (
        behind_input(Conv2D(4, 9, padding="valid"), AveragePool(), Dense(10)),
        "Conv “conv1” has a window of 9, larger than its input of 8 (padding 0).",
        ["Use “same” padding", "Use f = 8", "Remove “conv1”"],
    ),
    "pool larger than the image": (
        behind_input(MaxPool(9), Flatten(), Dense(10)),
        "Max pool “pool1” has a window of 9, larger than its input of 8 (padding 0).",
        ["Use a window of 8", "Remove “pool1”"],
    ),
    "image at the output": (
        behind_input(Conv2D(4)),
        "Softmax “output” needs a vector, but its input is 8×8×4.",
        ["Add Flatten and FC with 10 units"],
    ),
    "too few outputs": (
        behind_input(Flatten(), Dense(7)),
        "z[1] has 7 values, but the data have 10 classes.",
        ["Give “fc1” 10 units", "Add FC with 10 units"],
    ),
    "too few outputs behind g": (
        behind_input(Flatten(), Dense(7), Activation()),
        "a[1] has 7 values, but the data have 10 classes.",
        ["Give “fc1” 10 units", "Add FC with 10 units"],
    ),
    "too few outputs behind a sum": (
        add_skip(behind_input(Flatten(), Dense(32), Dense(32)), "fc1", "fc2"),
        "a[2] has 32 values, but the data have 10 classes.",
        ["Add FC with 10 units"],
    ),
    "plain values for classes": (
        edits.replace_layer(mlp(1), "output", Regression()),
        "The data have classes, but “output” gives plain values.",
        ["Use Softmax"],
    ),
    "valid padding under a skip": (
        changed(he_cifar(1), "conv3", padding="valid"),
        "z[3] is 6×6×8, but a[1] on the skip path is 8×8×8.",
        ["Use “same” padding", "Remove the skip connection"],
    ),
    "more channels under a skip": (
        changed(tiny_cnn(), "conv2", filters=3),
        "z[2] is 4×4×3, but x on the skip path is 4×4×1.",
        ["Add W_s", "Pad with zeros", "Remove the skip connection"],
    ),
    "fewer units under a skip": (
        changed(mlp(1), "fc3", units=16),
        "z[3] is 16, but a[1] on the skip path is 32.",
        ["Add W_s", "Remove the skip connection"],
    ),
    "zeros cannot take away": (
        insert_block(mlp(1), BlockSpec(width=8, shortcut="zero_pad"), after="relu3"),
        "Skip connection “skip2” can only add zeros, but 32 has more than 8 channels.",
        ["Add W_s", "Remove the skip connection"],
    ),
    "no input": (
        replace(drop(mlp(1), "input"), connections=mlp(1).connections[1:]),
        "The network has no input.",
        ["Add an input"],
    ),
    "no output": (edits.remove(mlp(1), "output"), "The network has no output.", ["Add Softmax"]),
    "two inputs": (
        replace(mlp(1), nodes=(*mlp(1).nodes, Node("other", Input()))),
        "“other” is a second input; a network has one.",
        ["Remove “other”"],
    ),
    "two outputs": (
        replace(
            mlp(1),
            nodes=(*mlp(1).nodes, Node("other", Softmax())),
            connections=(*mlp(1).connections, Connection("fc4", "other")),
        ),
        "“other” is a second output; a network has one.",
        ["Remove “other”"],
    ),
    "something behind the output": (
        replace(
            mlp(1),
            connections=(*mlp(1).connections[:-2], Connection("relu3", "output"), Connection("output", "fc4")),
        ),
        "“output” is the output, but “fc4” comes behind it.",
        ["Move the output to the end"],
    ),
    "a gap": (
        edits.disconnect(mlp(1), Connection("relu1", "fc2")),
        "Nothing leads to “fc2”.",
        ["Connect it to “relu1”", "Remove “fc2”"],
    ),
    "a layer on its own": (
        edits.add_layer(mlp(1), Dense(10)),
        "Nothing leads to “fc5”.",
        ["Put it before the output", "Remove “fc5”"],
    ),
    "a branch without end": (
        edits.connect(edits.add_layer(mlp(1), Dense(10)), "relu1", "fc5"),
        "“fc5” leads nowhere.",
        ["Remove “fc5”"],
    ),
    "a connection into nothing": (
        replace(mlp(1), connections=(*mlp(1).connections, Connection("fc1", "ghost"))),
        "The connection from “fc1” to “ghost” needs “ghost”, which is not there.",
        ["Remove the connection"],
    ),
    "a skip from nothing": (
        replace(mlp(1), skips=(*mlp(1).skips, Skip("skip2", "ghost", "add1"))),
        "Skip connection “skip2” needs “ghost”, which is not there.",
        ["Remove the skip connection"],
    ),
    "a skip to a layer": (
        replace(mlp(1), skips=(*mlp(1).skips, Skip("skip2", "relu1", "fc3"))),
        "Skip connection “skip2” ends at “fc3”, not at (+).",
        ["Remove the skip connection"],
    ),
    "a sum without a skip": (
        replace(mlp(1), skips=()),
        "No skip connection lands on (+) “add1”.",
        ["Remove (+)"],
    ),
    "two main paths into one node": (
        replace(mlp(1), connections=(*mlp(1).connections, Connection("relu1", "fc4"))),
        "“fc4” has two main paths coming in, from “relu3” and “relu1”.",
        ["Keep “relu3”"],
    ),
    "a skip that leads back": (
        replace(mlp(2), skips=(*mlp(2).skips, Skip("back", "relu5", "add1"))),
        "“relu5” leads back to “add1”: a loop cannot be computed.",
        ["Remove the skip connection"],
    ),
    "an id used twice": (
        replace(mlp(1), blocks=(replace(mlp(1).blocks[0], id="fc1"),)),
        "The id “fc1” is used twice.",
        ["Give the second a new id"],
    ),
    "a node in two blocks": (
        replace(mlp(1), blocks=(*mlp(1).blocks, Block("block2", "plain", ("fc2", "fc1")))),
        "“fc2” is in two blocks, “block1” and “block2”.",
        ["Keep it in “block1”"],
    ),
    "a block of nothing": (
        replace(mlp(1), blocks=(*mlp(1).blocks, Block("block2", "plain", ("fc1", "ghost")))),
        "Block “block2” names layers that are not there.",
        ["Take them out of the block"],
    ),
    "a block without weights": (
        replace(mlp(1), blocks=(*mlp(1).blocks, Block("block2", "plain", ("relu1",)))),
        "Block “block2” has no layer with weights.",
        ["Ungroup it"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_problem_is_said_and_its_first_fix_leads_to_the_assumed_sizes(name: str) -> None:
    network, says, buttons = WRONG[name]
    data = HAND if name == "more channels under a skip" else DIGITS
    report = check(network, data)
    first = next(problem for problem in report.errors if str(problem.sentence) == says)
    assert labels(first) == buttons
    assert first.place == "" or first.place in network.by_id or first.place in network.skip_by_id
    for fix in first.fixes:
        fixed = check(fix.edit(network), data)
        assert (first.place, says) not in {(each.place, str(each.sentence)) for each in fixed.problems}
    fixed = check(first.fixes[0].edit(network), data)
    if len(report.errors) == 1:
        assert fixed.ok
        parts(first.fixes[0].edit(network), data.input)
        for id in report.assumed & set(fixed.shapes):
            assert report.shapes[id] == fixed.shapes[id]


def test_all_problems_come_at_once_and_repairing_one_by_one_ends() -> None:
    network = changed(changed(he_cifar(1), "conv3", padding="valid"), "conv5", filters=4)
    network = edits.set_setting(edits.disconnect(network, Connection("relu7", "pool")), "fc1", "units", 3)
    report = check(network, DIGITS)
    assert len(report.errors) == 4
    for _ in range(10):
        if report.ok:
            break
        network = report.errors[0].fixes[0].edit(network)
        report = check(network, DIGITS)
    assert report.ok
    parts(network, DIGITS.input)


def test_what_stands_behind_a_problem_has_assumed_sizes() -> None:
    network = changed(he_cifar(1), "conv3", padding="valid")
    report = check(network, DIGITS)
    assert report.shapes["conv3"] == (6, 6, 8)
    assert "conv3" not in report.assumed
    assert report.shapes["add1"] == (8, 8, 8)
    assert {"add1", "relu3", "conv4", "output"} <= report.assumed


def test_a_residual_block_of_vectors_on_an_image_flattens_both_paths() -> None:
    network = insert_block(behind_input(Flatten(), Dense(10)), BlockSpec(width=64), after="input")
    problem = next(each for each in check(network, DIGITS).errors)
    assert problem.place == "fc2"
    fixed = problem.fixes[0].edit(network)
    assert fixed.skip("skip1").source == "flatten1"
    assert check(fixed, DIGITS).ok


def test_a_skip_that_is_off_need_not_fit() -> None:
    network = changed(mlp(1), "fc3", units=16)
    assert check(set_enabled(network, "skip1", False), DIGITS).ok


def test_numbers_count_layers_with_weights() -> None:
    numbers = check(mlp(2, batch_norm=True), DIGITS).numbers
    assert [numbers[id] for id in ("input", "fc1", "bn1", "relu1", "fc2", "fc3", "add1", "relu3", "output")] == [
        0, 1, 1, 1, 2, 3, 3, 3, 6,
    ]  # fmt: skip


def test_without_data_the_wiring_is_checked_and_no_sizes() -> None:
    report = check(changed(mlp(1), "fc3", units=16))
    assert report.problems == ()
    assert not report.shapes
    assert check(Network()).errors


def notes_of(network: Network, data: DataShape = DIGITS) -> list[str]:
    report = check(network, data)
    assert report.ok
    return [str(each.sentence) for each in report.notes]


def test_a_block_whose_layers_both_start_at_zero_never_learns() -> None:
    dead = set_block_start(mlp(2), "block2", first_scale=0.0, second_scale=0.0)
    (note,) = check(dead, DIGITS).notes
    assert str(note.sentence) == "W[4] and W[5] both start at 0, so this residual block never learns."
    assert note.place == "skip2"
    assert check(note.fixes[0].edit(dead), DIGITS).problems == ()


def test_a_plain_layer_at_zero_never_learns() -> None:
    dead = twin(mlp(1))
    (note,) = check(dead, DIGITS).notes
    assert str(note.sentence) == "W[3] starts at 0: ReLU then passes no gradient, so layer 3 never learns."
    assert check(note.fixes[0].edit(dead), DIGITS).problems == ()


def test_a_rezero_network_without_its_skips_never_learns() -> None:
    notes = check(twin(mlp(1, rezero=True)), DIGITS).notes
    assert [note.place for note in notes] == ["scale1"]


def test_a_deep_network_that_starts_large_without_batch_norm_tends_to_diverge() -> None:
    deep = mlp(27, second_scale=1.0)
    (note,) = check(deep, DIGITS).notes
    assert note.place == ""
    assert "27 residual blocks" in str(note.sentence)
    assert check(note.fixes[0].edit(deep), DIGITS).problems == ()
    assert notes_of(mlp(27, batch_norm=True)) == []
    assert notes_of(mlp(27, second_scale=0.25)) == []
    assert notes_of(mlp(27, rezero=True)) == []


def test_a_skip_drawn_over_layers_that_start_large_gets_a_note() -> None:
    drawn = add_skip(mlp(1, residual=False), "relu1", "fc3")
    assert notes_of(drawn) == ["W[3] starts large, so this residual block does not begin as an identity."]


def test_a_block_on_x_is_no_identity() -> None:
    assert notes_of(identity_stack(3), VECTORS) == [
        "This block stands on x: it copies only values of at least 0, as ReLU(x) does."
    ]
    assert notes_of(mlp(3)) == []


def test_thousand_nodes_are_checked_in_well_under_a_tenth_of_a_second() -> None:
    for network in (mlp(124, batch_norm=True), changed(mlp(124, batch_norm=True), "fc3", units=5)):
        best = min(_seconds(network) for _ in range(3))
        assert best < 0.1


def _seconds(network: Network) -> float:
    fresh = replace(network)
    start = time.perf_counter()
    check(fresh, DIGITS)
    return time.perf_counter() - start


@st.composite
def broken(draw: st.DrawFn) -> Network:
    """Networks that no edit makes: ids twice, loops, loose ends, skips and blocks of nothing."""
    names = [f"n{i}" for i in range(draw(st.integers(1, 8)))]
    id = st.sampled_from([*names, "ghost"])
    layer = st.sampled_from([*LAYERS, Input(), Add()])
    forward = [Connection(a, b) for a, b in itertools.pairwise(names)]
    return Network(
        nodes=(
            *(Node(name, draw(layer)) for name in names if draw(st.integers(0, 9))),
            *draw(st.lists(st.builds(Node, id, layer), max_size=2)),
        ),
        connections=(
            *(each for each in forward if draw(st.integers(0, 3))),
            *draw(st.lists(st.builds(Connection, id, id), max_size=3)),
        ),
        skips=tuple(
            draw(
                st.lists(
                    st.builds(
                        Skip,
                        st.sampled_from(["s1", "s2", "n1"]),
                        id,
                        id,
                        st.sampled_from(SHORTCUTS),
                        st.booleans(),
                        st.booleans(),
                    ),
                    max_size=3,
                )
            )
        ),
        blocks=tuple(
            draw(
                st.lists(
                    st.builds(
                        Block,
                        st.sampled_from(["b1", "b2", "n1"]),
                        st.sampled_from(BLOCK_KINDS),
                        st.lists(id, max_size=4).map(tuple),
                    ),
                    max_size=2,
                )
            )
        ),
    )


DATA = st.sampled_from([None, DIGITS, NUMBERS, VECTORS, DataShape((2, 2, 1), 3, "classification")])


@given(broken(), DATA)
@settings(max_examples=600, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_check_never_raises_and_first_fixes_lead_to_a_sound_network(network: Network, data: DataShape | None) -> None:
    for _ in range(80):
        report = check(network, data)
        if report.ok:
            break
        problem = report.errors[0]
        assert problem.sentence.render()
        fixes = [fix.edit(network) for fix in problem.fixes]
        for fixed in fixes:
            left = {(each.place, str(each.sentence)) for each in check(fixed, data).problems}
            assert (problem.place, str(problem.sentence)) not in left
        network = fixes[0]
    assert report.ok
    if data is not None:
        made = parts(network, data.input)
        assert {part.id: part.shape for part in made if not part.skip}.items() <= report.shapes.items()
