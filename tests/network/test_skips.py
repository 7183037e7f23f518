"""Drawing, changing and removing skip connections."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from resnet_sim.errors import EditError
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network.graph import Connection, Network, Node
from resnet_sim.network.skips import (
    add_skip,
    remove_skip,
    set_batch_norm,
    set_enabled,
    set_shortcut,
    set_skip,
)
from resnet_sim.network.templates import mlp
from resnet_sim.network.twin import twin


def chain(network: Network) -> list[str]:
    """Node ids along the main path."""
    at = network.nodes[0].id
    ids = [at]
    while ahead := network.outgoing.get(at):
        (at,) = ahead
        ids.append(at)
    return ids


def plain(*layers: tuple[str, object]) -> Network:
    nodes = tuple(Node(id, layer) for id, layer in layers)  # type: ignore[arg-type]
    return Network(nodes, tuple(Connection(a.id, b.id) for a, b in pairwise(nodes)))


@pytest.fixture
def network() -> Network:
    g = Activation()
    return plain(
        ("input", Input()),
        ("fc1", Dense(8)),
        ("relu1", g),
        ("fc2", Dense(8)),
        ("relu2", g),
        ("fc3", Dense(8)),
        ("bn3", BatchNorm()),
        ("relu3", g),
        ("fc4", Dense(3)),
        ("output", Softmax()),
    )


@pytest.mark.parametrize("target", ["fc3", "bn3", "relu3"])
def test_g_moves_behind_the_sum_wherever_in_the_layer_the_skip_lands(network: Network, target: str) -> None:
    drawn = add_skip(network, "relu1", target)
    assert chain(drawn)[5:9] == ["fc3", "bn3", "add1", "relu3"]
    assert [(skip.id, skip.source, skip.target) for skip in drawn.skips] == [("skip1", "relu1", "add1")]


def test_without_g_the_sum_stands_behind_the_layer(network: Network) -> None:
    assert chain(add_skip(network, "relu1", "fc4"))[-3:] == ["fc4", "add1", "output"]


def test_a_second_skip_lands_on_the_sum_that_is_there(network: Network) -> None:
    drawn = add_skip(add_skip(network, "relu1", "fc3"), "input", "fc3", "learned")
    assert [skip.target for skip in drawn.skips] == ["add1", "add1"]
    again = add_skip(drawn, "relu2", "add1", id="third")
    assert [skip.id for skip in again.skips] == ["skip1", "skip2", "third"]
    assert sum(isinstance(node.layer, Add) for node in again.nodes) == 1


def test_removing_the_last_skip_puts_g_back(network: Network) -> None:
    drawn = add_skip(add_skip(network, "relu1", "fc3"), "input", "fc3")
    one = remove_skip(drawn, "skip1")
    assert "add1" in one.by_id
    assert remove_skip(one, "skip2") == network


def test_a_skip_over_a_plain_block_makes_it_residual_and_back() -> None:
    residual = mlp(2)
    network = twin(residual)
    drawn = add_skip(network, "relu1", "fc3")
    assert drawn.block("block1") == residual.block("block1")
    assert drawn.block("block2").kind == "plain"
    assert remove_skip(drawn, "skip1") == network


def test_a_skip_over_a_plain_pre_activation_block_makes_it_one_again() -> None:
    residual = mlp(2, kind="pre_activation", batch_norm=True)
    network = twin(residual)
    for skip in residual.skips:
        network = add_skip(network, skip.source, residual.main_input[skip.target])
    assert (network.blocks, network.skips) == (residual.blocks, residual.skips)
    assert set(network.connections) == set(residual.connections)


def test_skips_from_a_layer_start_behind_its_sum(network: Network) -> None:
    first = add_skip(network, "fc2", "fc4")
    second = add_skip(first, "relu1", "fc2")
    assert chain(second)[3:6] == ["fc2", "add2", "relu2"]
    assert second.skip("skip1").source == "add2"
    assert remove_skip(second, "skip2") == first


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("fc3", "fc3", "both its ends"),
        ("relu3", "fc2", "leads forward"),
        ("relu3", "relu1", "leads forward"),
        ("output", "fc2", "cannot start at the output"),
        ("fc1", "output", "cannot land on the output"),
        ("fc1", "input", "cannot land on the input"),
        ("fc2", "relu2", "both its ends"),
        ("nowhere", "fc2", "no layer “nowhere”"),
        ("fc2", "nowhere", "no layer “nowhere”"),
    ],
)
def test_impossible_skips_are_refused_with_a_sentence(network: Network, source: str, target: str, says: str) -> None:
    kept = replace(network)
    with pytest.raises(EditError, match=says):
        add_skip(network, source, target)
    assert network == kept


def test_doubles_taken_ids_and_unknown_words_are_refused(network: Network) -> None:
    drawn = add_skip(network, "relu1", "fc3")
    for refused in (
        lambda: add_skip(drawn, "relu1", "relu3"),
        lambda: add_skip(drawn, "bn3", "add1"),
        lambda: add_skip(drawn, "add1", "fc3"),
        lambda: add_skip(network, "relu1", "fc3", id="fc1"),
        lambda: add_skip(network, "relu1", "fc3", "teleport"),
        lambda: remove_skip(network, "skip1"),
        lambda: set_shortcut(drawn, "skip1", "teleport"),
        lambda: set_skip(drawn, "skip1", "colour", "red"),
        lambda: set_skip(drawn, "skip1", "start_scale", -1.0),
    ):
        with pytest.raises(EditError):
            refused()


def test_settings_of_a_skip(network: Network) -> None:
    drawn = add_skip(network, "relu1", "fc3")
    changed = set_enabled(set_batch_norm(set_shortcut(drawn, "skip1", "learned"), "skip1", True), "skip1", False)
    skip = changed.skip("skip1")
    assert (skip.shortcut, skip.batch_norm, skip.enabled) == ("learned", True, False)
    assert changed.nodes == drawn.nodes
