"""Plan -> plan for the GPU: calls that follow on each other become one kernel. Every buffer still gets its numbers.

add_rows | normalise, then (+), then g  -> joined               (a pass over memory for each was the cost)
moments, run_statistics                 -> moments_run
g_backward, then sum_rows of its result -> g_backward_sum
g_backward, then normalise_backward     -> g_normalise_backward
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from resnet_sim.engine.plan import Buffer, Call, Plan


def fused(plan: Plan) -> Plan:
    """The same plan in fewer calls. A call moves forward to what it is fused with; buffers are written once, so that
    is right whenever everything it reads is there by then."""
    waiting: dict[int, Call] = dict(enumerate(plan.calls))
    readers: dict[Buffer, list[int]] = {}
    for at, call in waiting.items():
        for each in dict.fromkeys(call.reads):
            readers.setdefault(each, []).append(at)
    written: set[Buffer] = set()
    later = {each.root for call in plan.calls for each in call.writes if each is not None}

    def there(buffer: Buffer) -> bool:
        return buffer.root in written or buffer.root not in later

    def meet(call: Call, meets: Meets) -> Call | None:
        """`call` fused with the first waiting call of the same phase that reads its results, and nothing later."""
        results = {each.root for each in call.writes if each is not None}
        for at in sorted({at for each in call.writes if each is not None for at in readers.get(each, ())}):
            other = waiting.get(at)
            if other is None or other.phase != call.phase:
                continue
            found = meets(call, other)
            if found is not None and all(each.root in results or there(each) for each in other.reads):
                del waiting[at]
                return found
        return None

    calls: list[Call] = []
    for at in range(len(plan.calls)):
        if at not in waiting:
            continue
        found = waiting.pop(at)
        for begins, meets in PAIRS:
            while found.primitive in begins and (both := meet(found, meets)) is not None:
                found = both
        calls.append(found)
        written.update(each.root for each in found.writes if each is not None)
    return replace(plan, calls=calls)


Meets = Callable[[Call, Call], Call | None]


def _statistics(call: Call, other: Call) -> Call | None:
    if other.primitive != "run_statistics" or other.reads != call.writes:
        return None
    return replace(
        call,
        primitive="moments_run",
        writes=(*call.writes, *other.writes),
        settings={**call.settings, **other.settings},
    )


def _joined(call: Call, other: Call) -> Call | None:
    """(+) of two terms or g behind what `call` gives last."""
    made = call.writes[-1]
    known = _JOINED.get(call.primitive, call.settings)
    settings = {"epsilon": 0.0, "function": "", "slope": 0.0, **known, **call.settings}
    if settings["function"] or made not in other.reads:
        return None
    if other.primitive == "g":
        reads, settings = call.reads, {**settings, **other.settings}
    elif other.primitive == "add" and len(other.reads) == 2 and not settings["adds"]:
        terms = [each for each in other.reads if each is not made]
        if len(terms) != 1:
            return None
        reads, settings = (*call.reads, terms[0]), {**settings, "adds": True}
    else:
        return None
    writes = (*call.writes, *other.writes)
    return replace(call, primitive="joined", reads=reads, writes=writes, settings=settings)


def _add_first(call: Call, other: Call) -> Call | None:
    """g behind a (+) of two terms that nothing could be fused with before."""
    if other.primitive != "g" or other.reads[0] is not call.writes[0] or len(call.reads) != 2:
        return None
    settings = {"before": "", "adds": True, "epsilon": 0.0, **other.settings}
    return replace(call, primitive="joined", writes=(*call.writes, *other.writes), settings=settings)


def _backward(call: Call, other: Call) -> Call | None:
    """The sums that batch norm or b takes of dz = da g'(z)."""
    dz = call.writes[0]
    settings = {**call.settings, **other.settings}
    if other.primitive == "sum_rows" and other.reads[0] is dz:
        return replace(call, primitive="g_backward_sum", writes=(dz, *other.writes), settings=settings)
    if other.primitive == "normalise_backward" and other.reads[-1] is dz:
        reads = (*call.reads, *other.reads[:-1])
        return replace(
            call, primitive="g_normalise_backward", reads=reads, writes=(dz, *other.writes), settings=settings
        )
    return None


_JOINED = {"add_rows": {"before": "add_rows", "adds": False}, "normalise": {"before": "normalise", "adds": False}}
PAIRS: tuple[tuple[frozenset[str], Meets], ...] = (
    (frozenset({"moments"}), _statistics),
    (frozenset({"add_rows", "normalise", "joined"}), _joined),
    (frozenset({"add"}), _add_first),
    (frozenset({"g_backward"}), _backward),
)
"""Which calls begin a fusion, and what they may be fused with."""
