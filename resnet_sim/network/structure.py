"""What is wrong with the wiring of a network, and the part of it that can still be followed from left to right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from resnet_sim.errors import sentence
from resnet_sim.layers.base import DataShape
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network import edits
from resnet_sim.network.graph import Block, Connection, Network
from resnet_sim.network.problems import Fix
from resnet_sim.network.view import View, cut_skips_back, needs, put_in_order, without_connection
from resnet_sim.network.wiring import drop_skips, is_add, is_input, is_output, put_on, take_out


def look_at(network: Network, data: DataShape | None) -> View:
    """The view of a network, however broken it is."""
    view = View()
    _ids(network, view)
    _ends(network, view, data)
    _connections(network, view)
    _skips(network, view)
    cut_skips_back(network, view)
    broken = put_in_order(network, view)
    _gaps(network, view, broken)
    if view.assumed:
        problems = list(view.problems)
        put_in_order(network, view)
        view.problems = problems  # a loop made by what is assumed is no problem of the network
    _blocks(network, view)
    return view


def _ids(network: Network, view: View) -> None:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    ids = (*(n.id for n in network.nodes), *(s.id for s in network.skips), *(b.id for b in network.blocks))
    for id in ids:
        if id in seen:
            twice[id] = None
        seen.add(id)
    for id in twice:
        place = id if id in network.by_id or id in network.skip_by_id else ""
        fix = Fix(sentence("Give the second a new id"), partial(_renamed, id=id))
        view.error(place, sentence("The id “{id}” is used twice.", id=id), fix)


def _renamed(network: Network, id: str) -> Network:
    taken = set(network.ids)
    first = True

    def fresh() -> str:
        nonlocal first
        if first:
            first = False
            return id
        name = next(name for name in (f"{id[:50]}_{n}" for n in range(2, len(taken) + 3)) if name not in taken)
        taken.add(name)
        return name

    return replace(
        network,
        nodes=tuple(replace(node, id=fresh()) if node.id == id else node for node in network.nodes),
        skips=tuple(replace(skip, id=fresh()) if skip.id == id else skip for skip in network.skips),
        blocks=tuple(replace(block, id=fresh()) if block.id == id else block for block in network.blocks),
    )


def _ends(network: Network, view: View, data: DataShape | None) -> None:
    inputs = [id for id, node in network.by_id.items() if is_input(node)]
    outputs = [id for id, node in network.by_id.items() if is_output(node)]
    view.fed.update(inputs)
    if not inputs:
        view.error("", sentence("The network has no input."), Fix(sentence("Add an input"), _with_input))
        root = next((node.id for node in network.nodes if node.id not in network.main_input), None)
        if root is not None:
            view.fed.add(root)
            view.assumed.add(root)
    for id in inputs[1:]:
        fix = Fix(sentence("Remove “{id}”", id=id), partial(_without, id=id))
        view.error(id, sentence("“{id}” is a second input; a network has one.", id=id), fix)
    if not outputs:
        kind = Regression if data is not None and data.task == "regression" else Softmax
        fix = Fix(sentence("Add {title}", title=kind.title), partial(_with_output, kind=kind))
        view.error("", sentence("The network has no output."), fix)
    for id in outputs[1:]:
        fix = Fix(sentence("Remove “{id}”", id=id), partial(_without, id=id))
        view.error(id, sentence("“{id}” is a second output; a network has one.", id=id), fix)


def _with_input(network: Network) -> Network:
    return edits.append(network, Input())


def _with_output(network: Network, kind: type[Softmax | Regression]) -> Network:
    grown = edits.add_layer(network, kind())
    return edits.connect(grown, edits.last_node(network), grown.nodes[-1].id) if network.nodes else grown


def _without(network: Network, id: str) -> Network:
    return take_out(network, id)


def _connections(network: Network, view: View) -> None:
    ends = [id for id, node in network.by_id.items() if is_output(node)]
    crowded: set[str] = set()
    for each in network.connections:
        cut = partial(without_connection, connection=each)
        if each.source not in network.by_id or each.target not in network.by_id:
            missing = each.target if each.source in network.by_id else each.source
            said = sentence(
                "The connection from “{a}” to “{b}” needs “{id}”, which is not there.",
                a=each.source,
                b=each.target,
                id=missing,
            )
            view.error("", said, Fix(sentence("Remove the connection"), cut))
        elif is_input(network.by_id[each.target]):
            said = sentence("“{source}” leads to the input; nothing can.", source=each.source)
            view.error(each.target, said, Fix(sentence("Remove the connection"), cut))
        elif each.target in view.main:
            if each.target not in crowded:
                crowded.add(each.target)
                said = sentence(
                    "“{id}” has two main paths coming in, from “{a}” and “{b}”.",
                    id=each.target,
                    a=view.main[each.target],
                    b=each.source,
                )
                keep = partial(_only_from, source=view.main[each.target], target=each.target)
                view.error(each.target, said, Fix(sentence("Keep “{a}”", a=view.main[each.target]), keep))
        elif is_output(network.by_id[each.source]):
            said = sentence("“{id}” is the output, but “{next}” comes behind it.", id=each.source, next=each.target)
            move = partial(_output_to_end, id=each.source)
            view.error(each.source, said, Fix(sentence("Move the output to the end"), move))
            _assume_output_last(network, view, each, alone=len(ends) == 1)
        else:
            view.main[each.target] = each.source


def _assume_output_last(network: Network, view: View, connection: Connection, *, alone: bool) -> None:
    output = connection.source
    before = network.main_input.get(output)
    if not alone or before not in network.by_id or network.outgoing[output] != (connection.target,):
        return
    moved = _output_to_end(network, output)
    view.main[connection.target] = str(before)
    view.assumed.add(connection.target)
    if moved.main_input.get(output) in network.by_id:
        view.main[output] = moved.main_input[output]
        view.assumed.add(output)


def _output_to_end(network: Network, id: str) -> Network:
    node = network.by_id[id]
    without = take_out(network, id)
    grown = replace(without, nodes=(*without.nodes, node))
    if not without.nodes:
        return grown
    return replace(grown, connections=(*grown.connections, Connection(edits.last_node(without), id)))


def _only_from(network: Network, source: str, target: str) -> Network:
    kept = [each for each in network.connections if each.target != target]
    return replace(network, connections=(*kept, Connection(source, target)))


def _skips(network: Network, view: View) -> None:
    for skip in network.skips:
        source, target = network.by_id.get(skip.source), network.by_id.get(skip.target)
        if source is None or target is None:
            missing = skip.source if source is None else skip.target
            said = sentence("Skip connection “{id}” needs “{end}”, which is not there.", id=skip.id, end=missing)
        elif not is_add(target):
            said = sentence("Skip connection “{id}” ends at “{end}”, not at (+).", id=skip.id, end=skip.target)
        elif is_output(source):
            said = sentence("Skip connection “{id}” starts at the output.", id=skip.id)
        else:
            view.skips.setdefault(skip.target, []).append(skip)
            continue
        view.error(skip.id, said, Fix(sentence("Remove the skip connection"), partial(drop_skips, ids={skip.id})))
    for id, node in network.by_id.items():
        if is_add(node) and id not in network.skips_into:
            said = sentence("No skip connection lands on (+) “{id}”.", id=id)
            view.error(id, said, Fix(sentence("Remove (+)"), partial(_without, id=id)))


def _gaps(network: Network, view: View, broken: set[str]) -> None:
    inputs = [id for id, node in network.by_id.items() if is_input(node)]
    output = next((id for id, node in network.by_id.items() if is_output(node)), None)
    last = edits.last_node(network) if network.nodes else None
    ends = _ends_reached(network, view)
    feeding = {skip.source for skips in view.skips.values() for skip in skips}
    loose = [id for id in ends if id not in feeding and id not in inputs[1:] and (output is not None or id != last)]
    roots = [id for id in network.by_id if id not in view.main and id not in view.fed and id not in broken]
    roots.sort(key=lambda id: is_output(network.by_id[id]))
    free = next(iter((*loose, *(id for id in ends if id in feeding))), None)
    upstream = _upstream(view, free)
    for root in roots:
        fixes = tuple(_ways_in(network, root, output, last))
        if free is not None and root not in upstream:
            edit = partial(_with_connection, connection=Connection(free, root))
            fixes = (Fix(sentence("Connect it to “{id}”", id=free), edit), _removal(root))
            view.main[root] = free
            view.assumed.add(root)
            loose = [id for id in loose if id != free]
            free = None
        view.error(root, sentence("Nothing leads to “{id}”.", id=root), *fixes)
    for id in loose:
        view.error(id, sentence("“{id}” leads nowhere.", id=id), _removal(id))


def _ends_reached(network: Network, view: View) -> list[str]:
    """The nodes that the data reach and that no main path leaves, without the outputs."""
    leading = set(view.main.values())
    reached: set[str] = set()
    for id in view.order:
        if id in view.fed or any(need in reached for need in needs(view, id)):
            reached.add(id)
    return [id for id in network.by_id if id in reached and id not in leading and not is_output(network.by_id[id])]


def _upstream(view: View, id: str | None) -> set[str]:
    found: set[str] = set()
    stack = [] if id is None else [id]
    while stack:
        at = stack.pop()
        if at not in found:
            found.add(at)
            stack += needs(view, at)
    return found


def _removal(id: str) -> Fix:
    return Fix(sentence("Remove “{id}”", id=id), partial(_without, id=id))


def _ways_in(network: Network, root: str, output: str | None, last: str | None) -> Iterator[Fix]:
    if root == output:
        if last is not None and last != root and not is_output(network.by_id[last]):
            edit = partial(_with_connection, connection=Connection(last, root))
            yield Fix(sentence("Connect it to “{id}”", id=last), edit)
    elif output is not None and root not in network.outgoing and root not in network.skips_from:
        before = network.main_input.get(output)
        if before in network.by_id and not is_add(network.by_id[root]) and before != output:
            yield Fix(sentence("Put it before the output"), partial(_put_before, id=root, output=output))
    yield _removal(root)


def _with_connection(network: Network, connection: Connection) -> Network:
    return replace(network, connections=(*network.connections, connection))


def _put_before(network: Network, id: str, output: str) -> Network:
    node = network.by_id[id]
    without = take_out(network, id)
    before = without.main_input.get(output)
    return put_on(without, Connection(before, output), (node,), block=None) if before is not None else without


def _blocks(network: Network, view: View) -> None:
    seen: dict[str, Block] = {}
    for block in network.blocks:
        found = [network.by_id[id] for id in block.nodes if id in network.by_id]
        if len(found) < len(block.nodes):
            said = sentence("Block “{id}” names layers that are not there.", id=block.id)
            view.error("", said, Fix(sentence("Take them out of the block"), _with_living_blocks))
        elif not any(node.layer.weighted for node in found):
            said = sentence("Block “{id}” has no layer with weights.", id=block.id)
            view.error("", said, Fix(sentence("Ungroup it"), _with_living_blocks))
        for id in block.nodes:
            if id in seen and id in network.by_id:
                said = sentence("“{id}” is in two blocks, “{a}” and “{b}”.", id=id, a=seen[id].id, b=block.id)
                view.error(id, said, Fix(sentence("Keep it in “{a}”", a=seen[id].id), _with_living_blocks))
            seen.setdefault(id, block)


def _with_living_blocks(network: Network) -> Network:
    taken: set[str] = set()
    blocks: list[Block] = []
    for block in network.blocks:
        members: list[str] = []
        for id in block.nodes:
            if id in network.by_id and id not in taken:
                taken.add(id)
                members.append(id)
        if any(network.by_id[id].layer.weighted for id in members):
            blocks.append(replace(block, nodes=tuple(members)))
    return replace(network, blocks=tuple(blocks))
