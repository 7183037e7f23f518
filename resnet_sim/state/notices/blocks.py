"""Rules about blocks: which ones copy their input, and what keeps others from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resnet_sim.errors import Sentence, sentence
from resnet_sim.state.controls import changes
from resnet_sim.state.notices.base import Maths, Notice, Seen, SeenBlock, per_cent, short
from resnet_sim.state.notices.weights import series_of

COPIES = 0.05
"""Distance below which a block almost copies its input: its output differs by less than a twentieth."""
WAS_FAR = 0.1
"""It must have been so far away once for "now" to be true."""
SAME = 0.005
"""Dev accuracies that differ by less are called the same: one example of 200."""
SMALL_W, STILL_FAR = 0.5, 0.1
"""With batch norm: W has lost half of its length, and the block is no identity all the same."""
GONE, EXACT = 0.05, 1e-4
"""W is called almost 0 below this share of its start; a copy is called exact below this distance."""


def distance(block: SeenBlock) -> str:
    """The series of a block's distance from identity."""
    return f"identity_distance/{block.id}"


def copies(seen: Seen) -> Iterator[Notice]:
    """Blocks that copy their input (or pass only their shortcut), and what dev accuracy did since they were far."""
    near = [(last, block) for block in seen.blocks if (last := _near(seen, block)) is not None]
    if not near:
        return
    blocks = [block for _, block in sorted(near, key=lambda each: each[0])]
    came = [block for block in blocks if any(each >= WAS_FAR for each in seen.values(distance(block)))]
    said = _many(seen, blocks, came) if len(blocks) > 1 else _one(seen, blocks[0], bool(came))
    moved = _dev_moved(seen, _since(seen, came)) if came else None
    if moved is not None:
        said = sentence("{copying} {dev}", copying=said, dev=moved)
    series = tuple(distance(block) for block in blocks) + (("dev_accuracy",) if moved is not None else ())
    yield Notice("copies", said, series, tuple(block.id for block in blocks))


def _near(seen: Seen, block: SeenBlock) -> float | None:
    """The newest distance if that and the recent ones are small."""
    recent = seen.recent(distance(block))
    near = recent and seen.last(distance(block)) is not None and max(recent[-1], sum(recent) / len(recent)) < COPIES
    return recent[-1] if near else None


def _one(seen: Seen, block: SeenBlock, came: bool) -> Sentence:
    skip, source = block.ends.skip, seen.letter("a", block.ends.source)
    values: dict[str, object] = {"n": block.number, "out": seen.letter("a", block.ends.last), "input": source}
    if skip is not None and skip.enabled and skip.shortcut != "identity":
        values["input"] = Maths(f"g(W_s {source})" if block.ends.gate else f"W_s {source}")
        return sentence("Block {n} passes almost only its shortcut: {out} ≈ {input}.", **values)
    if seen.last(distance(block)) == 0:
        return sentence("Block {n} copies its input exactly: {out} = {input}.", **values)
    if came:
        return sentence("Block {n} now almost copies its input: {out} ≈ {input}.", **values)
    return sentence("Block {n} has stayed close to a copy of its input: {out} ≈ {input}.", **values)


def _many(seen: Seen, blocks: Sequence[SeenBlock], came: Sequence[SeenBlock]) -> Sentence:
    values = {"k": len(blocks), "m": len(seen.blocks), "n": blocks[0].number}
    if all(seen.last(distance(block)) == 0 for block in blocks):
        return sentence("{k} of {m} blocks pass on their input exactly.", **values)
    if came:
        return sentence("{k} of {m} blocks now almost pass on their input; block {n} comes closest.", **values)
    return sentence("{k} of {m} blocks have stayed close to passing on their input.", **values)


def _since(seen: Seen, came: Sequence[SeenBlock]) -> int:
    """The newest change of lambda, or else where the first of the blocks was farthest from a copy."""
    names = {"l2", *(f"l2/{block.id}" for block in came)}
    changed = [event.step for event in changes(seen.record) if event.name in names]
    if changed:
        return changed[-1]
    series = seen.record.series[distance(came[0])]
    return max(((value, step) for step, value in zip(series.steps, series.values, strict=True) if value is not None))[1]


def _dev_moved(seen: Seen, since: int) -> Sentence | None:
    series = seen.record.series.get("dev_accuracy")
    if series is None:
        return None
    known = [(step, value) for step, value in zip(series.steps, series.values, strict=True) if value is not None]
    before = [value for step, value in known if step <= since]
    after = [value for step, value in known if step > since]
    if not before or not after:
        return None
    was, now = before[-1], after[-1]
    values = {"was": 100 * was, "now": 100 * now, "step": since}
    if abs(now - was) < SAME:
        return sentence("Since step {step} dev accuracy has stayed at {now:.1f}\u202f%.", **values)
    if now > was:
        return sentence("Since step {step} dev accuracy rose from {was:.1f} to {now:.1f}\u202f%.", **values)
    return sentence("Since step {step} dev accuracy fell from {was:.1f} to {now:.1f}\u202f%.", **values)


def norm_trap(seen: Seen) -> Iterator[Notice]:
    """Batch norm scales a small W up again: it alone does not make the block an identity."""
    for block in seen.blocks:
        share, far = seen.share(series_of(block.ends.last)), seen.mean(distance(block))
        if not block.batch_norm or not block.residual or share is None or far is None:
            continue
        if share <= SMALL_W and far >= STILL_FAR:
            said = sentence(
                "With batch norm a small {W} ({share}\u202f% of its start) makes no identity of block {n}: "
                "distance {far}.",
                W=seen.letter("W", block.ends.last),
                share=per_cent(share),
                n=block.number,
                far=short(far),
            )
            yield Notice("norm_trap", said, (series_of(block.ends.last), distance(block)), (block.id,))
            return


def b_stays(seen: Seen) -> Iterator[Notice]:
    """W is gone, b is not decayed: what is left of the distance comes from b."""
    if seen.training.decay_b:
        return
    for block in seen.blocks:
        last = block.ends.last
        share, far = seen.share(series_of(last)), seen.last(distance(block))
        if block.batch_norm or not block.residual or share is None or far is None:
            continue
        if share <= GONE and EXACT < far < COPIES and seen.last(f"decay_pull/{last}/W") and _b_is_longer(seen, block):
            said = sentence(
                "{W} is almost 0, but {b} is not decayed: it keeps block {n} from an exact copy.",
                n=block.number,
                W=seen.letter("W", last),
                b=seen.letter("b", last),
            )
            yield Notice("b_stays", said, (series_of(last), f"weight_norm/{last}/b", distance(block)), (last,))
            return


def _b_is_longer(seen: Seen, block: SeenBlock) -> bool:
    """Whether b is longer than what W can add: ||W|| ||a|| of the layer before bounds ||W a||."""
    inside = [id for id in seen.layers if id in block.block.nodes]
    before = inside[inside.index(block.ends.last) - 1] if len(inside) > 1 else ""
    b, w = seen.last(f"weight_norm/{block.ends.last}/b"), seen.last(series_of(block.ends.last))
    size = seen.last(f"activation_norm/{before}")
    return None not in (b, w, size) and (b or 0.0) > (w or 0.0) * (size or 0.0)
