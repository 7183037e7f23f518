"""An axis of its own and real measurements for the tests of the strips."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage, QPaintEvent, QPixmap, QRegion

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.probes import Measurement, Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.record import Record
from resnet_sim.ui.strips.activation_strip import ActivationStrip, LayerValues
from resnet_sim.ui.strips.gradient_strip import GradientStrip

Pixels = NDArray[np.int32]


class Ruler(QObject):
    """An axis with given places."""

    mapped = Signal()

    def __init__(self, places: dict[str, float], pitch: float) -> None:
        super().__init__()
        self.places, self.px = places, pitch

    def place(self, part_id: str) -> float | None:
        return self.places.get(part_id)

    def pitch(self) -> float:
        return self.px

    @classmethod
    def under(cls, network: Network, pitch: float, first: float = 90.3) -> Ruler:
        return cls({id: first + i * pitch for i, id in enumerate(activation_places(network))}, pitch)


def residual(blocks: int = 2) -> Network:
    return mlp(blocks, second_scale=0.5)


@cache
def measured(network: Network, steps: int = 3) -> Measurement:
    """What a short real run measures of all layers."""
    reference = DataReference("digits-600")
    run = TrainingRun(Experiment(network, reference, Training(learning_rate=0.01)), data_set(reference).load())
    for _ in range(steps):
        run.step()
    return run.measure(Probe(histograms=tuple(activation_places(network))))


def record_of(network: Network) -> Record:
    record = Record()
    record.add(3, measured(network).series)
    return record


def values_of(network: Network) -> dict[str, LayerValues]:
    found, record = measured(network), record_of(network)
    return {
        id: LayerValues(
            tuple(each.counts.tolist()),
            each.low,
            each.high,
            record.last(f"activation_zeros/{id}"),
            record.last(f"activation_mean/{id}"),
            record.last(f"activation_std/{id}"),
        )
        for id, each in found.histograms.items()
    }


class WatchedActivations(ActivationStrip):
    """Remembers what was asked to be painted."""

    painted = QRegion()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self.painted = self.painted.united(event.region())
        super().paintEvent(event)


class WatchedGradients(GradientStrip):
    """Remembers what was asked to be painted."""

    painted = QRegion()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self.painted = self.painted.united(event.region())
        super().paintEvent(event)


def picture(strip: ActivationStrip | GradientStrip, scale: float = 1.0) -> Pixels:
    """(rows, columns, 3) of the strip as a screen of that scale shows it."""
    pixmap = QPixmap(round(strip.width() * scale), round(strip.height() * scale))
    pixmap.setDevicePixelRatio(scale)
    strip.render(pixmap)
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].astype(np.int32).copy()


def of_colour(pixels: Pixels, colour: QColor, tolerance: int = 40) -> NDArray[np.bool_]:
    """Where the picture has this colour."""
    found: NDArray[np.bool_] = np.abs(pixels - np.array(colour.getRgb()[:3])).max(axis=2) <= tolerance
    return found


HUES = {
    "grad": lambda r, g, b: r - b,
    "skip": lambda r, g, b: g - r,
    "plain": lambda r, g, b: 160 - np.maximum(np.maximum(r, g), b),
}


def ink(pixels: Pixels, token: str) -> NDArray[np.float64]:
    """(rows, columns): how much of a quantity's colour is in each pixel of a light strip, about 0 to 1."""
    r, g, b = (pixels[..., i] for i in range(3))
    found: NDArray[np.float64] = np.clip(HUES[token](r, g, b) / 120.0, 0, 1)
    return np.where(found > 0.15, found, 0.0)
