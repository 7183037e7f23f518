"""The layers panel: the network as a tree, with live weight norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QItemSelection, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QShowEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from resnet_sim.assets import translator
from resnet_sim.ui import formula, icons
from resnet_sim.ui.panels.controls import label, row
from resnet_sim.ui.panels.outline import NORM, NORM_COLUMN, ROW, Index, OutlineModel, Row, norm_text
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()

NUMBER_WIDTH = 20
BAR_WIDTH = 40


class LayerDelegate(QStyledItemDelegate):
    """Paints a line: the number l and the name (or a sum as maths); the norm as a bar with a tick at its start."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(40, 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found = index.data(ROW)
        if not isinstance(found, Row) or index.column() not in (0, NORM_COLUMN):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        if index.column() == 0:
            self._paint_name(painter, rect, found)
        else:
            norms = index.data(NORM)
            if norms:
                self._paint_norm(painter, rect, *norms)
        painter.restore()

    def _paint_name(self, painter: QPainter, rect: QRect, found: Row) -> None:
        theme = self._look.theme
        x, base = rect.left() + 2.0, rect.center().y() + 5.0
        if found.children:
            painter.setPen(theme.text(found.role))
            painter.setFont(font(13, 600))
            painter.drawText(QPointF(x, base), self._elided(found.text, rect.width() - 6, 600))
            return
        if found.number is not None:
            painter.setPen(theme.color("ink3"))
            painter.setFont(font(12))
            width = metrics(12).horizontalAdvance(str(found.number))
            painter.drawText(QPointF(x + NUMBER_WIDTH - 7 - width, base), str(found.number))
        x += NUMBER_WIDTH
        if found.tex:
            painter.setClipRect(rect)
            x += formula.draw(painter, x, base, found.tex, 14, theme)
        else:
            text = self._elided(found.text, rect.right() - x - (21 if found.relu else 4), 400)
            painter.setPen(theme.color("ink"))
            painter.setFont(font(13))
            painter.drawText(QPointF(x, base), text)
            x += metrics(13).horizontalAdvance(text)
        if found.relu:
            icons.draw(painter, "relu", x + 7, rect.center().y() - 6.0, 13, theme.color("ink2"))

    def _elided(self, text: str, width: float, weight: int) -> str:
        return metrics(13, weight).elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _paint_norm(self, painter: QPainter, rect: QRect, now: float, start: float, scale: float) -> None:
        theme = self._look.theme
        text = norm_text(now)
        right = rect.right() - 10.0
        painter.setPen(theme.text("wt"))
        painter.setFont(font(13))
        painter.drawText(QPointF(right - metrics(13).horizontalAdvance(text), rect.center().y() + 5.0), text)
        left, middle = right - 42 - BAR_WIDTH, rect.center().y() + 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(QRectF(left, middle - 2, BAR_WIDTH, 4), 2, 2)
        painter.setBrush(theme.color("wt"))
        painter.drawRoundedRect(QRectF(left, middle - 2, BAR_WIDTH * min(now / scale, 1.0), 4), 2, 2)
        tick = round(left + BAR_WIDTH * min(start / scale, 1.0)) + 0.5
        painter.setPen(QPen(theme.color("ink"), 1.6))
        painter.drawLine(QPointF(tick, middle - 5), QPointF(tick, middle + 5))


class LayerTree(QTreeView):
    """The tree. Its branch signs are painted in the current ink."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        look.changed.connect(self.viewport().update)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """The selected row has a bar of ink at its left while the keyboard is here."""
        chosen = self.selectionModel().isRowSelected(index.row(), index.parent())
        rect: QRect = option.rect
        if chosen:
            painter.fillRect(rect, self._look.theme.color("select"))
        plain = QStyleOptionViewItem(option)
        plain.state &= ~QStyle.StateFlag.State_HasFocus
        super().drawRow(painter, plain, index)
        if chosen and self.hasFocus():
            painter.fillRect(0, rect.top(), 3, rect.height(), self._look.theme.color("ink"))

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:  # noqa: N802
        if not self.model().hasChildren(index):
            return
        x, y = rect.right() - 6.0, rect.center().y() + 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._look.theme.pen("ink2", 1.5))
        open_ = self.isExpanded(index)
        tips = ((-3.5, -2.0), (0.0, 2.0), (3.5, -2.0)) if open_ else ((-2.0, -3.5), (2.0, 0.0), (-2.0, 3.5))
        painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in tips])


class NormHeader(QHeaderView):
    """The header; the last section is a formula."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self.setFixedHeight(28)
        self.setAccessibleName(_("Columns"))
        look.changed.connect(self.viewport().update)

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:  # noqa: N802
        super().paintSection(painter, rect, index)
        if index == NORM_COLUMN:
            tex = r"\|\wt{W^{[l]}}\|"
            width = formula.layout(tex, 13).width
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            formula.draw(painter, rect.right() - 10 - width, rect.center().y() + 5, tex, 13, self._look.theme)
            painter.restore()


class LayersPanel(QWidget):
    """The tree with its title; `selected` carries the id of the chosen row, "" for none."""

    selected = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setAccessibleName(_("Outline"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = OutlineModel(self)
        self.tree = LayerTree(look)
        self.tree.setModel(self.model)
        self.tree.setItemDelegate(LayerDelegate(look, self.tree))
        self.tree.setHeader(NormHeader(look, self.tree))
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.setAllColumnsShowFocus(False)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.tree.setAccessibleName(_("Layers"))
        self.tree.setAccessibleDescription(_("The layers of the network with their sizes, parameters and norms of W."))
        self._size_columns()
        self.tree.selectionModel().selectionChanged.connect(self._chosen)
        self._total = label("", "small")
        self._later: Callable[[], tuple[Row, ...]] | None = None
        self._wanted = ""
        head = row(label(_("Layers"), "strong"), None, self._total, margins=(14, 8, 12, 2))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(head)
        inset = QVBoxLayout()
        inset.setContentsMargins(8, 0, 0, 0)
        inset.addWidget(self.tree)
        box.addLayout(inset, 1)
        self.setMinimumWidth(300)

    def _size_columns(self) -> None:
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(30)
        for column, width in ((1, 64), (2, 72), (3, 98)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show another network, its blocks open; the selection stays if its layer still exists."""
        chosen = self.chosen()
        self.model.show_rows(rows)
        self.tree.expandAll()
        total = sum(each.parameters for each in rows)
        self._total.setText(_("{count} parameters").format(count=f"{total:,}".replace(",", "\u202f")) if total else "")
        index = self.model.index_of(chosen)
        if index.isValid():
            self.tree.setCurrentIndex(index)

    def show_later(self, make: Callable[[], tuple[Row, ...]]) -> None:
        """Another network: its rows are made when they can be seen, at once or once the panel is shown."""
        self._later = make
        if self.isVisible():
            self._catch_up()

    def _catch_up(self) -> None:
        if self._later is not None:
            make, self._later = self._later, None
            self.show_rows(make())
            self.choose(self._wanted)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._catch_up()

    def show_norms(self, norms: Mapping[str, tuple[float, float]]) -> None:
        """weights -> (now, start)."""
        self.model.show_norms(norms)

    def choose(self, id: str) -> None:
        """Select the row of that id."""
        self._wanted = id
        if self._later is not None:
            return
        index = self.model.index_of(id)
        if id != self.chosen() and index.isValid():
            self.tree.setCurrentIndex(index)

    def chosen(self) -> str:
        """The id of the selected row, "" if none is."""
        found = self.tree.selectionModel().selectedRows()
        return self.model.row(found[0]).id if found else ""

    def _chosen(self, now: QItemSelection, before: QItemSelection) -> None:
        self.selected.emit(self.chosen())
