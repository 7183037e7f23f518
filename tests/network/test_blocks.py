"""Blocks inserted as one edit, and what stands where in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resnet_sim.errors import EditError
from resnet_sim.layers.base import DataShape
from resnet_sim.network.blocks import (
    BlockSpec,
    block_ends,
    default_spec,
    duplicate_block,
    group,
    insert_block,
    parameters_to_zero,
    remove_block,
    set_block_frozen,
    set_block_l2,
    set_block_start,
    ungroup,
)
from resnet_sim.network.check import check
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import he_cifar, mlp
from resnet_sim.network.twin import twin

DIGITS = DataShape((8, 8, 1), 10, "classification")


def kinds(network: Network, id: str) -> list[str]:
    return [network.node(each).layer.kind for each in network.block(id).nodes]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (BlockSpec(), "dense activation dense add activation"),
        (BlockSpec(batch_norm=True), "dense batch_norm activation dense batch_norm add activation"),
        (BlockSpec(rezero=True), "dense activation dense scale add activation"),
        (BlockSpec(kind="plain"), "dense activation dense activation"),
        (BlockSpec(kind="pre_activation"), "activation dense activation dense add"),
        (
            BlockSpec(kind="pre_activation", batch_norm=True),
            "activation dense batch_norm activation dense batch_norm add",
        ),
        (BlockSpec(kind="bottleneck"), "dense activation dense add activation"),
        (
            BlockSpec(kind="bottleneck", layer="conv2d"),
            "conv2d activation conv2d activation conv2d add activation",
        ),
    ],
)
def test_the_layers_of_a_block_stand_in_main_path_order(spec: BlockSpec, expected: str) -> None:
    network = insert_block(mlp(1), spec, after="relu1", id="mine")
    assert kinds(network, "mine") == expected.split()
    members = network.block("mine").nodes
    assert all(network.main_input[b] == a for a, b in zip(("relu1", *members), members, strict=False))


def test_a_block_behind_a_node_takes_over_what_leaves_it() -> None:
    network = insert_block(mlp(2), BlockSpec(), after="relu1")
    end = network.block("block3").nodes[-1]
    assert network.skip("skip1").source == end
    assert network.main_input["fc2"] == end
    assert network.skip("skip3").source == "relu1"


def test_a_block_on_a_connection_lands_inside_the_skip() -> None:
    network = insert_block(mlp(2), BlockSpec(), on=Connection("relu1", "fc2"))
    assert network.skip("skip1").source == "relu1"
    assert network.block("block1").nodes == mlp(2).block("block1").nodes


def test_ids_are_fresh_and_follow_from_the_network() -> None:
    once, again = (insert_block(mlp(2), BlockSpec(), after="relu1") for _ in range(2))
    assert once == again
    assert once.block("block3").nodes == ("fc7", "relu6", "fc8", "add3", "relu7")
    given = insert_block(mlp(1), BlockSpec(), after="relu1", node_ids=["a", "b", "c", "d", "e"])
    assert given.block("block2").nodes == ("a", "b", "c", "d", "e")


def test_the_palette_block_fits_and_copies_unless_batch_norm_follows() -> None:
    image, vector = default_spec((8, 8, 16)), default_spec((32,), batch_norm=True)
    assert (image.layer, image.width, image.second_scale) == ("conv2d", 16, 0.0)
    assert (vector.layer, vector.width, vector.second_scale) == ("dense", 32, 1.0)
    for spec, network, after in ((default_spec((8, 8, 8)), he_cifar(1), "relu1"), (vector, mlp(2), "relu3")):
        report = check(insert_block(network, spec, after=after), DIGITS)
        assert report.problems == ()


@pytest.mark.parametrize("shortcut", ["learned", "zero_pad"])
def test_a_block_that_changes_the_size_takes_a_shortcut(shortcut: str) -> None:
    spec = BlockSpec(layer="conv2d", width=64, stride=2, shortcut=shortcut, shortcut_batch_norm=True)
    network = insert_block(he_cifar(1), spec, on=Connection("relu7", "pool"))
    shapes = {part.id: part.shape for part in parts(network, (8, 8, 1))}
    assert shapes["add4"] == shapes["skip4"] == (1, 1, 64)
    assert ("skip4/batch_norm" in shapes) == (shortcut == "learned")


def test_the_ends_of_every_kind_of_block() -> None:
    residual = mlp(2)
    assert block_ends(residual, residual.block("block2")) == (
        "relu3", "fc4", "fc5", "relu5", "add2", residual.skip("skip2"), "relu5",
    )  # fmt: skip
    plain = twin(residual)
    assert block_ends(plain, plain.block("block2")) == ("relu3", "fc4", "fc5", "relu5", None, None, "relu5")
    v2 = mlp(2, kind="pre_activation")
    assert block_ends(v2, v2.block("block2")) == ("add1", "fc4", "fc5", "add2", "add2", v2.skip("skip2"), None)
    plain_v2 = twin(v2)
    assert block_ends(plain_v2, plain_v2.block("block2")) == ("fc3", "fc4", "fc5", "fc5", None, None, None)
    bottleneck = insert_block(he_cifar(1), BlockSpec("bottleneck", "conv2d", 8), after="relu1", id="b")
    ends = block_ends(bottleneck, bottleneck.block("b"))
    assert (ends.source, ends.first, ends.last, ends.end) == ("relu1", "conv8", "conv10", "relu10")


def test_what_setting_a_block_to_zero_zeroes() -> None:
    assert parameters_to_zero(mlp(1), mlp(1).block("block1")) == (("fc3", "W"), ("fc3", "b"))
    normed = mlp(1, batch_norm=True)
    assert parameters_to_zero(normed, normed.block("block1")) == (("fc3", "W"), ("bn3", "beta"))
    both = insert_block(mlp(1), BlockSpec(batch_norm=True), after="relu1")
    assert parameters_to_zero(both, both.block("block2")) == (("fc6", "W"), ("fc6", "b"), ("bn2", "beta"))


def test_lambda_frozen_and_start_of_a_block() -> None:
    network = set_block_start(mlp(1), "block1", start="glorot", first_scale=0.5, second_scale=0.25)
    assert network.node("fc2").layer.start_scale == 0.5  # type: ignore[attr-defined]
    assert network.node("fc3").layer.start_scale == 0.25  # type: ignore[attr-defined]
    network = set_block_frozen(set_block_l2(network, "block1", 0.1), "block1", True)
    made = {part.id: part for part in parts(network, (8, 8, 1))}
    assert made["fc3"].l2 == 0.1
    assert made["fc3"].frozen
    assert made["fc4"].l2 is None
    assert set_block_l2(network, "block1", None).block("block1").l2 is None


def test_group_and_ungroup() -> None:
    network = mlp(2)
    loose = ungroup(network, "block1")
    assert group(loose, network.block("block1").nodes, id="block1").block("block1") == network.block("block1")
    assert group(twin(loose), ["fc3", "fc2", "relu2"]).block("block1").nodes == ("fc2", "relu2", "fc3")


def test_a_block_is_removed_and_duplicated_whole() -> None:
    network = mlp(3)
    assert remove_block(network, "block2").skip("skip3").source == "relu3"
    copied = duplicate_block(network, "block2")
    assert len(copied.nodes) == len(network.nodes) + 5
    assert copied.skip("skip4").source == "relu5"
    assert copied.skip("skip3").source == copied.block("block4").nodes[-1]
    assert check(copied, DIGITS).ok
    without = remove_block(copied, "block4")
    assert (without.nodes, without.skips, without.blocks) == (network.nodes, network.skips, network.blocks)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda n: insert_block(n, BlockSpec()), "behind one layer or on one"),
        (lambda n: insert_block(n, BlockSpec(), after="fc1", on=Connection("fc1", "relu1")), "or on one"),
        (lambda n: insert_block(n, BlockSpec(), after="output"), "behind the output"),
        (lambda n: insert_block(n, BlockSpec(), after="nothing"), "no layer"),
        (lambda n: insert_block(n, BlockSpec(), on=Connection("fc1", "fc2")), "no connection"),
        (lambda n: insert_block(n, BlockSpec(), after="fc1", id="fc2"), "already in use"),
        (lambda n: insert_block(n, BlockSpec(), after="fc1", node_ids=["a"]), "5 layers, but 1"),
        (lambda n: insert_block(n, BlockSpec(), after="fc1", node_ids=["a", "a", "b", "c", "d"]), "already in use"),
        (lambda n: group(n, ["fc2"]), "already in block"),
        (lambda n: group(n, ["fc1", "fc6"]), "follow each other"),
        (lambda n: group(n, ["flatten"]), "at least one layer with weights"),
        (lambda n: group(n, ["input", "flatten", "fc1"]), "cannot be in a block"),
        (lambda n: ungroup(n, "block9"), "no block"),
        (lambda n: set_block_l2(n, "block1", -1.0), "from 0 to 1000"),
        (lambda n: set_block_start(n, "block1", start="nowhere"), "Start weights must be"),
        (lambda n: block_ends(n, replace(n.block("block1"), nodes=("relu2",))), "needs a weighted layer"),
    ],
)
def test_impossible_block_edits_raise_one_sentence(edit, says: str) -> None:  # type: ignore[no-untyped-def]
    network = mlp(2)
    with pytest.raises(EditError, match=says):
        edit(network)
    assert network == mlp(2)
