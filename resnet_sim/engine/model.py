"""A network as arrays: flat parameter and gradient vectors, and plans for any batch size over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Backend
from resnet_sim.engine.plan import Buffer, Operation, Plan, PlanRecorder, play
from resnet_sim.layers.base import Category, DataShape, Parameter, Site
from resnet_sim.network.parts import Part
from resnet_sim.state.checkpoint import ArrayKey

PLANS_KEPT = 8
"""A run needs five (whole and short batch, both portions of evaluation, one example); a dragged batch size no more."""


@dataclass(frozen=True)
class Slot:
    """Where a learned parameter lies in the flat vectors."""

    part: Part
    parameter: Parameter
    first: int

    @property
    def last(self) -> int:
        """One past its last number."""
        return self.first + prod(self.parameter.shape)

    @property
    def key(self) -> ArrayKey:
        """(part id, parameter name)."""
        return (self.part.id, self.parameter.name)


@dataclass(frozen=True)
class BoundPlan:
    """A plan with its arrays in place: fill x and y, play forward (and backward), read the rest."""

    compiled: Compiled
    x: Array
    y: Array
    loss: Array
    forward: tuple[Operation, ...]
    backward: tuple[Operation, ...]
    arrays: Mapping[Buffer, Array]
    backend: Backend

    @property
    def plan(self) -> Plan:
        """The calls."""
        return self.compiled.plan

    def activation(self, part: str) -> Array:
        """(m, *shape): the output of a part in the last forward pass."""
        return self._array(self.plan.activations[part])

    def gradient(self, part: str) -> Array | None:
        """(m, *shape): d(mean loss) / d(output) in the last backward pass; None where none was asked for."""
        found = self.plan.gradients.get(part)
        return None if found is None else self._array(found)

    def contribution(self, consumer: str, index: int) -> Array | None:
        """What `consumer` sent back to its input number `index`: the paths of a gradient, apart."""
        found = self.plan.contributions.get((consumer, index))
        return None if found is None else self._array(found)

    def _array(self, buffer: Buffer) -> Array:
        root = buffer.root
        array = self.arrays[root] if root in self.arrays else self._made_again(root)
        return array.reshape(buffer.shape)

    def _made_again(self, buffer: Buffer) -> Array:
        call = self.plan.passing[buffer]
        made = self.backend.zeros(buffer.shape)
        play(self.backend.bind(call, tuple(map(self._array, call.reads)), (made,)))
        return made


class Model:
    """Parameters of a network on one backend, and its compiled plans.

    w, dw: (n,) flat vectors of all learned parameters; `parameters` and `gradients` are views into them.
    """

    def __init__(self, parts: tuple[Part, ...], data: DataShape, target_power: float, backend: Backend) -> None:
        self.backend = backend
        self.data = data
        self.target_power = target_power
        self._set_parts(parts)
        self.w = backend.zeros((self.size,))
        self.dw = backend.zeros((self.size,))
        self.parameters: dict[ArrayKey, Array] = {s.key: self._view(self.w, s) for s in self.slots}
        self.gradients: dict[ArrayKey, Array] = {s.key: self._view(self.dw, s) for s in self.slots}
        self.parameters |= self._statistics_side_by_side()
        self._plans: dict[tuple[int, bool], BoundPlan] = {}

    def _set_parts(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts
        self.slots: list[Slot] = []
        first = 0
        for part in parts:
            for each in part.parameters:
                if each.learned:
                    slot = Slot(part, each, first)
                    self.slots.append(slot)
                    first = slot.last
        self.size = first

    def _statistics_side_by_side(self) -> dict[ArrayKey, Array]:
        """What is measured, not learned: views of one flat vector, so that equal layers lie evenly spaced there too."""
        measured = [(part.id, each) for part in self.parts for each in part.parameters if not each.learned]
        flat = self.backend.zeros((sum(prod(each.shape) for _, each in measured),))
        found: dict[ArrayKey, Array] = {}
        first = 0
        for part, each in measured:
            last = first + prod(each.shape)
            found[(part, each.name)] = flat[first:last].reshape(each.shape)
            first = last
        return found

    @staticmethod
    def _view(flat: Array, slot: Slot) -> Array:
        return flat[slot.first : slot.last].reshape(slot.parameter.shape)

    def rewire(self, parts: tuple[Part, ...]) -> None:
        """Take parts with the same parameters but other wiring (a skip off, a layer frozen); plans are made anew."""
        if [(p.layer, p.inputs, p.enabled) for p in parts] != [(p.layer, p.inputs, p.enabled) for p in self.parts]:
            self._plans.clear()
            self.dw.fill(0)
        self._set_parts(parts)

    @cached_property
    def _statistics(self) -> tuple[ArrayKey, ...]:
        learned = {slot.key for slot in self.slots}
        return tuple(key for key in self.parameters if key not in learned)

    @property
    def statistics(self) -> tuple[ArrayKey, ...]:
        """Keys of what is measured, not learned: running means and variances."""
        return self._statistics

    def plan(self, m: int, learning: bool) -> BoundPlan:
        """The plan for m examples, made on first use. learning: with backward; otherwise evaluation mode."""
        key = (m, learning)
        found = self._plans.pop(key, None)
        if found is None:
            compiled = compile_plan(self.parts, self.data, m, learning, self.target_power)
            for rewrite in self.backend.rewrites:
                compiled = replace(compiled, plan=rewrite(compiled.plan))
            found = self.bind(compiled, {})
        self._plans[key] = found  # the newest stands last
        while len(self._plans) > PLANS_KEPT:
            del self._plans[next(iter(self._plans))]
        return found

    def learn_by(self, plan: BoundPlan) -> None:
        """Let this be the plan of its size."""
        self._plans[(plan.plan.m, True)] = plan

    def bind(self, compiled: Compiled, placed: Mapping[Buffer, Array]) -> BoundPlan:
        """Give every buffer its array; placed: those that have one."""
        plan = compiled.plan
        arrays = dict(placed)
        for key, buffer in compiled.parameters.items():
            arrays[buffer] = self.parameters[key]
        for key, buffer in compiled.gradients.items():
            arrays[buffer] = self.gradients[key]
        arrays.update(side_by_side(self.backend, (stack for stack in plan.stacks if stack[0] not in arrays)))
        for buffer in [compiled.x, compiled.y, compiled.loss, *plan.buffers()]:
            if buffer not in arrays:
                arrays[buffer] = self.backend.zeros(buffer.shape)

        def array(buffer: Buffer) -> Array:
            return arrays[buffer.root].reshape(buffer.shape)

        operations: dict[str, list[Operation]] = {"forward": [], "backward": []}
        for call in plan.calls:
            reads = tuple(array(each) for each in call.reads)
            writes = tuple(None if each is None else array(each) for each in call.writes)
            operations[call.phase] += self.backend.bind(call, reads, writes)
        return BoundPlan(
            compiled,
            arrays[compiled.x],
            arrays[compiled.y],
            arrays[compiled.loss],
            tuple(operations["forward"]),
            tuple(operations["backward"]),
            arrays,
            self.backend,
        )

    def forward_backward(self, plan: BoundPlan) -> None:
        """Play both directions: activations, loss and all gradients of the examples in plan.x, plan.y."""
        play(plan.forward)
        play(plan.backward)


def side_by_side(backend: Backend, stacks: Iterable[tuple[Buffer, ...]]) -> Iterator[tuple[Buffer, Array]]:
    """Arrays for the buffers of each stack, in one piece of memory."""
    for stack in stacks:
        room = backend.zeros((len(stack), stack[0].size))
        yield from ((each, row.reshape(each.shape)) for each, row in zip(stack, room, strict=True))


@dataclass(frozen=True, eq=False)
class Compiled:
    """A plan still without arrays, and the buffers that get theirs from elsewhere."""

    plan: Plan
    x: Buffer
    y: Buffer
    loss: Buffer
    parameters: dict[ArrayKey, Buffer]
    gradients: dict[ArrayKey, Buffer]

    @property
    def given(self) -> set[Buffer]:
        """Buffers that get their arrays from the model."""
        return {*self.parameters.values(), *self.gradients.values()}

    def numbers(self) -> int:
        """How many numbers its own buffers hold."""
        given = self.given
        return sum(each.size for each in self.plan.buffers() if each not in given)


def compile_plan(parts: tuple[Part, ...], data: DataShape, m: int, learning: bool, target_power: float) -> Compiled:
    """Record forward, and if `learning` backward, of all enabled parts for m examples."""
    x, y = Buffer((m, *data.input)), Buffer((m, data.outputs))
    r = PlanRecorder(m, learning, x, y, target_power)
    parameters: dict[ArrayKey, Buffer] = {}
    gradients: dict[ArrayKey, Buffer] = {}
    sites: dict[str, Site] = {}
    live = [part for part in parts if part.enabled]
    moved = _moved_by_learning(live)
    for part in live:
        p = {each.name: Buffer(each.shape) for each in part.parameters}
        dp = {each.name: Buffer(each.shape) for each in part.parameters if each.learned}
        parameters.update({(part.id, name): buffer for name, buffer in p.items()})
        gradients.update({(part.id, name): buffer for name, buffer in dp.items()})
        inputs = tuple(sites[source].output if source else x for source in part.inputs)
        site = Site(inputs, p, dp, tuple(source in moved for source in part.inputs))
        r.part = part.id
        site.y = part.layer.forward(r, site)
        sites[part.id] = site
        assert isinstance(site.y, Buffer)
        r.plan.activations[part.id] = site.y
    if learning:
        r.phase = "backward"
        _record_backward(r, live, sites)
    assert isinstance(r.loss, Buffer)
    return Compiled(r.plan, x, y, r.loss, parameters, gradients)


def _moved_by_learning(live: list[Part]) -> frozenset[str]:
    """Parts whose output depends on a learned parameter: only their gradients are needed."""
    moved: set[str] = set()
    for part in live:
        if any(each.learned for each in part.parameters) or any(source in moved for source in part.inputs):
            moved.add(part.id)
    return frozenset(moved)


def _record_backward(r: PlanRecorder, live: list[Part], sites: dict[str, Site]) -> None:
    """Walk back from the loss. The gradient of an output is the sum of what its consumers send back."""
    back: dict[str, list[Buffer]] = {}
    for part in reversed(live):
        site = sites[part.id]
        r.part = part.id
        if part.layer.category is Category.OUTPUT:
            dy = site.output
        else:
            arrived = back.get(part.id, [])
            if not arrived:
                continue
            dy = arrived[0]
            if len(arrived) > 1:
                dy = r.buffer(*site.output.shape)
                r.add(arrived, dy)
            assert isinstance(dy, Buffer)
            r.plan.gradients[part.id] = dy
        if not (any(site.wanted) or site.dp):
            continue
        for index, (source, dx) in enumerate(zip(part.inputs, part.layer.backward(r, site, dy), strict=True)):
            if dx is not None and site.wanted[index]:
                assert isinstance(dx, Buffer)
                r.plan.contributions[(part.id, index)] = dx
                back.setdefault(source, []).append(dx)


def copy_in(model: Model, arrays: Mapping[ArrayKey, NDArray[np.floating]]) -> None:
    """Set every parameter of the model from arrays of the same shapes."""
    for key, target in model.parameters.items():
        model.backend.to_device(arrays[key], target)


def copy_out(model: Model) -> dict[ArrayKey, NDArray[np.floating]]:
    """Copies of every parameter."""
    return {key: model.backend.to_host(array) for key, array in model.parameters.items()}
