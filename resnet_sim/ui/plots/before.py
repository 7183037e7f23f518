"""The run before the last reset as pale lines behind the present one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import chain

import numpy as np

from resnet_sim.state.record import Record
from resnet_sim.ui.plots.chart import PALE, Chart, Floats
from resnet_sim.ui.plots.labels import EndLabel

Lines = Iterable[tuple[Floats, Floats]]


class Before:
    """All pale lines of one kind in a chart, as one curve: drawn again only when they are others.

    Made before the other curves of its chart, it lies behind them.
    """

    def __init__(self, chart: Chart, token: str, dash: tuple[float, ...] = ()) -> None:
        self._curve = chart.curve(token + PALE, 1.0, dash)
        self._record: Record | None = None
        self._key: Hashable = None
        self.values: Floats = np.zeros(0)
        """All that are defined."""

    def show(self, record: Record | None, key: Hashable, lines: Callable[[Record], Lines]) -> float:
        """Draw `lines` of this record, anew when it or the key is another one; nothing without a record. Their top."""
        if record is not self._record or key != self._key:
            self._record, self._key = record, key
            found = [] if record is None else list(lines(record))
            gap = np.array([np.nan])
            x = np.concatenate(list(chain.from_iterable((x, gap) for x, _ in found)) or [gap])
            y = np.concatenate(list(chain.from_iterable((y, gap) for _, y in found)) or [gap])
            self.values = y[np.isfinite(y)]
            self._curve.setData(x, y, connect="finite")
        return float(self.values.max()) if len(self.values) else 0.0

    def label(self, text: str) -> tuple[EndLabel, ...]:
        """The text at the end of the newest line, none without a line."""
        x, y = self._curve.getData()
        if y is None:
            return ()
        at = np.flatnonzero(np.isfinite(y))
        return (EndLabel(float(x[at[-1]]), float(y[at[-1]]), text, "ink3"),) if len(at) else ()
