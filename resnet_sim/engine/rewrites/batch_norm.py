"""Batch norm as lines: its per-channel numbers are worked out once, so that each image needs one line of arithmetic.

normalise:           factor, offset, 1/sigma = f(mean, variance, gamma, beta);  out = factor x + offset
normalise_backward:  dbeta = sum dy, s = sum dy x;  dgamma, B, C = f(s, dbeta, mean, ...);  dx = factor dy + B x + C

A line is a vector per channel laid out along a row of the image (n_W, n_C), or (n,) for vectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from resnet_sim.engine.plan import Buffer, Call, Plan


def batch_norm_in_lines(plan: Plan) -> Plan:
    """Split every `normalise` and `normalise_backward` into per-channel work and elementwise work."""
    calls: list[Call] = []
    forward: dict[Buffer, Call] = {}  # by the mean it reads
    for call in plan.calls:
        if call.primitive == "normalise":
            lines, affine = _forward(call)
            forward[call.reads[1]] = lines
            calls += (lines, affine)
        elif call.primitive == "normalise_backward":
            calls += _backward(call, forward[call.reads[1]])
        else:
            calls.append(call)
    return replace(plan, calls=calls)


def _line(x: Buffer) -> Buffer:
    return Buffer(x.shape[-2:] if len(x.shape) == 4 else x.shape[-1:])


def _forward(call: Call) -> tuple[Call, Call]:
    x, mean, variance, gamma, beta = call.reads
    factor, offset, inverse = _line(x), _line(x), Buffer(gamma.shape)
    return (
        replace(
            call, primitive="normalise_line", reads=(mean, variance, gamma, beta), writes=(factor, offset, inverse)
        ),
        replace(call, primitive="affine", reads=(x, factor, offset), settings={}),
    )


def _backward(call: Call, lines: Call) -> Iterator[Call]:
    x, mean, _, _, dy = call.reads
    dgamma, dbeta, dx = call.writes
    factor, _, inverse = lines.writes
    assert dbeta is not None
    assert factor is not None
    assert inverse is not None
    products = Buffer(dbeta.shape)
    b, c = _line(x), _line(x)
    yield replace(call, primitive="normalise_sums", reads=(x, dy), writes=(products, dbeta), settings={})
    yield replace(
        call,
        primitive="normalise_slopes",
        reads=(products, dbeta, mean, inverse, factor),
        writes=(dgamma, b, c),
        settings={"rows": prod(x.shape[:-1])},
    )
    if dx is not None:
        yield replace(call, primitive="blend", reads=(dy, factor, x, b, c), writes=(dx,), settings={})
