"""What connections and skip paths show is what was measured there, and nothing where nothing was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from engine.test_training import run_of
from pytestqt.qtbot import QtBot

from resnet_sim.engine.probes import Probe
from resnet_sim.layers.base import Shape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.network import edits
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.skips import add_skip, set_enabled
from resnet_sim.network.templates import empty, he_cifar, mlp
from resnet_sim.state.record import Record
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.live import NO_LANES
from resnet_sim.ui.live_network import Taps, live_network
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.modes.train import TrainMode
from resnet_sim.ui.run_state import Phase

M = 40


def chain() -> Network:
    """conv1 relu1 conv2 relu2 max_pool flatten fc1."""
    network = empty()
    for layer in (Conv2D(4), Activation(), Conv2D(4), Activation(), MaxPool(), Flatten(), Dense(10)):
        network = edits.append(network, layer)
    return network


def flattened() -> Network:
    """conv1 relu1 flatten fc1."""
    network = empty()
    for layer in (Conv2D(4), Activation(), Flatten(), Dense(10)):
        network = edits.append(network, layer)
    return network


NETWORKS: dict[str, Callable[[], Network]] = {
    "chain": chain,
    "flattened": flattened,
    "residual": lambda: mlp(3, second_scale=0.5),
    "batch norm": lambda: mlp(2, batch_norm=True, second_scale=0.5),
    "before": lambda: mlp(2, kind="pre_activation", second_scale=0.5),
    "plain": lambda: mlp(2, kind="plain"),
    "learned": lambda: he_cifar(1, shortcut="learned"),
    "zero pad": lambda: he_cifar(1, shortcut="zero_pad"),
    "bottleneck": lambda: mlp(2, kind="bottleneck", second_scale=0.5),
    "skip off": lambda: set_enabled(mlp(2, second_scale=0.5), "skip1", False),
}


def series(**values: float | None) -> Record:
    """A record with one point of each; a double underscore is a slash."""
    record = Record()
    record.add(1, {name.replace("__", "/"): value for name, value in values.items()})
    return record


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_is_that_of_the_arrays_of_the_step(name: str) -> None:
    network = NETWORKS[name]()
    run = run_of(network, batch_size=M)
    record = Record()
    record.add(1, run.measure(Probe()).series)
    shapes = {node.id: run.activation(node.id).shape[1:] for node in network.nodes}
    live = live_network(network, shapes, record)
    assert live is not None
    for edge, values in live.edges.items():
        a, da = run.activation(edge.source), run.gradient(edge.source)
        if values.forward is not None:
            assert values.forward == pytest.approx(np.sqrt(np.mean(a.astype(float) ** 2)), rel=1e-4), edge
        alone = len(network.outgoing[edge.source]) == 1 and not any(
            skip.enabled for skip in network.skips_from.get(edge.source, ())
        )
        if values.back is not None and alone and da is not None:
            assert values.back == pytest.approx(float(np.linalg.norm(da)) * np.sqrt(M), rel=1e-3), edge
    places = set(activation_places(network).values())
    assert {edge for edge in live.edges if live.edges[edge].forward is not None} >= {
        edge for edge in network.connections if edge.source in places
    }
    assert live.skips.keys() == {skip.id for skip in network.skips if skip.enabled}


def test_a_chain_carries_the_a_of_the_layer_before() -> None:
    network = chain()
    shapes: dict[str, Shape] = {"relu1": (8, 8, 4), "relu2": (8, 8, 4), "fc1": (10,)}
    record = series(activation_norm__conv1=32.0, activation_gradient_norm__conv1=0.5, activation_norm__fc1=3.0)
    live = live_network(network, shapes, record, x=0.4)
    assert live is not None
    first = live.edges[Connection("relu1", "conv2")]
    assert (first.forward, first.back) == (2.0, 0.5)
    assert "a[1]" in first.forward_words
    assert "root mean square" in first.forward_words
    given = live.edges[Connection("input", "conv1")]
    assert (given.forward, given.back) == (0.4, None)
    assert Connection("relu2", "maxpool1") not in live.edges  # its layer was not measured
    assert not [edge for edge in live.edges if "pool" in edge.source]  # pooling gives other values
    last = next(live.edges[edge] for edge in live.edges if edge.source == "fc1")
    assert last.forward == pytest.approx(3 / np.sqrt(10))
    assert last.back is None


def test_without_a_size_it_is_the_standard_deviation_and_says_so() -> None:
    live = live_network(chain(), {}, series(activation_norm__conv1=32.0, activation_std__conv1=0.7))
    assert live is not None
    edge = live.edges[Connection("relu1", "conv2")]
    assert edge.forward == 0.7
    assert "standard deviation" in edge.forward_words


def test_where_a_path_branches_the_connection_has_its_own_part() -> None:
    network = mlp(2)
    block = network.blocks[0]
    source, first = network.main_input[block.nodes[0]], block.nodes[0]
    values = {
        f"main_gradient_norm/{block.id}": 0.2,
        f"skip_gradient_norm/{block.id}": 0.6,
        f"cosine/{block.id}": -0.3,
        "activation_gradient_norm/fc1": 0.7,
    }
    record = Record()
    record.add(1, values)
    live = live_network(network, {}, record)
    assert live is not None
    assert live.edges[Connection(source, first)].back == 0.2
    assert "on this path" in live.edges[Connection(source, first)].back_words
    skip = next(iter(live.skips.values()))
    assert skip.share == pytest.approx(0.75)
    assert skip.cosine == -0.3


@pytest.mark.parametrize("values", [{}, {"loss": 1.0}, {"activation_norm/fc1": None, "cosine/block1": None}])
def test_nothing_measured_is_nothing_shown(values: dict[str, float | None]) -> None:
    record = Record()
    record.add(1, values)
    assert live_network(mlp(2), {}, record, x=1.0) is None


def test_what_is_undefined_has_no_share() -> None:
    network = mlp(1)
    for skip, main in ((0.0, 0.0), (0.5, None)):
        record = series(skip_gradient_norm__block1=skip, main_gradient_norm__block1=main)
        live = live_network(network, {}, record)
        assert live is not None
        assert next(iter(live.skips.values())).share is None


def test_a_skip_path_without_a_block_or_switched_off_has_no_numbers() -> None:
    network = add_skip(chain(), "relu1", "conv2")
    record = series(activation_std__conv1=1.0, skip_gradient_norm__block1=0.5, main_gradient_norm__block1=0.5)
    live = live_network(network, {}, record)
    assert live is not None
    assert not live.skips
    off = set_enabled(mlp(1), "skip1", False)
    assert not Taps.of(off, {}).skips


def test_an_unfinished_network_is_no_trouble() -> None:
    network = edits.append(edits.append(empty(), AveragePool()), Dense(3))
    for connection in network.connections:
        cut = edits.disconnect(network, connection)
        assert live_network(cut, {}, Record()) is None
    assert live_network(Network(), {}, Record()) is None


def test_the_train_canvas_shows_the_run_and_where_it_diverged(qtbot: QtBot, window: MainWindow) -> None:
    bench, mode = window.workbench, window.mode
    assert isinstance(mode, TrainMode)
    scene = mode.canvas.scene
    measured = [each for each in bench.experiment.network.connections if scene.live_edge(each) != NO_LANES]
    assert len(measured) >= 6
    first = scene.live_edge(measured[0])
    assert first is not None
    assert first.forward == pytest.approx(1.0, abs=0.3)  # x is standardised
    assert first.back is None
    share = scene.live_skip("skip1")
    assert share is not None
    assert share.share is not None
    bench.set_training("learning_rate", 1e6)
    bench.train_or_pause()
    with qtbot.waitSignal(bench.run.diverged, timeout=20_000) as told:
        pass
    shown = scene.item(told.args[0].part)
    assert isinstance(shown, CardItem)
    assert shown.shown.ink.wrong
    bench.reset()
    assert scene.live_edge(measured[0]) is None  # nothing is measured yet: sizes
    qtbot.waitUntil(lambda: bench.run.phase is Phase.READY and scene.live_edge(measured[0]) is not None)
    again = scene.item(shown.shown.id)
    assert isinstance(again, CardItem)
    assert not again.shown.ink.wrong
