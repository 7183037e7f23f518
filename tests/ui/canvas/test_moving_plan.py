"""A plan that is kept while cards are moved is the plan that would be made anew."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from network.editing import EDITS, Choices
from ui.canvas.hands import DIGITS, nested, two_blocks
from ui.canvas.test_geometry import NETWORKS, planned, width

from resnet_sim.errors import ResNetSimError
from resnet_sim.network.check import check
from resnet_sim.network.edits import set_frozen, set_setting
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Network
from resnet_sim.ui.canvas.content import content
from resnet_sim.ui.canvas.geometry import Planner, stands_alike
from resnet_sim.ui.canvas.placing import Placing
from resnet_sim.ui.canvas.shapes import Detail

Move = tuple[int, int, int]
"""Which node, and how far across and down."""


def moved(network: Network, moves: list[Move]) -> tuple[Position, ...]:
    arranged = planned(network).arranged
    places = {}
    for n, dx, dy in moves:
        id = network.nodes[n % len(network.nodes)].id
        places[id] = Position(id, arranged[id][0] + dx, arranged[id][1] + dy)
    return tuple(places.values())


def assert_kept_is_made_anew(network: Network, frames: list[list[Move]], detail: Detail, fold: bool) -> None:
    folded = frozenset(block.id for block in network.blocks[::2]) if fold else frozenset()
    writing = content(network, check(network, None))
    planner = Planner(Placing(network, writing, width, folded, detail))
    for moves in frames:
        layout = moved(network, moves)
        kept = planner.plan(layout)
        anew = Planner(Placing(network, writing, width, folded, detail)).plan(layout)
        assert kept.shapes == anew.shapes
        assert list(kept.shapes) == list(anew.shapes), "what is drawn above what"
        assert (kept.bounds, kept.stands_for, kept.hidden, kept.cards) == (
            anew.bounds,
            anew.stands_for,
            anew.hidden,
            anew.cards,
        )


numbers = st.integers(0, 200)
steps = st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.builds(Choices, numbers, numbers, numbers)), max_size=20)
away = st.one_of(st.integers(-900, 900), st.just(0))
frames = st.lists(st.lists(st.tuples(numbers, away, away), max_size=4), min_size=2, max_size=5)


@settings(max_examples=120, deadline=None)
@given(steps=steps, frames=frames, detail=st.sampled_from(Detail), fold=st.booleans(), nest=st.booleans())
@example([], [[(2, 400, 0)], [(2, 0, 0), (5, -300, 60)], []], Detail.MID, False, False)
def test_of_any_network_with_any_cards_moved(
    steps: list[tuple[str, Choices]], frames: list[list[Move]], detail: Detail, fold: bool, nest: bool
) -> None:
    network = nested() if nest else two_blocks()
    for name, at in steps:
        try:
            network = EDITS[name](network, at)
        except ResNetSimError:
            continue
        if len(network.nodes) > 60:
            break
    if network.nodes:
        assert_kept_is_made_anew(network, frames, detail, fold)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", NETWORKS)
def test_while_one_card_is_dragged_across_the_network(name: str, detail: Detail) -> None:
    frames = [[(7, dx, dx // 9)] for dx in (0, 13, 160, 900, 2400, -700)]
    assert_kept_is_made_anew(NETWORKS[name], frames, detail, False)


def test_only_what_a_card_touches_is_another_object() -> None:
    network = NETWORKS["56 layers"]
    writing = content(network, check(network, None))
    planner = Planner(Placing(network, writing, width, frozenset(), Detail.FULL))
    before = planner.plan(()).shapes
    after = planner.plan((Position("fc4", planned(network).arranged["fc4"][0], 40.0),)).shapes
    other = [key for key in before if after[key] is not before[key]]
    assert 0 < len(other) < 14


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("moves", [[], [(3, 40, -60)]])
def test_a_setting_writes_anew_and_moves_nothing(detail: Detail, moves: list[Move]) -> None:
    network = two_blocks()
    layout, report = moved(network, moves), check(network, DIGITS)
    folded = frozenset({network.blocks[0].id})
    writing = content(network, report)
    planner = Planner(Placing(network, writing, width, folded, detail))
    before = planner.plan(layout)
    for node in (each for each in network.nodes if each.layer.weighted or each.layer.kind == "activation"):
        settled = set_frozen(network, node.id, True)
        after = settled if node.layer.weighted else set_setting(settled, node.id, "function", "tanh")
        written = content(after, check(after, DIGITS))
        assert stands_alike((network, writing), (after, written))
        planner.rewrite(after, written)
        kept = planner.plan(layout)
        anew = Planner(Placing(after, written, width, folded, detail)).plan(layout)
        assert kept.shapes == anew.shapes
        assert list(kept.shapes) == list(anew.shapes)
        assert kept.moved is not None
        changed = {key for key in kept.shapes if kept.shapes[key] is not before.shapes[key]}
        assert changed == kept.moved[1]
        network, writing, before = after, written, kept
