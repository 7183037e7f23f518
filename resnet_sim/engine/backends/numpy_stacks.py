"""Stacks in NumPy: the same primitive for several arrays in one call, where they lie evenly spaced in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import as_strided

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.backends.numpy_lane import Lane
from resnet_sim.engine.plan import Buffer, Call, Operation

Arguments = tuple[Array, ...]

FEW = 4
"""Up to so many members of a stack with gaps take less time apart."""


def bind_stacked(calls: Sequence[Call], together: int, arrays: Mapping[Buffer, Array], lane: Lane) -> Operations:
    """As few operations as the places of the arrays allow: those of one primitive where all are evenly spaced.

    together: so many calls in a row are of as many networks; the next row is of the next layer.
    """
    if together > 1 and len(calls) > together:
        return _bind_rows([calls[k : k + together] for k in range(0, len(calls), together)], arrays, lane)
    arguments = [_arguments(call, arrays) for call in calls]
    operations: Operations = []
    for run in _evenly_spaced(arguments):
        if len(run) == 1:
            operations += lane.primitive(calls[0].primitive, run[0], calls[0].settings)
        else:
            stacks = tuple(_stack([each[place] for each in run]) for place in range(len(run[0])))
            made = lane.primitive(calls[0].primitive, stacks, calls[0].settings, stacked=True)
            operations += [each for operation in made for each in _without_gaps(operation)]
    return operations


def _bind_rows(rows: list[Sequence[Call]], arrays: Mapping[Buffer, Array], lane: Lane) -> Operations:
    """Layers of networks: arrays (layers, networks, *shape) where both are evenly spaced; else network by network."""
    arguments = [[_arguments(call, arrays) for call in row] for row in rows]
    across = {tuple(map(tuple, (_steps(a, b) for a, b in pairwise(row)))) for row in arguments}
    down = {tuple(_steps(a[0], b[0])) for a, b in pairwise(arguments)}
    even = len(across) == len(down) == 1 and len(set(next(iter(across)))) == 1
    if not even:
        return [each for column in zip(*rows, strict=True) for each in bind_stacked(column, 1, arrays, lane)]
    call = rows[0][0]
    stacks = tuple(
        _stack([_stack([each[place] for each in row]) for row in arguments]) for place in range(len(arguments[0][0]))
    )
    return lane.primitive(call.primitive, stacks, call.settings, stacked=True)


def _arguments(call: Call, arrays: Mapping[Buffer, Array]) -> Arguments:
    return tuple(arrays[each] for each in (*call.reads, *call.writes) if each is not None)


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


def _without_gaps(operation: Operation) -> Operations:
    """Where a stack has gaps, a call for each of a few members: element by element that takes less time (two of 32
    numbers: 0.32 us apart, 0.67 us with a gap, 0.16 us in one piece)."""
    function, arguments = operation
    written = function.keywords.get("out", ()) if isinstance(function, partial) else ()
    ufunc = function.func if isinstance(function, partial) else function
    if not isinstance(ufunc, np.ufunc) or ufunc is np.matmul:
        return [operation]
    arrays = [each for each in (*arguments, *written) if each.ndim]
    even = len({each.shape for each in arrays}) == 1
    if not even or len(arrays[0]) > FEW or all(each.flags.c_contiguous for each in arrays):
        return [operation]

    def member(of: tuple[Array, ...], k: int) -> tuple[Array, ...]:
        return tuple(each[k, ...] if each.ndim else each for each in of)

    members = range(len(arrays[0]))
    if written:
        return [(partial(ufunc, out=member(written, k)), member(arguments, k)) for k in members]
    return [(ufunc, member(arguments, k)) for k in members]
