"""Both gradients of a convolution from one set of patches: those of dz serve dx and, turned round, dW too."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.engine.plan import Call, Plan


def convolution_gradients_together(plan: Plan) -> Plan:
    """Join `convolve_dW` with the `convolve_dx` of the same dz into `convolve_backward` (x, dz, W -> dW, dx)."""
    spread = {(call.part, call.reads[0]): call for call in plan.calls if call.primitive == "convolve_dx"}
    joined: set[int] = set()
    calls: list[Call] = []
    for call in plan.calls:
        other = spread.get((call.part, call.reads[1])) if call.primitive == "convolve_dW" else None
        if other is not None:
            (x, dz), (_, W) = call.reads, other.reads
            joined.add(id(other))
            call = replace(call, primitive="convolve_backward", reads=(x, dz, W), writes=(*call.writes, *other.writes))
        if id(call) not in joined:
            calls.append(call)
    return replace(plan, calls=calls)
