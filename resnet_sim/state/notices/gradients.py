"""Rules about the gradient on its way back: what becomes of it over the layers, and at every block."""

from __future__ import annotations

import math
from collections.abc import Iterator

from resnet_sim.errors import sentence
from resnet_sim.state.notices.base import Maths, Notice, Seen, SeenBlock, per_cent, short

VANISHED, EXPLODED = 1e-2, 1e2
"""First over last ||da||. Residual networks stay within 1/2 and 50 at depth 56; plain ones reach 1e-8 and 5e4."""
NOTHING = 1e-30
"""Below this squares underflow in float32: as good as 0."""
FEWEST = 3
"""Hidden layers from which on there is a way back to speak of."""
SMALL, EVEN = 0.01, 10.0
"""||dW|| is small below a hundredth of ||W||, and alike in early and late layers within a factor of ten."""
OPPOSED = -0.2
"""Cosine between the two parts. At the start it is about 0 (-0.06 to 0.06), trained 0.03 to 0.32."""
MASKED, SHUT = 0.35, 0.999
"""Share of the squared norm: 0.07 to 0.32 is usual, all of it is a block that gets no gradient at all."""
IN_A_ROW = 3
"""Measurements that must all agree before one part is said to outvote the other."""


def fades(seen: Seen) -> Iterator[Notice]:
    """||da|| of the first hidden layer over that of the last, and whether dW is small everywhere."""
    if len(seen.hidden) < FEWEST:
        return
    first, last = seen.hidden[0], seen.hidden[-1]
    names = tuple(f"activation_gradient_norm/{id}" for id in (first, last))
    early, late = (seen.last(name) for name in names)
    if early is None or late is None or late < NOTHING:
        return
    letters = {"early": seen.letter("da", first), "late": seen.letter("da", last)}
    places = (first, last)
    if early < NOTHING:
        said = sentence("No gradient comes back to the first layer: {early} = 0.", early=letters["early"])
        yield Notice("vanishes", said, names, places)
        return
    ratio = early / late
    power = Maths(f"10^{{{round(math.log10(ratio))}}}")
    if ratio <= VANISHED:
        said = sentence(
            "The gradient vanishes on the way back: ‖{early}‖ is about {power} of ‖{late}‖.", power=power, **letters
        )
        yield Notice("vanishes", said, names, places)
        yield from _small_everywhere(seen)
    elif ratio >= EXPLODED:
        said = sentence(
            "The gradient explodes on the way back: ‖{early}‖ is about {power} times ‖{late}‖.", power=power, **letters
        )
        yield Notice("explodes", said, names, places)


def _small_everywhere(seen: Seen) -> Iterator[Notice]:
    """A vanishing gradient suggests that only early layers stop learning; where that is not so, it is said."""
    first, last = seen.hidden[0], seen.hidden[-1]
    found: dict[str, float] = {}
    for id in seen.hidden:
        dw, w = seen.last(f"gradient_norm/{id}/W"), seen.last(f"weight_norm/{id}/W")
        if dw is None or not w or dw > SMALL * w:
            return
        found[id] = dw
    if not found[last] or not 1 / EVEN <= found[first] / found[last] <= EVEN:
        return
    said = sentence(
        "dW is small in all layers, not only the early ones: ‖{first}‖ = {a}, ‖{last}‖ = {b}.",
        first=seen.letter("dW", first),
        last=seen.letter("dW", last),
        a=short(found[first]),
        b=short(found[last]),
    )
    yield Notice("small_everywhere", said, tuple(f"gradient_norm/{id}/W" for id in seen.hidden), seen.hidden)


def last_relu(seen: Seen) -> Iterator[Notice]:
    """What the ReLU behind (+) keeps from both paths, in the block where it is most."""
    found = [(share, block) for block in seen.blocks if (share := seen.mean(f"masked_share/{block.id}")) is not None]
    if not found:
        return
    share, block = max(found, key=lambda each: each[0])
    series, places = (f"masked_share/{block.id}",), (block.id, *((block.ends.gate,) if block.ends.gate else ()))
    if share >= SHUT:
        said = sentence("The last ReLU of block {n} shuts both paths: no gradient comes through.", n=block.number)
        yield Notice("shut", said, series, places)
    elif share >= MASKED:
        said = sentence(
            "The last ReLU of block {n} masks {share}\u202f% of ‖{da}‖², for the skip too.",
            n=block.number,
            share=per_cent(share),
            da=seen.letter("da", block.ends.last),
        )
        yield Notice("masked", said, series, places)


def parts_oppose(seen: Seen) -> Iterator[Notice]:
    """Main part against skip part of da^{[l]}: outvoting it, or pointing the other way."""
    residual = [block for block in seen.blocks if block.residual]
    for block in residual:
        votes = _votes(seen, block)
        if len(votes) == IN_A_ROW and all(main * cosine < -skip for main, skip, cosine in votes):
            said = sentence(
                "In block {n} the main part of {da} outvotes the skip part: {main} against {skip}.",
                n=block.number,
                da=seen.letter("da", block.ends.source),
                main=short(votes[-1][0]),
                skip=short(votes[-1][1]),
            )
            yield Notice("outvoted", said, _split_series(block), (block.id,))
            return
    found = [(mean, block) for block in residual if (mean := seen.mean(f"cosine/{block.id}")) is not None]
    if not found:
        return
    mean, block = min(found, key=lambda each: each[0])
    if mean < OPPOSED:
        said = sentence(
            "In block {n} the skip part and the main part of {da} oppose each other: cosine {cosine}.",
            n=block.number,
            da=seen.letter("da", block.ends.source),
            cosine=f"{mean:.2f}".replace("-", "−"),
        )
        yield Notice("opposed", said, (f"cosine/{block.id}",), (block.id,))


def _split_series(block: SeenBlock) -> tuple[str, str, str]:
    return (f"main_gradient_norm/{block.id}", f"skip_gradient_norm/{block.id}", f"cosine/{block.id}")


def _votes(seen: Seen, block: SeenBlock) -> list[tuple[float, float, float]]:
    """(main, skip, cosine) of the newest measurements."""
    columns = [seen.recent(name, IN_A_ROW) for name in _split_series(block)]
    return list(zip(*columns, strict=True)) if all(len(each) == IN_A_ROW for each in columns) else []
