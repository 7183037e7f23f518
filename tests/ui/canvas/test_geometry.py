"""Where everything stands: nothing covers anything else, at any level."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network.editing import EDITS, Choices
from ui.canvas.hands import DIGITS, chain, nested, two_blocks

from resnet_sim.errors import ResNetSimError
from resnet_sim.network.check import check
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.skips import add_skip
from resnet_sim.network.templates import he_cifar, mlp, widening
from resnet_sim.ui.canvas.content import content
from resnet_sim.ui.canvas.geometry import plan
from resnet_sim.ui.canvas.hits import arc_points, title_box
from resnet_sim.ui.canvas.shapes import (
    Box,
    CardShape,
    Detail,
    EdgeShape,
    GateShape,
    MergeShape,
    Plan,
    RegionShape,
    SkipShape,
)

NETWORKS = {
    "two blocks": two_blocks(),
    "error": two_blocks("valid"),
    "nested": nested(),
    "chain": chain(8, 16, 32),
    "v2": mlp(3, kind="pre_activation"),
    "v2, batch norm": mlp(2, kind="pre_activation", batch_norm=True),
    "bottleneck, learned": widening(1),
    "56 layers": mlp(27),
    "He": he_cifar(2),
}
BIG_LABELS = {"He"}


def width(text: str, px: int) -> float:
    return len(text) * px * (0.36 if "\\" in text else 0.62)


def planned(network: Network, detail: Detail = Detail.FULL, **more: object) -> Plan:
    return plan(network, content(network, check(network, DIGITS)), width, detail=detail, **more)  # type: ignore[arg-type]


def bodies(found: Plan) -> dict[str, Box]:
    kinds = CardShape | GateShape | MergeShape
    return {shape.id: shape.box for shape in found.shapes.values() if isinstance(shape, kinds)}


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", NETWORKS)
def test_cards_stand_apart(name: str, detail: Detail) -> None:
    for (a, box), (b, other) in combinations(bodies(planned(NETWORKS[name], detail)).items(), 2):
        assert not box.meets(other), (a, b)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", NETWORKS)
def test_arcs_pass_above_the_cards_and_rise_in_the_gaps(name: str, detail: Detail) -> None:
    network = NETWORKS[name]
    found = planned(network, detail)
    cards = {id: box for id, box in bodies(found).items() if id not in {s.target for s in network.skips}}
    for shape in found.shapes.values():
        if isinstance(shape, SkipShape):
            for (x0, y0), (x1, y1) in pairwise(arc_points(shape)):
                for k in range(9):
                    x, y = x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8
                    assert [id for id, box in cards.items() if box.holds(x, y, -0.2)] == []


@pytest.mark.parametrize("name", NETWORKS)
def test_pills_stand_free(name: str) -> None:
    found = planned(NETWORKS[name])
    pills = [(shape.id, shape.pill) for shape in found.shapes.values() if isinstance(shape, SkipShape) and shape.pill]
    for (a, box), (b, other) in combinations(pills, 2):
        assert not box.meets(other), (a, b)
    for id, box in pills:
        assert [card for card, other in bodies(found).items() if box.meets(other)] == [], id
        titles = [title_box(r) for r in found.shapes.values() if isinstance(r, RegionShape)]
        assert not any(box.meets(title) for title in titles)


@pytest.mark.parametrize("name", NETWORKS)
def test_sizes_stand_in_their_gap_beside_the_beginning_of_an_arc(name: str) -> None:
    found = planned(NETWORKS[name])
    stems = [shape.x0 for shape in found.shapes.values() if isinstance(shape, SkipShape)]
    cards = bodies(found)
    for shape in found.shapes.values():
        if isinstance(shape, EdgeShape) and shape.ink.lines:
            half = max(width(line, 11) for line in shape.ink.lines) / 2
            left, right = shape.label - half, shape.label + half
            assert not any(left < x < right for x in stems)
            label = Box(left, shape.y0 - 16, 2 * half, 36)
            assert [id for id, box in cards.items() if box.meets(label)] == []


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_block_surrounds_its_layers_and_no_other(name: str, detail: Detail) -> None:
    network = NETWORKS[name]
    found = planned(network, detail)
    grounds = [shape for shape in found.shapes.values() if isinstance(shape, RegionShape)]
    assert len(grounds) == len(network.blocks)
    for ground in grounds:
        members = set(network.block(ground.id).nodes)
        for id, box in bodies(found).items():
            if id in members:
                assert ground.box.holds(box.x, box.y, 0.01)
                assert ground.box.holds(box.right, box.bottom, 0.01)
            else:
                assert not ground.box.meets(box), (ground.id, id)
    for a, b in combinations(grounds, 2):
        assert not a.box.meets(b.box)


def test_a_longer_arc_over_a_block_leaves_its_title_free() -> None:
    found = planned(add_skip(two_blocks(), "input", "conv5"))
    arcs = [shape for shape in found.shapes.values() if isinstance(shape, SkipShape)]
    outer = min(arcs, key=lambda each: each.top)
    for ground in (shape for shape in found.shapes.values() if isinstance(shape, RegionShape)):
        title = title_box(ground)
        for (x0, y0), (x1, y1) in pairwise(arc_points(outer)):
            assert not any(title.holds(x0 + (x1 - x0) * k / 9, y0 + (y1 - y0) * k / 9, -4) for k in range(10))


def test_the_card_shows_its_g_and_the_sum_has_one_behind_it() -> None:
    found = planned(two_blocks())
    assert found.stands_for["relu1"] == "conv1"
    gates = [shape for shape in found.shapes.values() if isinstance(shape, GateShape)]
    merges = [shape for shape in found.shapes.values() if isinstance(shape, MergeShape)]
    assert [gate.box.x for gate in gates] == [merge.behind for merge in merges]
    for gate, merge in zip(gates, merges, strict=True):
        assert 0 < gate.box.x - merge.box.right < 6
        assert gate.box.axis == merge.box.axis
    plain = [shape.ink.function for shape in found.shapes.values() if isinstance(shape, CardShape)]
    assert plain.count("relu") == 3  # conv1, and the first layer of each block


def test_the_g_of_a_preactivation_block_stands_alone_behind_the_beginning_of_the_arc() -> None:
    network = mlp(2, kind="pre_activation")
    found = planned(network)
    for block in network.blocks:
        first = found.shapes[block.nodes[0]]
        (skip,) = (each for each in network.skips if each.target in block.nodes)
        arc = found.shapes[skip.id]
        assert isinstance(first, GateShape)
        assert isinstance(arc, SkipShape)
        assert arc.x0 < first.box.x


def test_an_error_is_red_where_it_is() -> None:
    found = planned(two_blocks("valid"))
    card = found.shapes["conv3"]
    assert isinstance(card, CardShape)
    assert card.ink.wrong
    assert card.ink.spec == "3×3 valid"
    edges = [shape for shape in found.shapes.values() if isinstance(shape, EdgeShape)]
    assert [shape.connection for shape in edges if shape.ink.wrong] == [Connection("conv3", "add1")]
    assert [shape.ink.lines for shape in edges if shape.ink.wrong] == [("6×6", "×8")]
    assert {shape.connection.source for shape in edges if shape.ink.assumed} >= {"relu4", "conv5", "pool1", "fc1"}


@pytest.mark.parametrize("detail", Detail)
def test_a_folded_block_is_one_card(detail: Detail) -> None:
    network = two_blocks()
    block = network.blocks[0]
    found = planned(network, detail, collapsed=frozenset({block.id}))
    assert isinstance(found.shapes[block.id], CardShape)
    assert not set(block.nodes) & set(found.shapes)
    assert found.ids == network.ids
    assert Connection("relu1", "conv2") in found.shapes


@pytest.mark.parametrize("detail", Detail)
def test_a_moved_card_is_moved_at_every_level_and_takes_its_arc_along(detail: Detail) -> None:
    network = two_blocks()
    before = planned(network, detail)
    x, y = planned(network).arranged["conv2"]
    found = planned(network, detail, layout=(Position("conv2", x, y - 120),))
    assert bodies(found)["conv2"].y < bodies(before)["conv2"].y
    assert bodies(found)["conv3"] == bodies(before)["conv3"]
    arc = found.shapes["skip1"]
    assert isinstance(arc, SkipShape)
    assert arc.top < bodies(found)["conv2"].y


numbers = st.integers(0, 200)
steps = st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.builds(Choices, numbers, numbers, numbers)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(steps=steps, detail=st.sampled_from(Detail), fold=st.booleans())
def test_whatever_was_edited_has_its_place(steps: list[tuple[str, Choices]], detail: Detail, fold: bool) -> None:
    network = two_blocks()
    for name, at in steps:
        try:
            network = EDITS[name](network, at)
        except ResNetSimError:
            continue
        if len(network.nodes) > 60:
            break
    folded = frozenset(block.id for block in network.blocks) if fold else frozenset()
    found = planned(network, detail, collapsed=folded)
    assert found.ids == network.ids
