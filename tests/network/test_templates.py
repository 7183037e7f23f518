"""Templates: depth, sizes, ids, and plain twins."""

from __future__ import annotations

import pytest

from resnet_sim.layers.base import DataShape, Shape
from resnet_sim.network.check import check
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import layer_numbers, parts
from resnet_sim.network.templates import empty, he_cifar, identity_stack, mlp, tiny_cnn, widening
from resnet_sim.network.twin import twin

DIGITS = DataShape((8, 8, 1), 10, "classification")
VECTORS = DataShape((16,), 16, "regression")
HAND = DataShape((4, 4, 1), 1, "regression")

ALL = [
    (mlp(0), DIGITS),
    (mlp(9), DIGITS),
    (mlp(3, residual=False), DIGITS),
    (mlp(27, batch_norm=True), DIGITS),
    (mlp(3, kind="pre_activation", batch_norm=True), DIGITS),
    (mlp(3, rezero=True), DIGITS),
    (mlp(2, 7, 16, flatten=False, task="regression"), VECTORS),
    (widening(), DIGITS),
    (widening(shortcut="zero_pad"), DIGITS),
    (widening(shortcut="none", batch_norm=True), DIGITS),
    (widening(residual=False), DIGITS),
    (he_cifar(1), DIGITS),
    (he_cifar(3, shortcut="learned"), DIGITS),
    (he_cifar(1, shortcut="none"), DIGITS),
    (he_cifar(1, residual=False), DIGITS),
    (identity_stack(), VECTORS),
    (identity_stack(residual=False), VECTORS),
    (tiny_cnn(), HAND),
    (tiny_cnn(False), HAND),
]


@pytest.mark.parametrize(("network", "data"), ALL)
def test_every_template_computes_and_has_no_errors(network: Network, data: DataShape) -> None:
    report = check(network, data)
    assert report.errors == ()
    assert not report.assumed
    made = parts(network, data.input)
    assert made[-1].shape == (data.outputs,)
    assert {part.id: part.shape for part in made if not part.skip}.items() <= report.shapes.items()
    assert dict(report.numbers) == layer_numbers(network)


@pytest.mark.parametrize(("network", "data"), ALL)
def test_the_twin_keeps_every_layer_and_loses_every_skip(network: Network, data: DataShape) -> None:
    plain = twin(network)
    assert plain.skips == ()
    assert check(plain, data).errors == ()
    assert [node for node in network.nodes if node.layer.kind != "add"] == list(plain.nodes)
    assert {block.kind for block in plain.blocks} <= {"plain"}
    assert [block.id for block in plain.blocks] == [block.id for block in network.blocks]
    assert twin(plain) == plain


@pytest.mark.parametrize("blocks", [0, 3, 9, 27])
def test_depth_counts_layers_with_weights(blocks: int) -> None:
    assert layer_numbers(mlp(blocks))["output"] == 2 + 2 * blocks
    assert layer_numbers(mlp(blocks, kind="pre_activation"))["output"] == 2 + 2 * blocks


@pytest.mark.parametrize("n", [1, 3, 9])
def test_depth_of_the_convolutional_network(n: int) -> None:
    assert layer_numbers(he_cifar(n))["output"] == 6 * n + 2
    assert layer_numbers(widening(n))["output"] == 4 + 4 * n


@pytest.mark.parametrize(
    ("network", "input", "count"),
    [
        (he_cifar(3), (8, 8, 1), 67_906),  # measured networks, SCIENCE F: option A and B
        (he_cifar(3, shortcut="learned"), (8, 8, 1), 68_642),
        (widening(2, shortcut="zero_pad"), (8, 8, 1), 438_922),
        (widening(2, shortcut="learned"), (8, 8, 1), 438_922 + 128 * 256),
        (tiny_cnn(), (4, 4, 1), 9 + 1 + 9 + 1 + 1),
    ],
)
def test_the_number_of_parameters(network: Network, input: Shape, count: int) -> None:
    outputs = 1 if input == (4, 4, 1) else 10
    report = check(network, DataShape(input, outputs, "regression"))
    assert report.total == count


def test_w_s_and_its_batch_norm_are_counted_under_the_skip() -> None:
    report = check(he_cifar(1, shortcut="learned"), DIGITS)
    assert report.parameters["skip2"] == 8 * 16 + 2 * 16
    assert report.shapes["skip2"] == (4, 4, 16)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_plain_and_residual_have_the_same_ids(batch_norm: bool) -> None:
    residual, plain = (mlp(3, residual=each, batch_norm=batch_norm, second_scale=1.0) for each in (True, False))
    assert plain == twin(residual)
    assert {"input", "flatten", "fc1", "relu1", "fc8", "output"} <= set(plain.by_id)
    assert he_cifar(1, residual=False) == twin(he_cifar(1))


def test_plain_networks_start_with_all_their_weights() -> None:
    assert mlp(1).node("fc3").layer.start_scale == 0  # type: ignore[attr-defined]
    assert mlp(1, residual=False).node("fc3").layer.start_scale == 1  # type: ignore[attr-defined]
    assert check(mlp(3, residual=False), DIGITS).problems == ()


def test_the_empty_network_says_what_it_needs() -> None:
    (problem,) = check(empty(), DIGITS).errors
    assert check(problem.fixes[0].edit(empty()), DIGITS).ok
