"""Small text on the canvas is as large on screen as anywhere else, at every scale that shows it."""

from __future__ import annotations

import pytest

from resnet_sim.ui.canvas.legible import SMALL, small_px
from resnet_sim.ui.canvas.shapes import MEASURES, Detail
from resnet_sim.ui.canvas.view import LEVELS

SMALLEST = {detail: zoom * MEASURES[Detail.FULL].pitch / MEASURES[detail].pitch for detail, zoom in LEVELS}


@pytest.mark.parametrize("detail", [Detail.FULL, Detail.SLIM])
def test_no_small_text_is_under_11_px_on_screen(detail: Detail) -> None:
    for k in range(101):
        scale = SMALLEST[detail] + (1 - SMALLEST[detail]) * k / 100
        assert round(small_px(scale) * scale) >= SMALL


def test_at_scale_1_and_above_it_is_no_larger_than_it_must_be() -> None:
    assert small_px(1.0) == small_px(2.0) == SMALL
