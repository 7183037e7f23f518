"""States, sizes and values of a run in words."""

from __future__ import annotations

from resnet_sim import __version__
from resnet_sim.assets import translator
from resnet_sim.engine.messages import DivergedReport
from resnet_sim.errors import Sentence, sentence
from resnet_sim.layers.base import Category, DataShape
from resnet_sim.network.graph import Network
from resnet_sim.ui.pacing import Pacing
from resnet_sim.ui.run_state import Phase

_ = translator()


def state_words(phase: Phase, step: int, errors: int, pacing: Pacing) -> str:
    """What the training does, why it stopped by itself, or why it cannot."""
    if errors:
        return _("Fix 1 error to train") if errors == 1 else _("Fix {n} errors to train").format(n=errors)
    if phase is Phase.PAUSED and (why := pacing.stopped_words(step)):
        return why
    words = {
        Phase.EMPTY: "",
        Phase.STARTING: _("Starting"),
        Phase.READY: _("Ready"),
        Phase.TRAINING: _("Training"),
        Phase.PAUSED: _("Paused at step {step}"),
        Phase.DIVERGED: _("Diverged at step {step}"),
        Phase.REFUSED: _("Cannot train"),
        Phase.STOPPED: _("Stopped at step {step}"),
    }
    return words[phase].format(step=step)


def about_words() -> str:
    """Version and licences."""
    said = _("ResNet Sim {version}, MIT licence. Fonts: Inter, STIX Two Math, JetBrains Mono (OFL 1.1).")
    return said.format(version=__version__)


def count_words(network: Network, parameters: int) -> str:
    """How large a network is."""
    layers = sum(node.layer.category not in (Category.ACTIVATION, Category.MERGE) for node in network.nodes)
    return "    ".join(
        (
            _("1 layer") if layers == 1 else _("{n} layers").format(n=layers),
            _("1 skip") if len(network.skips) == 1 else _("{n} skips").format(n=len(network.skips)),
            _("{n} parameters").format(n=f"{parameters:,}".replace(",", "\u2009")),
        )
    )


def data_words(shape: DataShape, train: int, dev: int) -> str:
    """How many examples of what."""
    values = {"train": train, "dev": dev, "outputs": shape.outputs}
    if shape.task == "classification":
        return sentence("{train} train, {dev} dev examples, {outputs} classes", **values).render(_)
    return sentence("{train} train, {dev} dev examples, {outputs} outputs", **values).render(_)


def divergence_words(report: DivergedReport) -> Sentence:
    """What diverged, and where."""
    if report.what == "loss":
        return sentence("Diverged at step {step}: the cost is above a million.", step=report.step)
    if report.part:
        template = "Diverged at step {step}: values of “{part}” are not numbers."
        return sentence(template, step=report.step, part=report.part)
    return sentence("Diverged at step {step}: the cost is not a number.", step=report.step)


def value_words(value: object) -> str:
    """A setting's value as menus show it."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return f"{value:.4g}" if isinstance(value, float) else str(value)
