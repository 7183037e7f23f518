"""Rules about training as a whole: dead layers, a loss that rose since a control changed, train against dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resnet_sim.errors import Sentence, sentence
from resnet_sim.state.controls import changes
from resnet_sim.state.notices.base import Notice, Seen, mean_and_doubt, short
from resnet_sim.state.record import Event

CONTROLS: Mapping[str, Sentence] = {
    "learning_rate": sentence("α"),
    "l2": sentence("λ"),
    "momentum": sentence("β"),
    "batch_size": sentence("the batch size"),
    "optimiser": sentence("the optimiser"),
    "skip": sentence("a skip connection"),
    "decay_b": sentence("“decay b too”"),
    "decay_gamma": sentence("“decay γ too”"),
}
LOSSES = 20
"""Mini-batches before and after a change whose losses are compared; changes closer than that are one (a drag)."""
RISEN = 1.1
"""A loss has risen when it is a tenth higher ..."""
SURE = 3.0
"""... and by more than three standard errors: mini-batches differ."""
TRAINED, GAP = 0.95, 0.05
"""Train accuracy counts as high from here on; dev accuracy as lower when so much is missing."""


def dead_layers(seen: Seen) -> Iterator[Notice]:
    """Layers whose values are all 0 and that get no gradient. An output that starts at 0 does get one."""
    dead = [
        id for id in seen.layers if seen.last(f"activation_norm/{id}") == 0 and seen.last(f"gradient_norm/{id}/W") == 0
    ]
    if not dead:
        return
    series = tuple(f"{name}" for id in dead for name in (f"activation_norm/{id}", f"gradient_norm/{id}/W"))
    if len(dead) == 1:
        said = sentence(
            "All values of {a} are 0 in this mini-batch and {dW} = 0: layer {l} learns nothing.",
            a=seen.letter("a", dead[0]),
            dW=seen.letter("dW", dead[0]),
            l=seen.numbers.get(dead[0], 0),
        )
    else:
        said = sentence(
            "In {n} layers all values are 0 and dW = 0; the first of them is layer {l}.",
            n=len(dead),
            l=seen.numbers.get(dead[0], 0),
        )
    yield Notice("dead_layers", said, series, tuple(dead))


def loss_rose(seen: Seen) -> Iterator[Notice]:
    """The losses of the newest mini-batches against those just before the newest change of a control."""
    changed = _newest_change(seen)
    losses = seen.record.series.get("loss")
    if changed is None or losses is None:
        return
    began, event = changed
    points = [(s, v) for s, v in zip(losses.steps, losses.values, strict=True) if v is not None]
    before = [value for step, value in points if step < began][-LOSSES:]
    since = [value for step, value in points if step >= event.step]
    if len(since) < LOSSES or len(before) < LOSSES:
        return
    (was, doubt), (now, doubt_now) = mean_and_doubt(before), mean_and_doubt(since[-LOSSES:])
    if now > RISEN * was and now - was > SURE * (doubt**2 + doubt_now**2) ** 0.5:
        said = sentence(
            "Since {control} changed at step {step}, the loss has risen from {was} to {now}.",
            control=CONTROLS[_kind(event)],
            step=event.step,
            was=short(was),
            now=short(now),
        )
        yield Notice("loss_rose", said, ("loss",), ())


def _newest_change(seen: Seen) -> tuple[int, Event] | None:
    """Where the newest run of changes began, and its last event."""
    events = [event for event in changes(seen.record) if _kind(event) in CONTROLS]
    if not events:
        return None
    began = events[-1].step
    for event in reversed(events):
        if began - event.step > LOSSES:
            break
        began = event.step
    return began, events[-1]


def _kind(event: Event) -> str:
    """The control without the block it belongs to."""
    return event.name.partition("/")[0]


def dev_lags(seen: Seen) -> Iterator[Notice]:
    """High on what it trained on, lower on what it did not."""
    train, dev = seen.last("train_accuracy"), seen.last("dev_accuracy")
    if train is None or dev is None or train < TRAINED or dev > train - GAP:
        return
    said = sentence(
        "Train accuracy is {train:.1f}\u202f%, dev accuracy only {dev:.1f}\u202f%.", train=100 * train, dev=100 * dev
    )
    yield Notice("dev_lags", said, ("train_accuracy", "dev_accuracy"), ())
