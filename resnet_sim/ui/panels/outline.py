"""The network as a tree of rows: blocks with their layers, in the order of the main path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError
from resnet_sim.layers.base import Category, Layer, Role, Shape, size_text
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.network.graph import Block, Network, Skip
from resnet_sim.network.parts import Part, layer_numbers, parts
from resnet_sim.ui.plots.chart import nice_top

_ = translator()

Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)
NORM = ROW + 1
COLUMNS = (_("Layer"), _("Output"), _("Parameters"), "")
NORM_COLUMN = 3
_NOWHERE = QModelIndex()
_FUNCTIONS = {"none": "", "relu": "ReLU", "leaky_relu": _("leaky ReLU"), "tanh": "tanh", "sigmoid": "sigmoid"}


@dataclass(frozen=True)
class Row:
    """One line of the tree. id: a node, a skip with a learned shortcut, or a block.

    number: l of a weighted layer, else None. tex: the sum of a (+), as maths. relu: its ReLU is on this line. weight:
    the name of its weights in the record ("conv1/W"), "" without. role: the colour of its text. children: the rows of
    a block.
    """

    id: str
    text: str
    number: int | None = None
    tex: str = ""
    shape: Shape | None = None
    parameters: int = 0
    weight: str = ""
    spoken: str = ""
    role: str = "ink"
    relu: bool = False
    children: tuple[Row, ...] = field(default=())


def rows(network: Network, data: Shape | None) -> tuple[Row, ...]:
    """The rows of a network; sizes and parameters are left out while the network has problems."""
    return _Rows(network, data).top()


class _Rows:
    def __init__(self, network: Network, data: Shape | None) -> None:
        self.network = network
        self.numbers = layer_numbers(network)
        self.parts = _known_parts(network, data)
        self.order = network.order() or tuple(node.id for node in network.nodes)
        self.block_numbers = {block.id: number for number, block in enumerate(network.blocks, 1)}
        self.absorbed = {id: after for id in self.order if (after := self._follower(id)) is not None}

    def top(self) -> tuple[Row, ...]:
        made: list[Row] = []
        done: set[str] = set()
        taken = set(self.absorbed.values())
        at = {id: place for place, id in enumerate(self.order)}
        for id in self.order:
            block = self.network.block_of.get(id)
            if block is None:
                if id not in taken:
                    made += self._lines(id)
            elif block.id not in done:
                done.add(block.id)
                members = sorted((each for each in block.nodes if each in at and each not in taken), key=at.__getitem__)
                made.append(self._block(block, tuple(line for each in members for line in self._lines(each))))
        return tuple(made)

    def _block(self, block: Block, children: tuple[Row, ...]) -> Row:
        number = self.block_numbers[block.id]
        text = _block_words(block.kind).format(number=number)
        total = sum(child.parameters for child in children)
        last = children[-1].shape if children else None
        said = _("{text}, {count} lines").format(text=text, count=len(children))
        role = "ink" if block.kind == "plain" else "skip"
        return Row(block.id, text, shape=last, parameters=total, spoken=said, role=role, children=children)

    def _lines(self, id: str) -> list[Row]:
        layer = self.network.by_id[id].layer
        part = self.parts.get(id)
        made = [self._skip(skip) for skip in self.network.skips_into.get(id, ()) if skip.shortcut != "identity"]
        after = self.network.by_id[self.absorbed[id]].layer if id in self.absorbed else None
        function = _FUNCTIONS.get(after.function, "") if isinstance(after, Activation) else ""
        words = kind_words(layer)
        spoken = f"{words}, {function}" if function else words
        relu = function == "ReLU"
        number = self.numbers[id] if layer.weighted and id in self.numbers else None
        shape = part.shape if part else None
        made.append(
            Row(
                id,
                words if relu else spoken,
                number,
                self._sum(id) if _is_add(layer) else "",
                shape,
                _count(part),
                _weight_name(part),
                self._spoken(id, spoken, number, shape),
                relu=relu,
            )
        )
        return made

    def _skip(self, skip: Skip) -> Row:
        part = self.parts.get(skip.id)
        learned = skip.shortcut == "learned"
        text = _("W_s on the skip path") if learned else _("zero padding on the skip path")
        tex = r"\skip{W_s}\text{  skip path}" if learned else ""
        return Row(skip.id, text, None, tex, part.shape if part else None, _count(part), _weight_name(part), text)

    def _sum(self, id: str) -> str:
        main = rf"\act{{z^{{[{self.numbers.get(id, 0)}]}}}}"
        terms = [main]
        for skip in self.network.skips_into.get(id, ()):
            symbol = rf"a^{{[{self.numbers.get(skip.source, 0)}]}}" if self.numbers.get(skip.source, 0) else "x"
            terms.append(rf"\skip{{W_s {symbol}}}" if skip.shortcut == "learned" else rf"\skip{{{symbol}}}")
        return "+".join(terms)

    def _spoken(self, id: str, text: str, number: int | None, shape: Shape | None) -> str:
        block = self.network.block_of.get(id)
        said = [_("Layer {number}").format(number=number)] if number is not None else []
        said.append(text)
        if shape:
            said.append(_("output {size}").format(size=size_text(shape)))
        if block is not None:
            said.append(_("inside {block}").format(block=block.id))
        return ", ".join(said)

    def _follower(self, id: str) -> str | None:
        """The activation that stands right behind a layer and is shown on its line."""
        after = self.network.outgoing.get(id, ())
        if len(after) != 1 or self.network.by_id[id].layer.category in (Category.ACTIVATION, Category.INPUT):
            return None
        follower = self.network.by_id[after[0]]
        same_block = self.network.block_of.get(id) is self.network.block_of.get(after[0])
        return after[0] if isinstance(follower.layer, Activation) and same_block else None


def _known_parts(network: Network, data: Shape | None) -> Mapping[str, Part]:
    if data is None:
        return {}
    try:
        return {part.id: part for part in parts(network, data)}
    except ResNetSimError:
        return {}


def _is_add(layer: Layer) -> bool:
    return layer.category is Category.MERGE


def _count(part: Part | None) -> int:
    return sum(prod(each.shape) for each in part.parameters if each.learned) if part else 0


def _weight_name(part: Part | None) -> str:
    names = [each.name for each in part.parameters if each.role is Role.WEIGHT] if part else []
    return f"{part.id}/{names[0]}" if part and names else ""


def kind_words(layer: Layer) -> str:
    """A layer in a few words; how many units or channels it has stands in its output size."""
    if isinstance(layer, Conv2D):
        if layer.stride > 1:
            return _("Conv {size}×{size}, /{stride}").format(size=layer.size, stride=layer.stride)
        return _("Conv {size}×{size}").format(size=layer.size)
    if isinstance(layer, Activation):
        return _FUNCTIONS.get(layer.function, "") or layer.title
    return layer.title


def _block_words(kind: str) -> str:
    return {
        "residual": _("Residual block {number}"),
        "pre_activation": _("Pre-activation block {number}"),
        "bottleneck": _("Bottleneck block {number}"),
        "plain": _("Plain block {number}"),
    }[kind]


class OutlineModel(QAbstractItemModel):
    """The rows for a tree view; the last column carries (norm now, norm at the start, full scale) while training."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._top: tuple[Row, ...] = ()
        self._norms: dict[str, tuple[float, float]] = {}
        self._scale = 1.0

    def show_rows(self, top: tuple[Row, ...]) -> None:
        """Show another network."""
        if top != self._top:
            self.beginResetModel()
            self._top = top
            self._norms = {}
            self.endResetModel()

    def show_norms(self, norms: Mapping[str, tuple[float, float]]) -> None:
        """weights -> (now, start). Only rows whose number looks different are drawn again."""
        largest = max((max(pair) for pair in norms.values()), default=0.0)
        scale = nice_top(largest) if largest > 0 else 1.0
        rescaled, self._scale = scale != self._scale, scale
        for index in self.indexes():
            weight = self.row(index).weight
            if weight in norms and (rescaled or _looks(norms[weight]) != _looks(self._norms.get(weight))):
                self._norms[weight] = norms[weight]
                cell = index.siblingAtColumn(NORM_COLUMN)
                self.dataChanged.emit(cell, cell, [int(Qt.ItemDataRole.DisplayRole), NORM])

    def forget_norms(self) -> None:
        """No measured norms any more."""
        self._norms = {}
        for index in self.indexes():
            cell = index.siblingAtColumn(NORM_COLUMN)
            self.dataChanged.emit(cell, cell, [int(Qt.ItemDataRole.DisplayRole), NORM])

    def indexes(self) -> list[QModelIndex]:
        """The index of every row, blocks before their layers."""
        found = []
        for i, row in enumerate(self._top):
            found.append(self.index(i, 0))
            found += [self.index(k, 0, found[-1]) for k in range(len(row.children))]
        return found

    def row(self, index: Index) -> Row:
        """The row at an index."""
        block = index.internalId()
        return self._top[index.row()] if block == 0 else self._top[block - 1].children[index.row()]

    def index_of(self, id: str) -> QModelIndex:
        """Where the row of that id is; an invalid index if there is none."""
        return next((index for index in self.indexes() if self.row(index).id == id), QModelIndex())

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override] # Qt has a second one without index
        block = index.internalId() if index.isValid() else 0
        return self.createIndex(block - 1, 0, 0) if block else QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        if not parent.isValid():
            return len(self._top)
        return len(self._top[parent.row()].children) if parent.internalId() == 0 and parent.column() == 0 else 0

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return len(COLUMNS)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        row = self.row(index)
        if role == ROW:
            return row
        if role == NORM:
            norms = self._norms.get(row.weight)
            return (*norms, self._scale) if norms else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken if index.column() == 0 else self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.spoken
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return COLUMNS[section] or _("Norm of W, now and at the start")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            if section == 0:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, row: Row, column: int) -> str:
        if column == 0:
            return row.text
        if column == 1:
            return size_text(row.shape) if row.shape else ""
        if column == 2:
            return f"{row.parameters:,}".replace(",", "\u202f") if row.parameters else ""
        norms = self._norms.get(row.weight)
        return norm_text(norms[0]) if norms else ""


def norm_text(value: float) -> str:
    """Three digits that do not jump: 0.041, 1.72, 24.1."""
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _looks(norms: tuple[float, float] | None) -> str:
    return f"{norms[0]:.3g} {norms[1]:.3g}" if norms else ""
