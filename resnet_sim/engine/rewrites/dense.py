"""Equal dense layers side by side: what they all do is one call over a stack of them, instead of one small call each.

A small product takes less time than the call that asks for it. Of a step only what must go layer by layer stays so
(z = x W^T, da = W^T dz); the rest is done for all equal layers at once:

    before forward    the rows of every b
    before backward   the mask of every ReLU
    after backward    every dW, every db
    after forward     all running statistics of batch norm
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from resnet_sim.engine.plan import Buffer, Call, Phase, Plan

SMALL_PRODUCT = 1_000_000
"""Up to this M N K a call is worth saving."""
SMALL_ARRAY = 8_192
"""Up to this many numbers."""

Group = list[Call]


def dense_layers_side_by_side(plan: Plan) -> Plan:
    """Gather equal small calls into `stacked` calls and ask for their buffers side by side."""
    plan = _ahead(plan, "forward", _adds_b, _rows_of_b, _add_rows_of_b)
    plan = _ahead(plan, "backward", _goes_back_through_relu, _mask_of_relu, _masked)
    return _at_the_end(_at_the_end(plan, _sums_up_gradient), _runs_statistics)


# --- what can be done ahead for all: a call falls apart into `first`, which makes a buffer, and `rest`, which uses it -


def _adds_b(call: Call) -> bool:
    return call.primitive == "add_rows" and _small_matrix(call.reads[0])


def _rows_of_b(call: Call, made: Buffer) -> Call:
    return replace(call, primitive="rows", reads=(call.reads[1],), writes=(made,), settings={})


def _add_rows_of_b(call: Call, made: Buffer) -> Call:
    return replace(call, primitive="add", reads=(call.reads[0], made), settings={})


def _goes_back_through_relu(call: Call) -> bool:
    return call.primitive == "g_backward" and call.settings["function"] == "relu" and _small_matrix(call.reads[0])


def _mask_of_relu(call: Call, made: Buffer) -> Call:
    return replace(call, primitive="mask", reads=(call.reads[0],), writes=(made,), settings={})


def _masked(call: Call, made: Buffer) -> Call:
    return replace(call, primitive="multiply", reads=(call.reads[1], made), settings={})


def _ahead(
    plan: Plan,
    phase: Phase,
    of: Callable[[Call], bool],
    first: Callable[[Call, Buffer], Call],
    rest: Callable[[Call, Buffer], Call],
) -> Plan:
    """Do `first` of all equal calls at once before `phase`, and only `rest` in the place of each."""
    instead: dict[int, Call] = {}
    before: list[Call] = []
    for group in _equal(plan, of):
        made = [Buffer(call.reads[0].shape) for call in group]
        before.append(stacked([first(call, each) for call, each in zip(group, made, strict=True)], phase))
        instead.update({id(call): rest(call, each) for call, each in zip(group, made, strict=True)})
        plan = _side_by_side(_side_by_side(plan, made), before[-1].reads)
    calls = [instead.get(id(call), call) for call in plan.calls]
    place = next((index for index, call in enumerate(calls) if call.phase == phase), len(calls))
    return replace(plan, calls=[*calls[:place], *before, *calls[place:]])


# --- what can wait for all --------------------------------------------------------------------------------------------


def _sums_up_gradient(call: Call) -> bool:
    """dW = dz^T x or db = sum dz, which nothing in the plan reads."""
    if call.phase != "backward" or not _small_matrix(call.reads[0]):
        return False
    if call.primitive == "gemm":
        m, n = call.reads[0].shape
        return bool(call.settings["transpose_a"]) and m * n * call.reads[1].shape[1] <= SMALL_PRODUCT
    return call.primitive == "sum_rows"


def _runs_statistics(call: Call) -> bool:
    """Running mean and variance, which only evaluation reads."""
    return call.primitive == "run_statistics" and call.reads[0].size <= SMALL_ARRAY


def _at_the_end(plan: Plan, of: Callable[[Call], bool]) -> Plan:
    """Do equal calls at once when all else of their phase is done; the largest group chooses first who lies by whom."""
    moved: set[int] = set()
    after: list[Call] = []
    for group in sorted(_equal(plan, of), key=len, reverse=True):
        moved.update(map(id, group))
        after.append(stacked(group, group[0].phase))
        for place in range(len(group[0].reads)):
            plan = _side_by_side(plan, [call.reads[place] for call in group])
    return replace(plan, calls=[*(call for call in plan.calls if id(call) not in moved), *after])


# --- groups and stacks ------------------------------------------------------------------------------------------------


def _small_matrix(x: Buffer) -> bool:
    return len(x.shape) == 2 and x.size <= SMALL_ARRAY


def _equal(plan: Plan, of: Callable[[Call], bool]) -> list[Group]:
    """The calls `of` is true for, in groups of two or more that differ in their buffers alone, in order of the plan."""
    groups: dict[Hashable, Group] = {}
    for call in filter(of, plan.calls):
        shapes = tuple(None if each is None else each.shape for each in (*call.reads, *call.writes))
        groups.setdefault((call.primitive, shapes, tuple(sorted(call.settings.items()))), []).append(call)
    return [group for group in groups.values() if len(group) > 1]


def stacked(calls: Sequence[Call], phase: Phase, together: int = 1) -> Call:
    """All of them as one call (settings: `calls`, `together`).

    together: so many in a row are of as many networks, and the next row is of the next layer.
    """
    reads = dict.fromkeys(each for call in calls for each in call.reads)
    writes = dict.fromkeys(each for call in calls for each in call.writes if each is not None)
    return Call(
        "stacked", tuple(reads), tuple(writes), {"calls": tuple(calls), "together": together}, calls[0].part, phase
    )


def _side_by_side(plan: Plan, buffers: Iterable[Buffer]) -> Plan:
    """Ask for these buffers to lie side by side, but for what has its place: parameters, data, members of a stack."""
    made = {each for call in plan.calls for each in call.writes}
    given = {each for call in plan.calls for each in call.reads} - made
    taken = {each for stack in plan.stacks for each in stack}
    own = tuple(each for each in buffers if each.base is None and each not in taken and each not in given)
    return replace(plan, stacks=(*plan.stacks, own)) if len(own) > 1 else plan
