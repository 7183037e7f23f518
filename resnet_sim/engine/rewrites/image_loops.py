"""Loops over images: calls that go image by image are played a few images at a time, while their numbers are in cache.

The plain plan makes each call for the whole batch, so every call fetches its images from memory again. Most calls treat
each image by itself; some add something up over all images (dW, sums for batch norm). What needs such a sum must wait
for the last image, so the plan falls apart into loops, with the calls that see the whole batch between them:

    loop 0: convolve, moments (a sum)     then: normalise_line (needs the moments)
    loop 1: affine, g, convolve, moments  then: ...

Only the order changes: every buffer gets the same numbers from the same calls. What is made and used up within one loop
need not be kept for the whole batch: it passes, and who asks for it later gets it made again, bit by bit the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from resnet_sim.engine.plan import Buffer, Call, Phase, Plan


@dataclass(frozen=True)
class ByImage:
    """How a primitive goes image by image: the reads it needs whole, and the writes that are sums over the images."""

    whole: frozenset[int] = frozenset()
    sums: frozenset[int] = frozenset()


def _by_image(*whole: int, sums: tuple[int, ...] = ()) -> ByImage:
    return ByImage(frozenset(whole), frozenset(sums))


BY_IMAGE: dict[str, ByImage] = {
    "add_rows": _by_image(1),
    "sum_rows": _by_image(sums=(0,)),
    "add": _by_image(),
    "scale": _by_image(1),
    "g": _by_image(),
    "g_backward": _by_image(),
    "multiply": _by_image(),
    "convolve": _by_image(1),
    "convolve_dW": _by_image(sums=(0,)),
    "convolve_dx": _by_image(1),
    "convolve_backward": _by_image(2, sums=(0,)),
    "moments": _by_image(sums=(0, 1)),
    "affine": _by_image(1, 2),
    "normalise_sums": _by_image(sums=(0, 1)),
    "blend": _by_image(1, 3, 4),
    "max_pool": _by_image(),
    "max_pool_backward": _by_image(),
    "average_pool": _by_image(),
    "average_pool_backward": _by_image(),
    "pad_channels": _by_image(),
    "pad_channels_backward": _by_image(),
}
"""Primitives that may stand in a loop."""


MADE_AGAIN = frozenset({"add", "add_rows", "affine", "blend", "g", "g_backward", "multiply", "scale"})
"""Primitives so cheap that their result need not be kept."""


def image_loops(plan: Plan, keep_all: bool = False) -> Plan:
    """Gather calls into `loop` calls (settings: `calls`), as early as what they read allows.

    keep_all: nothing passes, every buffer stays to be read.
    """
    calls = [*_in_loops(plan, "forward"), *_in_loops(plan, "backward")]
    passing = {} if keep_all else _passing(calls)
    return replace(plan, calls=[_sealed(call, passing) for call in calls], passing={**plan.passing, **passing})


def _in_loops(plan: Plan, phase: Phase) -> Iterator[Call]:
    """Loop 0, the whole calls behind it, loop 1, ...: each call in the first place where all it reads is ready."""
    loops: list[list[Call]] = []
    between: list[list[Call]] = []
    ready: dict[Buffer, int] = {}  # the first loop that may read all images of it
    flowing: dict[Buffer, int] = {}  # the first loop that may read it image by image, in the order of the plan
    for call in plan.calls:
        if call.phase != phase:
            continue
        split = BY_IMAGE.get(call.primitive)
        if split is not None and _of_images(call, split):
            at = max(
                (
                    (ready if index in split.whole else flowing).get(buffer.root, 0)
                    for index, buffer in enumerate(call.reads)
                ),
                default=0,
            )
            home = loops
        else:
            split = ByImage()
            at = max((ready.get(buffer.root, 0) - 1 for buffer in call.reads), default=0)
            at = max(0, at)
            home = between
        while len(loops) <= at:
            loops.append([])
            between.append([])
        home[at].append(call)
        for index, buffer in enumerate(call.writes):
            if buffer is not None:
                ready[buffer.root] = at + 1
                flowing[buffer.root] = at + 1 if home is between or index in split.sums else at
    for inner, whole in zip(loops, between, strict=True):
        if inner:
            yield _loop(inner)
        yield from whole


def _of_images(call: Call, split: ByImage) -> bool:
    """Whether all that it takes by image has the size (m, n_H, n_W, n_C)."""
    reads = [each for index, each in enumerate(call.reads) if index not in split.whole]
    writes = [each for index, each in enumerate(call.writes) if index not in split.sums and each is not None]
    return all(len(each.shape) == 4 for each in (*reads, *writes))


def _loop(calls: list[Call]) -> Call:
    reads = dict.fromkeys(buffer for call in calls for buffer in call.reads)
    writes = dict.fromkeys(buffer for call in calls for buffer in call.writes if buffer is not None)
    return Call("loop", tuple(reads), tuple(writes), {"calls": tuple(calls)}, calls[0].part, calls[0].phase)


def _passing(calls: list[Call]) -> dict[Buffer, Call]:
    """Buffers that only their own loop reads, and that can be made again from what the plan itself has made."""
    made = {each.root for call in calls for each in call.writes if each is not None}
    readers: dict[Buffer, set[int]] = {}
    viewed: set[Buffer] = set()
    for place, call in enumerate(calls):
        for each in call.reads:
            readers.setdefault(each.root, set()).add(place)
            if each.base is not None:
                viewed.add(each.root)
    found: dict[Buffer, Call] = {}
    for place, loop in enumerate(calls):
        for call in loop.settings["calls"] if loop.primitive == "loop" else ():
            (out,) = call.writes if call.primitive in MADE_AGAIN else (None,)
            if out is None or out.base is not None or out in viewed:
                continue
            if readers.get(out) == {place} and all(each.root in made for each in call.reads):
                found[out] = call
    return found


def _sealed(call: Call, passing: dict[Buffer, Call]) -> Call:
    """A loop shows outside what stays; the others are its own matter (settings: `passing`)."""
    if call.primitive != "loop":
        return call
    own = tuple(each for each in call.writes if each in passing)
    return replace(
        call,
        reads=tuple(each for each in call.reads if each not in passing),
        writes=tuple(each for each in call.writes if each not in passing),
        settings={**call.settings, "passing": own},
    )
