"""What ends a training that went wrong: at which step, in which part, and what was seen there."""

from __future__ import annotations

from resnet_sim.engine.deferred import Losses
from resnet_sim.errors import ResNetSimError, sentence


class Diverged(ResNetSimError):  # noqa: N818 - an outcome of training, not a mistake
    """The first value that is not finite (or a loss above 1e6): at `step`, in part `part`; the weights are kept.

    losses: of steps before it that nobody has been told of.
    """

    def __init__(self, step: int, part: str, what: str, losses: Losses = ()) -> None:
        self.losses = losses
        self.step = step
        self.part = part
        self.what = what
        if what == "loss":
            said = sentence("Diverged at step {step}: the loss is above 1 000 000.", step=step)
        else:
            said = sentence(
                "Diverged at step {step}: the values of “{part}” are not finite ({what}).",
                step=step,
                part=part,
                what=what,
            )
        super().__init__(said)
