"""Rules about the length of W: what lambda did to it, which pull is larger, what gradient descent alone does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resnet_sim.errors import Sentence, sentence
from resnet_sim.state.notices.base import RECENT, Notice, Seen, mean_and_doubt, per_cent, short

SHRUNK = 0.7
"""Of the start. In experiment B1 a W without lambda stays above 0.9; with it, it falls to 0.16 in 300 steps."""
EQUAL = 0.15
"""Pulls count as equal when they differ by less than this share of lambda's, doubt included."""
STILL = 0.02
"""And W as resting when its length moved by no more than this over the recent measurements."""
LARGER = 1.5
"""One pull is called larger when it is half as large again, doubt included."""
NEXT_TO_NOTHING = 0.01
"""A pull below this share of the other hardly counts; behind batch norm that of dW is 0 but for rounding."""
KEPT = 0.1
"""Every ||W|| within this share of its start counts as hardly changed."""
STEPS = 100
"""Steps after which one may speak of what training did to W."""
FELL = 0.5
"""And the loss of mini-batches must have fallen to this share: it has learned something meanwhile."""
COMPARABLE = frozenset({"sgd", "momentum"})
"""Where the step is along dW + lambda W. Adam scales dW and not lambda: there the two pulls cannot be compared."""


@dataclass(frozen=True)
class Pulls:
    """How fast lambda and dW shorten one W (data below 0: dW makes it longer), with the doubt of that mean."""

    layer: str
    decay: float
    data: float
    doubt: float


def series_of(layer: str) -> str:
    """The length of a layer's W."""
    return f"weight_norm/{layer}/W"


def shrunk(seen: Seen) -> Iterator[Notice]:
    """The W that has shrunk most. That lambda did it is only said where lambda pulled more than dW did."""
    shares = {id: share for id in seen.layers if (share := seen.share(series_of(id))) is not None and share <= SHRUNK}
    by_lambda = {id: share for id, share in shares.items() if _lambda_did_it(seen, id)}
    found = by_lambda or shares
    if not found:
        return
    most = min(found, key=lambda id: found[id])
    values = {"W": seen.letter("W", most), "share": per_cent(found[most])}
    if not by_lambda:
        said = sentence("‖{W}‖ has fallen to {share}\u202f% of its start.", **values)
        yield Notice("shorter", said, (series_of(most),), (most,))
        return
    if len(found) == 1:
        said = sentence("λ has shrunk {W} to {share}\u202f% of its start.", **values)
    else:
        said = sentence(
            "λ has shrunk {n} of {m} W, most of all {W}: to {share}\u202f% of its start.",
            n=len(found),
            m=len(seen.layers),
            **values,
        )
    yield Notice("shrunk", said, tuple(series_of(id) for id in found), (most, *(id for id in found if id != most)))


def _lambda_did_it(seen: Seen, layer: str) -> bool:
    if seen.training.optimiser not in COMPARABLE:
        return False
    decay = sum(seen.values(f"decay_pull/{layer}/W"))
    data = sum(max(each, 0.0) for each in seen.values(f"data_pull/{layer}/W"))
    return decay > data


def pulls(seen: Seen) -> Iterator[Notice]:
    """A W on which both pulls are equal; else, where lambda pulls hardest, which of the two is larger."""
    if seen.training.optimiser not in COMPARABLE:
        return
    inside = [block.ends.last for block in seen.blocks]
    found = [each for id in inside or seen.layers if (each := _pulls(seen, id)) is not None]
    resting = next((each for each in found if _rests(seen, each)), None)
    if resting is not None:
        said = sentence(
            "{W} rests: {dW} makes it longer as fast as λ makes it shorter.",
            W=seen.letter("W", resting.layer),
            dW=seen.letter("dW", resting.layer),
        )
        yield Notice("rests", said, _evidence(resting.layer), (resting.layer,))
        return
    if found:
        yield from _larger(seen, max(found, key=lambda each: each.decay))


def _evidence(layer: str) -> tuple[str, ...]:
    return (f"data_pull/{layer}/W", f"decay_pull/{layer}/W", series_of(layer))


def _pulls(seen: Seen, layer: str) -> Pulls | None:
    decay = seen.mean(f"decay_pull/{layer}/W")
    if not decay:
        return None
    data, doubt = mean_and_doubt(seen.recent(f"data_pull/{layer}/W"))
    return Pulls(layer, decay, data, doubt)


def _rests(seen: Seen, found: Pulls) -> bool:
    norms = seen.recent(series_of(found.layer))
    if len(norms) < RECENT or not norms[0]:
        return False
    moved = abs(norms[-1] / norms[0] - 1)
    return abs(found.data + found.decay) + found.doubt <= EQUAL * found.decay and moved <= STILL


def _larger(seen: Seen, found: Pulls) -> Iterator[Notice]:
    said = _comparison(seen, found)
    if said is not None:
        yield Notice("pulls", said, _evidence(found.layer)[:2], (found.layer,))


def _comparison(seen: Seen, found: Pulls) -> Sentence | None:
    """Which pull is larger, None where the mini-batches do not agree on it."""
    least, most = abs(found.data) - found.doubt, abs(found.data) + found.doubt
    values = {
        "W": seen.letter("W", found.layer),
        "dW": seen.letter("dW", found.layer),
        "decay": short(found.decay),
        "data": short(abs(found.data)),
    }
    inwards = found.data > 0
    if most <= NEXT_TO_NOTHING * found.decay:
        return sentence("λ shortens {W}; {dW} leaves its length alone: {decay} against {data}.", **values)
    if least <= 0:
        return None
    if found.decay >= LARGER * most and inwards:
        return sentence("Both pulls shorten {W}; λ pulls harder than {dW}: {decay} against {data}.", **values)
    if found.decay >= LARGER * most:
        return sentence("λ shortens {W} faster than {dW} makes it longer: {decay} against {data}.", **values)
    if least >= LARGER * found.decay and inwards:
        return sentence("Both pulls shorten {W}; {dW} pulls harder than λ: {data} against {decay}.", **values)
    if least >= LARGER * found.decay:
        return sentence("{dW} makes {W} longer faster than λ shortens it: {data} against {decay}.", **values)
    return None


def unchanged(seen: Seen) -> Iterator[Notice]:
    """Gradient descent without lambda: it lowers the loss, and does not shrink W on the way."""
    if seen.last_step < STEPS or not _learned(seen):
        return
    if any(each for id in seen.layers for each in seen.values(f"decay_pull/{id}/W")):
        return
    if any(seen.last(series_of(id)) is None for id in seen.layers):
        return
    shares = {id: share for id in seen.layers if (share := seen.share(series_of(id))) is not None}
    if not shares:
        return
    series = tuple(series_of(id) for id in shares)
    if len(shares) == len(seen.layers) and all(abs(share - 1) <= KEPT for share in shares.values()):
        farthest = max(shares, key=lambda id: abs(shares[id] - 1))
        said = sentence(
            "Without λ the loss fell, but ‖W‖ hardly changed: ‖{W}‖ most, to {share}\u202f%.",
            W=seen.letter("W", farthest),
            share=per_cent(shares[farthest]),
        )
        yield Notice("unchanged", said, series, (farthest,))
        return
    lowest = min(shares, key=lambda id: shares[id])
    if shares[lowest] >= 1 - KEPT:
        said = sentence(
            "Without λ the loss fell, but no W shrank: {W} is lowest, at {share}\u202f%.",
            W=seen.letter("W", lowest),
            share=per_cent(shares[lowest]),
        )
        yield Notice("unchanged", said, series, (lowest,))


def _learned(seen: Seen) -> bool:
    losses = seen.values("loss")
    count = min(RECENT, len(losses) // 4)
    return count > 0 and sum(losses[-count:]) <= FELL * sum(losses[:count])
