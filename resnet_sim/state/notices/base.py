"""What a rule gets and gives: a record beside the network it was measured on, and a sentence with its evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from resnet_sim.errors import EditError, Sentence
from resnet_sim.layers.base import Category
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network.blocks import BlockEnds, block_ends
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Block
from resnet_sim.network.parts import layer_numbers
from resnet_sim.state.record import Record

RECENT = 20
"""Newest points that a mean is taken over: each is of one mini-batch, and single ones jump."""
ENOUGH = 5
"""Points a mean needs before anything is said about it."""


class Maths(str):
    """A formula among the values of a sentence, in TeX; the window sets it as mathematics."""

    __slots__ = ()


@dataclass(frozen=True)
class Notice:
    """Something worth looking at. rule: which rule says it. series: what was measured. places: ids to look at."""

    rule: str
    sentence: Sentence
    series: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class SeenBlock:
    """A whole block. number: as in "block 1". batch_norm: behind its last W."""

    block: Block
    number: int
    ends: BlockEnds
    batch_norm: bool

    @property
    def id(self) -> str:
        """The block's."""
        return self.block.id

    @property
    def residual(self) -> bool:
        """Whether its skip connection is there and on."""
        return self.ends.skip is not None and self.ends.skip.enabled


class Seen:
    """A record beside the experiment it belongs to. What is not finite counts as not measured."""

    def __init__(self, experiment: Experiment, record: Record) -> None:
        self.experiment, self.record = experiment, record
        self.network, self.training = experiment.network, experiment.training
        self.numbers = layer_numbers(self.network)
        self.layers = tuple(id for id in self.network.order() or () if self.network.by_id[id].layer.weighted)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """The weighted layers but the last, which gives the output."""
        return self.layers[:-1]

    @property
    def classes(self) -> int:
        """Outputs of a softmax, 0 in regression or where the last weighted layer has no units."""
        output = next((node for node in self.network.nodes if node.layer.category is Category.OUTPUT), None)
        last = self.network.by_id[self.layers[-1]].layer if self.layers else None
        return last.units if isinstance(output and output.layer, Softmax) and isinstance(last, Dense) else 0

    @cached_property
    def blocks(self) -> tuple[SeenBlock, ...]:
        """The blocks that are whole."""
        return tuple(self._blocks())

    def _blocks(self) -> Iterator[SeenBlock]:
        for number, block in enumerate(self.network.blocks, 1):
            try:
                ends = block_ends(self.network, block)
            except EditError:
                continue
            behind = self.network.outgoing.get(ends.last, ())
            norm = any(isinstance(self.network.by_id[id].layer, BatchNorm) for id in behind if id in self.network.by_id)
            yield SeenBlock(block, number, ends, norm)

    # --- what was measured ------------------------------------------------------------------------------------------

    @property
    def last_step(self) -> int:
        """The newest step anything was measured at."""
        return max((each.steps[-1] for each in self.record.series.values() if each.steps), default=0)

    def values(self, name: str) -> list[float]:
        """All finite values of a series, oldest first."""
        found = self.record.series.get(name)
        return _finite(found.values) if found is not None else []

    def recent(self, name: str, count: int = RECENT) -> list[float]:
        """The finite ones of its newest `count` values."""
        found = self.record.series.get(name)
        return _finite(found.values[-count:]) if found is not None else []

    def last(self, name: str) -> float | None:
        """The newest value, None if it is undefined."""
        found = self.recent(name, 1)
        return found[0] if found else None

    def first(self, name: str) -> float | None:
        """The oldest value, None if it is undefined."""
        found = self.record.series.get(name)
        oldest = _finite(found.values[:1]) if found is not None else []
        return oldest[0] if oldest else None

    def mean(self, name: str) -> float | None:
        """Over the recent values, None when they are too few."""
        found = self.recent(name)
        return sum(found) / len(found) if len(found) >= ENOUGH else None

    def share(self, name: str) -> float | None:
        """The newest value over the oldest, None where that is 0 or undefined."""
        first, last = self.first(name), self.last(name)
        return last / first if first and last is not None else None

    # --- the course's letters ---------------------------------------------------------------------------------------

    def letter(self, symbol: str, id: str) -> Maths:
        """a^{[3]}, W^{[3]}, da^{[3]} of the layer of a part."""
        return Maths(f"{symbol}^{{[{self.numbers.get(id, 0)}]}}")


Rule = Callable[[Seen], Iterator[Notice]]


def _finite(values: list[float | None]) -> list[float]:
    return [each for each in values if each is not None and math.isfinite(each)]


def mean_and_doubt(values: list[float]) -> tuple[float, float]:
    """The mean and its standard error; endless doubt below ENOUGH values."""
    n = len(values)
    if n < ENOUGH:
        return (sum(values) / n if n else 0.0), math.inf
    mean = sum(values) / n
    return mean, math.hypot(*(each - mean for each in values)) / math.sqrt((n - 1) * n)


def short(value: float) -> str:
    """Two or three digits: 0.041, 4.2, 130, or a power of ten as a formula."""
    if value and not 1e-3 <= abs(value) < 1e4:
        exponent = math.floor(math.log10(abs(value)))
        return Maths(rf"{value / 10.0**exponent:.1f}\cdot 10^{{{exponent}}}")
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"


def per_cent(share: float) -> str:
    """34 for 0.34; more digits where it is small. The sign is in the sentence."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.5 else f"{value:.1f}" if value >= 0.05 else short(value)
