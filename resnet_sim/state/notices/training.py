"""Rules about training as a whole: dead layers, a loss that rose since a control changed, train against dev."""

from __future__ import annotations

import math
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
STEPS = 100
"""Steps after which a loss near that of guessing is worth a word."""
GUESSED = 0.8
"""Share of ln(classes). Of depth 56 plain networks with batch norm stay at 0.84 to 0.98 of it in 360 steps, residual
ones fall below 0.02; of depth 20 both fall below 0.15."""
DEEP = 20
"""Layers from which on it matters to say that there is no skip connection: at depth 8 plain networks train as well."""
WORSE, SINCE = 1.1, 3
"""Dev loss has risen when it is a tenth above its lowest, and was not that low in three evaluations."""
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


def guesses(seen: Seen) -> Iterator[Notice]:
    """A training loss that has not left the one of equal probabilities for all classes."""
    loss, classes = seen.last("train_loss"), seen.classes
    if loss is None or classes < 2 or seen.last_step < STEPS:
        return
    chance = math.log(classes)
    if not GUESSED * chance <= loss <= chance / GUESSED:
        return
    values = {"step": seen.last_step, "loss": f"{loss:.2f}", "classes": classes, "chance": f"{chance:.2f}"}
    said = sentence(
        "After {step} steps the training loss is {loss}; equal chances for {classes} classes give {chance}.", **values
    )
    if len(seen.layers) >= DEEP and not any(skip.enabled for skip in seen.network.skips):
        plain = sentence("The network has {n} layers and no skip connection.", n=len(seen.layers))
        said = sentence("{guesses} {plain}", guesses=said, plain=plain)
    yield Notice("guesses", said, ("train_loss",), ())


def dev_rises(seen: Seen) -> Iterator[Notice]:
    """Dev loss rises while the training loss falls: what is learned now helps on the training set only."""
    train, dev = seen.record.series.get("train_loss"), seen.record.series.get("dev_loss")
    if train is None or dev is None:
        return
    known = dict(zip(train.steps, train.values, strict=True))
    pairs = [
        (value, other, step)
        for step, value in zip(dev.steps, dev.values, strict=True)
        if value is not None and (other := known.get(step)) is not None
    ]
    if not pairs:
        return
    lowest, train_then, step = min(pairs)
    since = [pair for pair in pairs if pair[2] > step]
    now, train_now, _step = pairs[-1]
    if len(since) < SINCE or now < WORSE * lowest or train_now >= train_then:
        return
    said = sentence(
        "Since step {step} dev loss has risen from {was} to {now}; training loss fell from {train_was} to {train_now}.",
        step=step,
        was=short(lowest),
        now=short(now),
        train_was=short(train_then),
        train_now=short(train_now),
    )
    yield Notice("dev_rises", said, ("dev_loss", "train_loss"), ())


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
