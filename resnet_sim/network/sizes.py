"""Sizes from left to right: what does not fit, how to make it fit, and the sizes behind it as if that were done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from itertools import pairwise
from math import prod

from resnet_sim.errors import ResNetSimError, Sentence, ShapeError, sentence
from resnet_sim.layers.base import Category, DataShape, Layer, Shape, size_text
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.layers.shortcuts import shortcut_between
from resnet_sim.network import edits
from resnet_sim.network.graph import Connection, Network, Node, Skip
from resnet_sim.network.problems import Fix, value_name
from resnet_sim.network.view import View
from resnet_sim.network.wiring import block_on, drop_skips, is_add, is_input, is_output, new_id, put_on, take_out

MOST_UNITS = 65536
LONGEST_SPAN = 100  # nodes under a skip that are searched for “valid” padding
TASKS = {"softmax": "classification", "regression": "regression"}


class Sizes:
    """Finds all sizes of a view in its order. `shapes`, `assumed` and `parameters` are as in Report."""

    def __init__(self, network: Network, view: View, data: DataShape, numbers: Mapping[str, int]) -> None:
        self.network = network
        self.view = view
        self.data = data
        self.numbers = numbers
        self.shapes: dict[str, Shape] = {}
        self.assumed: set[str] = set()
        self.parameters: dict[str, int] = {}
        self._given: dict[str, Shape] = {}  # what those behind a node see: its size, or flattened by a fix
        for id in view.order:
            self._find(network.by_id[id])

    def _find(self, node: Node) -> None:
        source = self.view.main.get(node.id)
        if node.id in self.view.fed:
            came: Shape | None = self.data.input
        else:
            came = self._given.get(source) if source is not None else None
        if came is None:
            return
        if node.id in self.view.assumed or source in self.assumed:
            self.assumed.add(node.id)
        if is_add(node):
            shape: Shape | None = self._add(node.id, source, came)
        else:
            shape = self._layer(node, source, came)
        if shape is not None:
            self.shapes[node.id] = self._given[node.id] = shape

    def _layer(self, node: Node, source: str | None, came: Shape) -> Shape | None:
        if is_output(node):
            self._task(node)
        try:
            shape, self.parameters[node.id] = _passed(node.layer, came)
        except ShapeError as error:
            said = sentence("{title} “{id}” {what}.", title=node.layer.title, id=node.id, what=error.sentence)
            return self._unfit(node, source, came, said)
        return self._output(node, source, shape) if is_output(node) else shape

    def _unfit(self, node: Node, source: str | None, came: Shape, said: Sentence) -> Shape | None:
        fixes: list[Fix] = []
        shapes: list[Shape] = []
        for fix, layer, seen in self._ways(node, source, came):
            try:
                shapes.append(layer.output_shape((seen,)) if layer is not None else seen)
            except ShapeError:
                continue
            if not fixes:
                if seen != came and source is not None and self._shared(source):
                    self._given[source] = seen
                if layer is not None and not is_output(node):
                    self.parameters[node.id] = _learned(layer, seen)
            fixes.append(fix)
        self.view.error(node.id, said, *fixes)
        if fixes:
            self.assumed.add(node.id)
        return shapes[0] if shapes else None

    def _ways(self, node: Node, source: str | None, came: Shape) -> Iterator[tuple[Fix, Layer | None, Shape]]:
        """Fixes of a layer that does not fit, with the layer and its input after each; None: the layer goes."""
        layer, id = node.layer, node.id
        if isinstance(layer, Conv2D) and len(came) == 3:
            yield from _other_windows(id, layer, came)
        elif isinstance(layer, MaxPool | AveragePool) and len(came) == 3:
            fitting = replace(layer, size=max(1, min(*came[:2], 32)))
            label = sentence("Use a window of {f}", f=min(came[:2]))
            yield Fix(label, partial(edits.replace_layer, node_id=id, layer=fitting)), fitting, came
        if len(came) == 3 and source is not None:
            flat = (prod(came),)
            n = self.data.outputs
            if is_output(node) and 1 <= n <= MOST_UNITS:
                chain: tuple[Layer, ...] = (Flatten(), Dense(n))
                label = sentence("Add Flatten and FC with {n} units", n=n)
                yield Fix(label, partial(_put_before, source=source, id=id, layers=chain)), layer, (n,)
            elif self._shared(source):
                yield Fix(sentence("Add Flatten"), partial(_put_behind, id=source, layer=Flatten())), layer, flat
            else:
                edit = partial(_put_before, source=source, id=id, layers=(Flatten(),))
                yield Fix(sentence("Add Flatten before it"), edit), layer, flat
        if isinstance(layer, Conv2D) and len(came) == 1:
            dense = Dense(layer.filters, layer.bias, layer.start, layer.start_scale, layer.start_sigma)
            yield Fix(sentence("Use FC instead"), partial(edits.replace_layer, node_id=id, layer=dense)), dense, came
        if not is_output(node) and not is_input(node):
            yield Fix(sentence("Remove “{id}”", id=id), partial(_without, id=id)), None, came

    def _shared(self, source: str) -> bool:
        """Whether skips leave a node beside its one connection: a layer behind it goes behind both."""
        return bool(self.network.skips_from.get(source)) and len(self.network.outgoing.get(source, ())) == 1

    def _task(self, node: Node) -> None:
        task = TASKS.get(node.layer.kind, self.data.task)
        if task != self.data.task:
            new = Softmax() if self.data.task == "classification" else Regression()
            said = sentence("The data have numbers to predict, but “{id}” gives probabilities of classes.", id=node.id)
            if self.data.task == "classification":
                said = sentence("The data have classes, but “{id}” gives plain values.", id=node.id)
            edit = partial(edits.replace_layer, node_id=node.id, layer=new)
            self.view.error(node.id, said, Fix(sentence("Use {title}", title=new.title), edit))

    def _output(self, node: Node, source: str | None, shape: Shape) -> Shape:
        n = self.data.outputs
        if shape == (n,) or source is None or not 1 <= n <= MOST_UNITS:
            return shape
        template = "{value} has {k} values, but the data have {n} to predict."
        if self.data.task == "classification":
            template = "{value} has {k} values, but the data have {n} classes."
        value = value_name(self.network, self.numbers, source)
        last = self._last_dense(source)
        fixes: list[Fix] = []
        if last is not None:
            edit = partial(edits.set_setting, node_id=last, name="units", value=n)
            fixes.append(Fix(sentence("Give “{id}” {n} units", id=last, n=n), edit))
        edit = partial(_put_before, source=source, id=node.id, layers=(Dense(n),))
        fixes.append(Fix(sentence("Add FC with {n} units", n=n), edit))
        self.view.error(node.id, sentence(template, value=value, k=shape[0], n=n), *fixes)
        self.assumed.add(node.id)
        return (n,)

    def _last_dense(self, id: str | None) -> str | None:
        passing = (Category.ACTIVATION, Category.NORMALISATION, Category.REGULARISATION)
        while id is not None and len(self.network.outgoing.get(id, ())) == 1 and not self.network.skips_from.get(id):
            layer = self.network.by_id[id].layer
            if isinstance(layer, Dense):
                return id
            if layer.category not in passing:
                return None
            id = self.view.main.get(id)
        return None

    def _add(self, id: str, source: str | None, main: Shape) -> Shape:
        first: Shape | None = None
        for skip in self.view.skips.get(id, ()):
            came = self._given.get(skip.source)
            if came is None:
                continue
            if skip.source in self.assumed:
                self.assumed.add(id)
            said: Sentence | None = None
            try:
                brought, self.parameters[skip.id] = _brought(skip, came, main)
            except ResNetSimError as error:
                said = sentence("Skip connection “{id}” {what}.", id=skip.id, what=error.sentence)
            else:
                self.shapes[skip.id] = brought
                if skip.enabled and brought != main:
                    said = sentence(
                        "{main} is {a}, but {skip} on the skip path is {b}.",
                        main=value_name(self.network, self.numbers, source or id),
                        a=size_text(main),
                        skip=value_name(self.network, self.numbers, skip.source),
                        b=size_text(brought),
                    )
            if said is not None:
                ways = list(self._joining(skip, came, main))
                self.view.error(skip.id, said, *(fix for fix, _, _ in ways))
                self.shapes[skip.id], after = ways[0][1:]
                first = first or after
                self.assumed.update((id, skip.id))
        return first or main

    def _joining(self, skip: Skip, came: Shape, main: Shape) -> Iterator[tuple[Fix, Shape, Shape]]:
        """Fixes of a skip that does not fit, with what it brings and the size of (+) after each."""
        valid = self._same_padding(skip, came)
        if valid and skip.shortcut == "identity":
            yield Fix(sentence("Use “same” padding"), partial(_with_same_padding, ids=valid)), came, came
        for shortcut, label in (("learned", sentence("Add W_s")), ("zero_pad", sentence("Pad with zeros"))):
            if shortcut != skip.shortcut:
                try:
                    brought, _ = _brought(replace(skip, shortcut=shortcut), came, main)
                except ResNetSimError:
                    continue
                yield Fix(label, partial(_with_shortcut, id=skip.id, shortcut=shortcut)), brought, main
        yield Fix(sentence("Remove the skip connection"), partial(drop_skips, ids={skip.id})), came, main

    def _same_padding(self, skip: Skip, came: Shape) -> tuple[str, ...]:
        """The convolutions under the skip whose “valid” padding is what makes the sizes differ."""
        if len(came) != 3:
            return ()
        under: list[Node] = []
        at = self.view.main.get(skip.target)
        while at is not None and at != skip.source and len(under) < LONGEST_SPAN:
            under.append(self.network.by_id[at])
            at = self.view.main.get(at)
        if at != skip.source:
            return ()
        valid: list[str] = []
        shape: Shape = came
        for node in reversed(under):
            layer = node.layer
            if isinstance(layer, Conv2D) and layer.padding == "valid" and layer.size % 2:
                valid.append(node.id)
                layer = replace(layer, padding="same")
            try:
                shape = layer.output_shape((shape,))
            except ShapeError:
                return ()
        return tuple(valid) if shape == came else ()


@lru_cache(maxsize=256)  # a deep network has many equal layers
def _passed(layer: Layer, came: Shape) -> tuple[Shape, int]:
    """The size of the output and how many numbers the layer learns. Raises ShapeError."""
    return layer.output_shape((came,)), _learned(layer, came)


def _learned(layer: Layer, came: Shape) -> int:
    return sum(prod(each.shape) for each in layer.parameters((came,)) if each.learned)


def _brought(skip: Skip, came: Shape, main: Shape) -> tuple[Shape, int]:
    """What a skip brings to (+), and how many numbers it learns."""
    layer = shortcut_between(skip.shortcut, came, main, skip.start, skip.start_scale, skip.start_sigma)
    if layer is None:
        return came, 0
    brought = layer.output_shape((came,))
    norm = _learned(BatchNorm(), brought) if skip.batch_norm and skip.shortcut == "learned" else 0
    return brought, _learned(layer, came) + norm


def _other_windows(id: str, layer: Conv2D, came: Shape) -> Iterator[tuple[Fix, Layer | None, Shape]]:
    if layer.padding == "same":
        odd = layer.size + 1 if layer.size < 15 else layer.size - 1
        found = [(sentence("Use f = {f}", f=odd), replace(layer, size=odd))]
        found.append((sentence("Use “valid” padding"), replace(layer, padding="valid")))
    else:
        found = [(sentence("Use “same” padding"), replace(layer, padding="same"))]
        fitting = min(*came[:2], 15)
        if fitting >= 1:
            found.append((sentence("Use f = {f}", f=fitting), replace(layer, size=fitting)))
    for label, new in found:
        yield Fix(label, partial(edits.replace_layer, node_id=id, layer=new)), new, came


def _put_before(network: Network, source: str, id: str, layers: tuple[Layer, ...]) -> Network:
    chain: list[Node] = []
    for layer in layers:
        chain.append(Node(new_id(network, layer), layer))  # layers of one fix are of different kinds
    on = Connection(source, id)
    if on in network.connections:
        return put_on(network, on, tuple(chain), block=block_on(network, on))
    inner = [Connection(a, b) for a, b in pairwise((*(node.id for node in chain), id))]
    return replace(network, nodes=(*network.nodes, *chain), connections=(*network.connections, *inner))


def _put_behind(network: Network, id: str, layer: Layer) -> Network:
    return edits.insert_after(network, id, layer)


def _without(network: Network, id: str) -> Network:
    return take_out(network, id)


def _with_same_padding(network: Network, ids: tuple[str, ...]) -> Network:
    for id in ids:
        network = edits.set_setting(network, id, "padding", "same")
    return network


def _with_shortcut(network: Network, id: str, shortcut: str) -> Network:
    return network.with_skip(replace(network.skip(id), shortcut=shortcut))
