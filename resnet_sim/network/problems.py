"""What a check finds: problems, each with its place, a sentence and fixes, and the report that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from resnet_sim.errors import Sentence
from resnet_sim.layers.base import Category, Shape
from resnet_sim.network.graph import Network
from resnet_sim.network.wiring import is_input

Edit = Callable[[Network], Network]


@dataclass(frozen=True)
class Fix:
    """One way out of a problem: what the button says, and the edit it makes."""

    label: Sentence
    edit: Edit


@dataclass(frozen=True)
class Problem:
    """place: the id of a node or a skip, "" for the whole network. An error keeps the network from training.

    The first fix is the best one; there may be none.
    """

    place: str
    severity: Literal["error", "note"]
    sentence: Sentence
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that is wrong at once, errors first, and all sizes that could be found.

    shapes: node or skip id -> size of its output (a skip: of what it brings to (+)). assumed: ids whose size was found
    as if the first fixes were applied. numbers: node id -> l; (+), g and the others carry the l of the last weighted
    layer before them. parameters: node or skip id -> how many numbers it learns (a skip: W_s and its batch norm).
    """

    problems: tuple[Problem, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the network from training."""
        return tuple(each for each in self.problems if each.severity == "error")

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is worth knowing."""
        return tuple(each for each in self.problems if each.severity == "note")

    @property
    def ok(self) -> bool:
        """Whether the network can train."""
        return not self.errors

    @property
    def total(self) -> int:
        """How many numbers the network learns."""
        return sum(self.parameters.values())


def value_name(network: Network, numbers: Mapping[str, int], id: str) -> str:
    """What the output of a node is called: x at the input, z[3] before g, a[3] behind it."""
    node = network.by_id[id]
    if is_input(node):
        return "x"
    before_g = node.layer.category in (Category.WEIGHTED, Category.NORMALISATION)
    return f"{'z' if before_g else 'a'}[{numbers.get(id, 0)}]"
