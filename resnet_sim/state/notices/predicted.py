"""A rule about ||W|| beside its prediction: what dW did to the length of W, and lambda alone would not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resnet_sim.errors import sentence
from resnet_sim.state.notices.base import Notice, Seen, per_cent
from resnet_sim.state.notices.weights import series_of
from resnet_sim.state.prediction import prediction

STEPS = 50
"""Steps since the prediction began, before which both are still alike."""
FALLS = 0.9
"""The prediction must have fallen to this share at least, for lambda to matter."""
APART, ALIKE = 0.1, 0.02
"""Of the length at the beginning: from where on the two are called different, and up to where they are called equal."""

NOTHING = 0.001
"""Below this share a W is called almost 0."""


@dataclass(frozen=True)
class Beside:
    """Measured and predicted length of the W of a layer, in shares of where the prediction began."""

    layer: str
    start: int
    measured: float
    predicted: float

    @property
    def apart(self) -> float:
        """How far, with its sign: above 0 where dW keeps W longer."""
        return self.measured - self.predicted


def beside_prediction(seen: Seen) -> Iterator[Notice]:
    """The W that is farthest from what lambda alone would make of it; where none is far, one that goes as predicted."""
    found = [each for id in seen.layers if (each := _beside(seen, id)) is not None]
    if not found:
        return
    far = max(found, key=lambda each: abs(each.apart))
    if abs(far.apart) >= APART:
        yield _notice(seen, far)
        return
    near = min(found, key=lambda each: abs(each.apart))
    if abs(near.apart) <= ALIKE:
        yield _notice(seen, near)


def _beside(seen: Seen, layer: str) -> Beside | None:
    expected = prediction(seen.record, seen.experiment, layer)
    series, now = seen.record.series.get(series_of(layer)), seen.last(series_of(layer))
    if expected is None or series is None or now is None or not expected.norm:
        return None
    step = series.steps[-1]
    if step - expected.start < STEPS:
        return None
    predicted = expected.norms([step])[0]
    if predicted is None or predicted > FALLS * expected.norm:
        return None
    return Beside(layer, expected.start, now / expected.norm, predicted / expected.norm)


def _notice(seen: Seen, found: Beside) -> Notice:
    values = {
        "W": seen.letter("W", found.layer),
        "dW": seen.letter("dW", found.layer),
        "start": found.start,
        "measured": per_cent(found.measured),
        "predicted": per_cent(found.predicted),
    }
    if abs(found.apart) <= ALIKE:
        said = sentence(
            "‖{W}‖ falls as predicted with dW = 0: to {measured}\u202f% of its length at step {start}.", **values
        )
    elif found.apart > 0 and found.predicted < NOTHING:
        said = sentence(
            "‖{W}‖ is {measured}\u202f% of its length at step {start}; without {dW} it would be almost 0.", **values
        )
    elif found.apart > 0:
        said = sentence(
            "‖{W}‖ is {measured}\u202f% of its length at step {start}; without {dW} it would be {predicted}\u202f%.",
            **values,
        )
    else:
        said = sentence(
            "{dW} shortens {W} too: {measured}\u202f% of its length at step {start}, without it {predicted}\u202f%.",
            **values,
        )
    return Notice("beside_prediction", said, (series_of(found.layer),), (found.layer,))
