"""Arrays of a plan that can be read after every step: what a rewritten plan does not keep is made again first."""

from __future__ import annotations

from resnet_sim.engine.backend import Array
from resnet_sim.engine.model import BoundPlan
from resnet_sim.engine.plan import Buffer, Operation, play


class Lasting:
    """Ask for arrays once; after a step, `renew` brings those up to date that the plan itself lets pass."""

    def __init__(self, plan: BoundPlan) -> None:
        self._bound = plan
        self._made: dict[Buffer, Array] = {}
        self._operations: list[Operation] = []

    def activation(self, part: str) -> Array:
        """(m, *shape): the output of a part."""
        return self._array(self._bound.plan.activations[part])

    def gradient(self, part: str) -> Array | None:
        """(m, *shape): d(mean loss) / d(output); None where none was asked for."""
        found = self._bound.plan.gradients.get(part)
        return None if found is None else self._array(found)

    def contribution(self, consumer: str, index: int) -> Array | None:
        """What `consumer` sends back to its input number `index`."""
        found = self._bound.plan.contributions.get((consumer, index))
        return None if found is None else self._array(found)

    def renew(self) -> None:
        """Make again what has passed, from what the newest step has left."""
        play(self._operations)

    def _array(self, buffer: Buffer) -> Array:
        root = buffer.root
        array = self._bound.arrays.get(root)
        if array is None:
            array = self._made[root] if root in self._made else self._make(root)
        return array.reshape(buffer.shape)

    def _make(self, buffer: Buffer) -> Array:
        call = self._bound.plan.passing[buffer]
        reads = tuple(self._array(each) for each in call.reads)  # before its own operations: they come first
        made = self._made[buffer] = self._bound.backend.zeros(buffer.shape)
        self._operations += self._bound.backend.bind(call, reads, (made,))
        return made
