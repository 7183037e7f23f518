"""What stands on the pill of a skip path."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ui.canvas.hands import Hands, two_blocks

from resnet_sim.ui.canvas.shapes import Detail, SkipShape
from resnet_sim.ui.canvas.skips import fitting

MakeHands = Callable[..., Hands]


@pytest.mark.parametrize(("width", "detail"), [(1600, Detail.FULL), (1024, Detail.SLIM)])
def test_pills_say_what_the_shortcut_does_where_they_have_room(hands_on: MakeHands, width: int, detail: Detail) -> None:
    plan = hands_on(two_blocks(), width, 684).canvas.scene.plan
    assert plan.detail is detail
    for id, words in (("skip1", "8×8×8, unchanged"), ("skip2", "1×1, stride 2, 8→16")):
        shape = plan.shapes[id]
        assert isinstance(shape, SkipShape)
        assert shape.pill is not None
        assert words in fitting(shape.ink, shape.pill.w)
        assert min(shape.x0, shape.x1) < shape.pill.x < shape.pill.right < max(shape.x0, shape.x1)


def test_a_short_arc_says_the_sizes_before_it_says_the_name_alone(hands: Hands) -> None:
    ink = hands.canvas.scene.writing.pills["skip2"]
    said = [fitting(ink, width) for width in (400, 160, 60)]
    assert [("stride" in each, "8→16" in each) for each in said] == [(True, True), (False, True), (False, False)]
