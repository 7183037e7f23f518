"""Equal calls of several networks as one: a network and its twin make each small call once, over a stack of both.

A small call costs the same for one array as for two that lie without a gap. What is not equal, such as the add of a
skip, stays a call of its own network, and so does every product: two small ones take less time apart than as a stack.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, prod, sqrt

from resnet_sim.engine.plan import Buffer, Call, Plan
from resnet_sim.engine.rewrites.dense import stacked

SMALL = 4_096
"""Up to this many numbers in each array."""
WORTH = 200_000
"""Multiplications in all products that one call less is worth.

Measured on both passes of pairs of 12 layers, 4 to 128 wide, batches of 4 to 256, with batch norm and without: where
the two limits let them be played together they are 1.05 to 1.39 times as fast, elsewhere they would be 0.98 to 1.05.
"""

ELEMENTWISE = frozenset(
    {
        "add",
        "add_rows",
        "affine",
        "blend",
        "g",
        "g_backward",
        "moments",
        "multiply",
        "normalise_line",
        "normalise_slopes",
        "normalise_sums",
        "softmax_cross_entropy",
        "softmax_cross_entropy_backward",
        "squared_error",
        "squared_error_backward",
    }
)
"""Primitives that are element by element but for products that a stack leaves apart: their bits are those of each."""
PER_CHANNEL = frozenset({"normalise_line", "normalise_slopes"})
"""Those of them that have one number per channel; for images these are laid out in lines."""


@dataclass(frozen=True)
class Together:
    """Several plans as one.

    calls: (whose, the call), those in common as the first's; none where too little is in common. rests: what each plan
    plays when it is known that none before it diverged. stacks: as in Plan.
    """

    calls: Sequence[tuple[int, Call]] = ()
    rests: Sequence[Sequence[Call]] = ()
    stacks: Sequence[tuple[Buffer, ...]] = ()


def together(plans: Sequence[Plan], given: Collection[Buffer]) -> Together:
    """Each plan's calls in their order, those that all have as one. given: buffers whose place is elsewhere."""
    own = [[call for call in plan.calls if not _rests(call)] for plan in plans]
    needed = sum(_work(call) for calls in own for call in calls) / WORTH / (len(plans) - 1)
    if needed > len(own[0]):
        return Together()  # without a closer look
    common = list(_in_order([dict(_named(calls)) for calls in own]))
    if needed > len(common):
        return Together()
    calls: list[tuple[int, Call]] = []
    done = [0] * len(own)
    for at in common:
        calls += _between(own, done, at)
        calls.append((0, _one([each[place] for each, place in zip(own, at, strict=True)])))
        done = [place + 1 for place in at]
    calls += _between(own, done, list(map(len, own)))
    same = [[each[place] for each, place in zip(own, at, strict=True)] for at in common]
    rests = [[call for call in plan.calls if _rests(call)] for plan in plans]
    return Together(calls, rests, tuple(_stacks(plans, _partners(same, given))))


def _between(own: list[list[Call]], first: Sequence[int], last: Sequence[int]) -> Iterator[tuple[int, Call]]:
    for whose, (calls, a, b) in enumerate(zip(own, first, last, strict=True)):
        yield from ((whose, call) for call in calls[a:b])


def _rests(call: Call) -> bool:
    """Running statistics, which nothing in a plan reads: a run before this one may diverge, and then this step of the
    others was never made."""
    first = call.settings["calls"][0] if call.primitive == "stacked" else call
    return bool(first.primitive == "run_statistics")


def _work(call: Call) -> float:
    """Multiplications of its products; images are no matter of calls."""
    if call.primitive == "stacked":
        return sum(map(_work, call.settings["calls"]))
    if call.primitive == "gemm":
        return sqrt(prod(each.size for each in (*call.reads, *call.writes) if each is not None))
    return inf if call.primitive == "loop" else 0.0


# --- what is equal ----------------------------------------------------------------------------------------------------


def _named(calls: list[Call]) -> Iterator[tuple[Hashable, int]]:
    """A name for each call that may be made with others, the same in every plan, and its place."""
    seen: dict[Hashable, int] = {}
    for place, call in enumerate(calls):
        if _small(call):
            key = _key(call)
            seen[key] = seen.get(key, 0) + 1
            yield (key, seen[key]), place


def _small(call: Call) -> bool:
    """Whether less is worked out than a call costs."""
    if call.primitive == "stacked":
        return all(each.size <= SMALL for each in call.reads)
    buffers = [each for each in (*call.reads, *call.writes) if each is not None]
    axes = 1 if call.primitive in PER_CHANNEL else 2
    return call.primitive in ELEMENTWISE and all(len(each.shape) <= axes and each.size <= SMALL for each in buffers)


def _key(call: Call) -> Hashable:
    if call.primitive == "stacked":
        return tuple(map(_key, call.settings["calls"]))
    shapes = tuple(None if each is None else each.shape for each in (*call.reads, *call.writes))
    return (call.part, call.phase, call.primitive, shapes, tuple(sorted(call.settings.items())))


def _in_order(places: list[dict[Hashable, int]]) -> Iterator[tuple[int, ...]]:
    """The places of calls that all plans have, each behind the one before it in every plan."""
    last = (-1,) * len(places)
    for key in places[0]:
        at = tuple(each.get(key, -1) for each in places)
        if all(here > before for here, before in zip(at, last, strict=True)):
            last = at
            yield at


def _one(calls: list[Call]) -> Call:
    if calls[0].primitive != "stacked":
        return stacked(calls, calls[0].phase)
    return stacked([call for row in _rows(calls) for call in row], calls[0].phase, len(calls))


# --- where the buffers lie --------------------------------------------------------------------------------------------

Partners = Mapping[Buffer, tuple[Buffer, ...]]
"""A buffer of the first plan -> it and those that stand in its place in the others."""


def _partners(common: list[list[Call]], given: Collection[Buffer]) -> Partners:
    """What g reads comes first: behind a skip it is the sum in one network and z itself in the other, and what made
    them, which may write anywhere, is not as slow over a gap."""
    found: dict[Buffer, tuple[Buffer, ...]] = {}
    placed = set(given)
    for calls in sorted(common, key=lambda calls: calls[0].primitive != "g"):
        for row in _rows(calls):
            for each in zip(*((*call.reads, *call.writes) for call in row), strict=True):
                roots = tuple(buffer.root for buffer in each if buffer is not None)
                if roots and len({root.shape for root in roots}) == 1 and not placed & set(roots):
                    found[roots[0]] = roots
                    placed.update(roots)
    return found


def _rows(calls: list[Call]) -> list[tuple[Call, ...]]:
    """The members of calls, those that have the same place in each."""
    if calls[0].primitive != "stacked":
        return [tuple(calls)]
    return list(zip(*(call.settings["calls"] for call in calls), strict=True))


def _stacks(plans: Sequence[Plan], partners: Partners) -> Iterator[tuple[Buffer, ...]]:
    """Partners side by side; where a plan wants layers side by side too, they take turns: both stay evenly spaced."""
    placed: set[Buffer] = set()
    for stack in plans[0].stacks:
        turns = tuple(partner for each in stack for partner in partners.get(each, ()))
        placed.update(turns)
        if turns:
            yield turns
    for each in partners.values():
        if each[0] not in placed:
            placed.update(each)
            yield each
    for plan in plans:
        for stack in plan.stacks:
            alone = tuple(each for each in stack if each not in placed)
            if len(alone) > 1:
                yield alone
