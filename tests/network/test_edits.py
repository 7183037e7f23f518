"""Inserting, removing, moving, connecting and changing layers."""

from __future__ import annotations

import pytest

from resnet_sim.errors import EditError
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network import edits
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.templates import empty, mlp
from resnet_sim.network.wiring import end_of_layer


def test_a_layer_between_two_residual_blocks_shifts_both() -> None:
    network = edits.insert_after(mlp(2), "relu3", Dense(32))
    assert network.main_input["fc4"] == "fc7"
    assert network.skip("skip2").source == "fc7"
    assert network.skip("skip1").target == "add1"
    assert "fc7" not in network.block_of


def test_a_layer_on_one_connection_lands_inside_the_skip_and_the_block() -> None:
    network = edits.insert_on(mlp(2), Connection("relu3", "fc4"), Dense(32), id="extra")
    assert network.main_input["fc4"] == "extra"
    assert network.skip("skip2").source == "relu3"
    assert network.block("block2").nodes[0] == "extra"
    inside = edits.insert_on(mlp(2), Connection("fc2", "relu2"), Dropout())
    assert inside.block("block1").nodes == ("fc2", "dropout1", "relu2", "fc3", "add1", "relu3")


def test_a_layer_behind_a_block_stays_outside_and_within_it_inside() -> None:
    assert "fc7" in edits.insert_after(mlp(2), "fc2", Dense(32)).block("block1").nodes
    assert "fc7" not in edits.insert_after(mlp(2), "relu3", Dense(32)).block_of


def test_append_puts_layers_before_the_output() -> None:
    network = edits.append(edits.append(empty(), Flatten()), Dense(10))
    assert [network.main_input[id] for id in ("output", "fc1", "flatten")] == ["fc1", "flatten", "input"]


def test_a_network_grows_from_nothing() -> None:
    network = Network()
    for layer in (Dense(4), Activation(), Softmax(), Input()):
        network = edits.append(network, layer)
    assert network.order() == ("input", "fc1", "relu1", "output")


def test_a_removed_layer_joins_its_neighbours_and_keeps_skips() -> None:
    network = edits.remove(mlp(2), "relu3")
    assert network.main_input["fc4"] == "add1"
    assert network.skip("skip2").source == "add1"
    assert network.block("block1").nodes == ("fc2", "relu2", "fc3", "add1")


def test_removing_all_under_a_skip_removes_the_skip_and_the_block() -> None:
    network = mlp(2)
    for id in ("fc2", "relu2", "fc3"):
        network = edits.remove(network, id)
    assert [skip.id for skip in network.skips] == ["skip2"]
    assert "add1" not in network.by_id
    assert [block.id for block in network.blocks] == ["block2"]
    assert network.main_input["relu3"] == "relu1"


def test_moving_a_layer_keeps_it_and_heals_where_it_was() -> None:
    network = edits.move_layer(mlp(2), "fc1", Connection("fc6", "output"))
    assert network.main_input["output"] == "fc1"
    assert network.main_input["relu1"] == "flatten"
    assert edits.move_layer(network, "fc1", Connection("fc1", "output")) == network


def test_connect_and_disconnect() -> None:
    cut = edits.disconnect(mlp(1), Connection("flatten", "fc1"))
    assert "fc1" not in cut.main_input
    assert set(edits.connect(cut, "flatten", "fc1").connections) == set(mlp(1).connections)


def test_settings_and_frozen_layers() -> None:
    network = edits.set_setting(mlp(1), "fc1", "units", 64)
    assert network.node("fc1").layer == Dense(64)
    assert edits.set_frozen(network, "fc1", True).node("fc1").frozen
    assert edits.replace_layer(network, "relu1", Activation("tanh")).node("relu1").layer == Activation("tanh")
    copy = edits.duplicate(edits.set_frozen(network, "fc1", True), "fc1")
    assert copy.main_input["fc5"] == "fc1"
    assert copy.node("fc5") == edits.set_frozen(copy, "fc5", True).node("fc5")


def test_unchanged_layers_are_shared_between_versions() -> None:
    before = mlp(9)
    after = edits.set_setting(before, "fc1", "units", 64)
    assert sum(a is not b for a, b in zip(before.nodes, after.nodes, strict=True)) == 1


def test_the_end_of_a_layer_is_behind_its_sum_and_g() -> None:
    assert end_of_layer(mlp(2), "fc3") == "relu3"
    assert end_of_layer(mlp(2), "fc6") == "fc6"
    assert end_of_layer(mlp(2, kind="pre_activation", batch_norm=True), "fc3") == "add1"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda n: edits.insert_after(n, "output", Dense(3)), "behind the output"),
        (lambda n: edits.insert_after(n, "fc9", Dense(3)), "no layer “fc9”"),
        (lambda n: edits.insert_after(n, "fc1", Input()), "stands at the front"),
        (lambda n: edits.insert_after(n, "fc1", Add()), "comes with a skip connection"),
        (lambda n: edits.insert_after(n, "fc1", Softmax()), "already has an output"),
        (lambda n: edits.insert_after(edits.remove(n, "output"), "fc1", Softmax()), "at the end"),
        (lambda n: edits.insert_after(n, "fc1", Dense(3), id="fc2"), "already in use"),
        (lambda n: edits.insert_after(n, "fc1", Dense(3), id="2fast"), "An id is a letter"),
        (lambda n: edits.insert_on(n, Connection("fc1", "fc2"), Dense(3)), "no connection from"),
        (lambda n: edits.append(n, Input()), "already has an input"),
        (lambda n: edits.append(n, Regression()), "already has an output"),
        (lambda n: edits.remove(n, "input"), "cannot be removed"),
        (lambda n: edits.remove(n, "add1"), "remove the skip connection instead"),
        (lambda n: edits.remove(n, "nothing"), "no layer “nothing”"),
        (lambda n: edits.move_layer(n, "input", Connection("fc1", "relu1")), "cannot be moved"),
        (lambda n: edits.replace_layer(n, "fc1", Softmax()), "cannot take the place"),
        (lambda n: edits.replace_layer(n, "input", Dense(3)), "cannot take the place"),
        (lambda n: edits.set_setting(n, "fc1", "units", 0), "Units must be"),
        (lambda n: edits.set_setting(n, "fc1", "colour", 0), "no setting “colour”"),
        (lambda n: edits.connect(n, "fc1", "relu1"), "already leads to"),
        (lambda n: edits.connect(edits.disconnect(n, Connection("input", "flatten")), "fc1", "flatten"), "a loop"),
        (lambda n: edits.connect(n, "fc1", "input"), "lead to the input"),
        (lambda n: edits.connect(n, "output", "fc1"), "behind the output"),
        (lambda n: edits.disconnect(n, Connection("fc1", "fc2")), "no connection from"),
        (lambda n: edits.duplicate(n, "output"), "cannot be duplicated"),
        (lambda n: edits.set_frozen(n, "nothing", True), "no layer “nothing”"),
    ],
)
def test_impossible_edits_raise_one_sentence_and_change_nothing(edit, says: str) -> None:  # type: ignore[no-untyped-def]
    network = mlp(1)
    with pytest.raises(EditError, match=says) as caught:
        edit(network)
    assert str(caught.value).endswith(".")
    assert network == mlp(1)
