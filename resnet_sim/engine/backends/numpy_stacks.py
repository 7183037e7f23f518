"""Stacks in NumPy: the same primitive for several arrays in one call, where they lie evenly spaced in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from numpy.lib.stride_tricks import as_strided

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.backends.numpy_lane import Lane
from resnet_sim.engine.plan import Buffer, Call

Arguments = tuple[Array, ...]


def bind_stacked(calls: tuple[Call, ...], arrays: Mapping[Buffer, Array], lane: Lane) -> Operations:
    """As few operations as the places of the arrays allow: those of one primitive where all are evenly spaced."""
    arguments = [tuple(arrays[each] for each in (*call.reads, *call.writes) if each is not None) for call in calls]
    operations: Operations = []
    for run in _evenly_spaced(arguments):
        if len(run) == 1:
            operations += lane.primitive(calls[0].primitive, run[0], calls[0].settings)
        else:
            stacks = tuple(_stack([each[place] for each in run]) for place in range(len(run[0])))
            operations += lane.primitive(calls[0].primitive, stacks, calls[0].settings, stacked=True)
    return operations


def _evenly_spaced(arguments: list[Arguments]) -> Iterator[list[Arguments]]:
    """Runs in which each argument lies as far from the one before as all others of its place."""
    run: list[Arguments] = []
    for each in arguments:
        if len(run) > 1 and _steps(run[0], run[1]) != _steps(run[-1], each):
            yield run
            run = []
        run.append(each)
    yield run


def _steps(a: Arguments, b: Arguments) -> list[int]:
    return [_address(second) - _address(first) for first, second in zip(a, b, strict=True)]


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _stack(arrays: list[Array]) -> Array:
    """(L, *shape): L arrays of one shape as one, without a copy."""
    first = arrays[0]
    step = _address(arrays[1]) - _address(first)
    return as_strided(first, (len(arrays), *first.shape), (step, *first.strides))
