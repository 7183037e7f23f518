"""Cards from left to right, arcs in lanes."""

from __future__ import annotations

from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network import edits
from resnet_sim.network.arrange import arrange, lanes
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.skips import add_skip
from resnet_sim.network.templates import he_cifar, mlp


def placed(network: Network) -> dict[str, tuple[float, float]]:
    return {each.id: (each.x, each.y) for each in arrange(network)}


def test_a_chain_stands_in_one_row_from_left_to_right() -> None:
    network = he_cifar(1)
    at = placed(network)
    assert set(at) == set(network.by_id)
    assert {y for _, y in at.values()} == {0.0}
    for connection in network.connections:
        assert at[connection.source][0] <= at[connection.target][0]
    assert at["input"][0] == 0.0
    assert at["relu2"][0] == at["bn2"][0]  # the card before shows its g
    assert at["relu3"][0] > at["add1"][0]  # g behind (+) has its own place


def test_branches_and_loose_layers_take_lanes_of_their_own() -> None:
    network = edits.add_layer(edits.connect(edits.add_layer(mlp(1), Dense(4)), "relu1", "fc5"), Dense(4))
    at = placed(network)
    assert len({at["fc2"][1], at["fc5"][1], at["fc6"][1]}) == 3
    assert at["fc2"][1] == at["output"][1] == 0.0


def test_the_empty_and_the_looping_network_are_arranged_too() -> None:
    assert arrange(Network()) == ()
    assert lanes(Network()) == {}
    network = mlp(1)
    looping = Network(network.nodes, (*network.connections[1:], Connection("relu3", "flatten")), network.skips)
    assert len(arrange(looping)) == len(network.nodes)
    assert set(lanes(looping)) == {"skip1"}


def test_longer_arcs_are_higher_and_overlapping_ones_never_share_a_lane() -> None:
    network = add_skip(add_skip(add_skip(mlp(4), "relu1", "fc5"), "relu3", "fc9"), "flatten", "fc9", "learned")
    found = lanes(network)
    order = {id: i for i, id in enumerate(network.order() or ())}
    spans = {skip.id: (order[skip.source], order[skip.target]) for skip in network.skips}
    assert {found[f"skip{k}"] for k in (1, 2, 3, 4)} == {0}
    for a, (a0, a1) in spans.items():
        for b, (b0, b1) in spans.items():
            if a != b and a0 < b1 and b0 < a1:
                assert found[a] != found[b]
                if a1 - a0 > b1 - b0:
                    assert found[a] > found[b]
