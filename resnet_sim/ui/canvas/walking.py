"""Where the arrow keys lead: from card to card along the main path, up to the skip connection, down again."""

from __future__ import annotations

from resnet_sim.network.graph import Network
from resnet_sim.ui.canvas.shapes import CardShape, GateShape, MergeShape, Plan, SkipShape


def stops(network: Network, plan: Plan) -> tuple[str, ...]:
    """The keys of all cards, (+) and g that stand alone, in the order of the main path."""
    order = network.order() or tuple(network.by_id)
    found: dict[str, None] = {}
    for id in order:
        key = plan.stands_for.get(id, id)
        shape = plan.shapes.get(key)
        if isinstance(shape, GateShape) and isinstance(plan.shapes.get(network.main_input.get(id, "")), MergeShape):
            host = plan.shapes[network.main_input[id]]
            if isinstance(host, MergeShape) and host.behind is not None:
                continue  # it is glued to its (+)
        if isinstance(shape, CardShape | MergeShape | GateShape):
            found[key] = None
    return tuple(found)


def beside(network: Network, plan: Plan, id: str, step: int) -> str:
    """The next stop along the main path (1) or the one before (-1); for a skip connection the next skip connection."""
    if isinstance(plan.shapes.get(id), SkipShape):
        return _next_of(arcs(plan), id, step)
    found = stops(network, plan)
    if not found:
        return ""
    at = plan.stands_for.get(id, id)
    node = network.by_id.get(at)
    if at not in found and node is not None and network.main_input.get(at) in found:
        at = network.main_input[at]  # a g glued to its (+)
        if step < 0:
            return at
    if at not in found:
        return found[0] if step > 0 else found[-1]
    if node is not None:
        way = network.outgoing.get(_leaving(network, plan, at), ()) if step > 0 else (network.main_input.get(at, ""),)
        for each in way:
            key = plan.stands_for.get(each, each)
            if key in found and key != at:
                return key
    return _next_of(found, at, step)


def _leaving(network: Network, plan: Plan, key: str) -> str:
    """The last node that a stop shows."""
    shown = [id for id, host in plan.stands_for.items() if host == key]
    for after in network.outgoing.get(key, ()):
        if after in shown or _glued(plan, key, after):
            return after
    return key


def _glued(plan: Plan, key: str, after: str) -> bool:
    host, shape = plan.shapes.get(key), plan.shapes.get(after)
    return isinstance(host, MergeShape) and isinstance(shape, GateShape) and host.behind == shape.box.x


def _next_of(found: tuple[str, ...], id: str, step: int) -> str:
    at = found.index(id) + step
    return found[at] if 0 <= at < len(found) else id


def arcs(plan: Plan) -> tuple[str, ...]:
    """The skip connections from left to right."""
    shown = [shape for shape in plan.shapes.values() if isinstance(shape, SkipShape)]
    return tuple(shape.id for shape in sorted(shown, key=lambda each: (each.x0, each.x1)))


def above(plan: Plan, id: str) -> str:
    """The lowest skip connection over a card, or the one that begins or ends at it; "" if there is none."""
    box = plan.box(id)
    if box is None:
        return ""
    best: tuple[float, str] | None = None
    for shape in plan.shapes.values():
        if isinstance(shape, SkipShape):
            left, right = min(shape.x0, shape.x1), max(shape.x0, shape.x1)
            over = left <= box.middle <= right
            near = over or abs(left - box.right) < 60 or box.holds(right, box.axis, 4)
            rank = (right - left) + (0 if over else 10_000)
            if near and (best is None or rank < best[0]):
                best = rank, shape.id
    return best[1] if best is not None else ""


def pill_beside(plan: Plan, id: str, step: int) -> str:
    """The skip connection whose pill Tab (1) or Shift+Tab (-1) leads to, "" where there is none any more.

    From one it is the next one; from a layer or block the one over it, else the first one on the way.
    """
    found = arcs(plan)
    if id in found:
        at = found.index(id) + step
        return found[at] if 0 <= at < len(found) else ""
    box = plan.box(id) if id else None
    if box is None:
        return found[0 if step > 0 else -1] if found else ""
    over, way = above(plan, id), found[::step]
    return over or next((each for each in way if step * (plan.box(each) or box).middle >= step * box.middle), "")


def below(network: Network, plan: Plan, skip: str, came_from: str) -> str:
    """Back down from a skip connection: to the card one came from, else to where it begins."""
    if came_from in plan.shapes and came_from in network.by_id:
        return came_from
    found = network.skip_by_id.get(skip)
    return plan.stands_for.get(found.source, found.source) if found is not None else ""


def ahead_of(network: Network, plan: Plan, id: str) -> tuple[str, ...]:
    """The stops that come after a stop, for what may end there."""
    found = stops(network, plan)
    at = plan.stands_for.get(id, id)
    if at not in found:
        at = network.main_input.get(at, "")
    return found[found.index(at) + 1 :] if at in found else ()
