"""The recorded points of a plot's lines side by side: as a CSV file and as a table."""

from __future__ import annotations

import csv
import io

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from resnet_sim.assets import translator
from resnet_sim.ui.plots.lines import Line

_ = translator()

Index = QModelIndex | QPersistentModelIndex


class Numbers:
    """One row per recorded step, one column per line. A cell is "" where a line has no point."""

    def __init__(self, lines: tuple[Line, ...] = ()) -> None:
        self.lines = lines
        self.steps = sorted({step for line in lines for step in line.series.steps})
        self._found = [dict(zip(line.series.steps, line.series.values, strict=True)) for line in lines]

    def text(self, row: int, column: int, undefined: str) -> str:
        """All digits of the value of a line; `undefined` where it is no number."""
        found = self._found[column]
        step = self.steps[row]
        if step not in found:
            return ""
        value = found[step]
        return undefined if value is None else repr(float(value))

    def csv(self) -> bytes:
        """UTF-8, a heading of step and the names of the series."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["step", *(line.name for line in self.lines)])
        columns = range(len(self.lines))
        writer.writerows([step, *(self.text(row, k, "nan") for k in columns)] for row, step in enumerate(self.steps))
        return out.getvalue().encode()


class NumbersModel(QAbstractTableModel):
    """Numbers as a table to read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.numbers = Numbers()

    def show_numbers(self, numbers: Numbers) -> None:
        """Show these from now on."""
        self.beginResetModel()
        self.numbers = numbers
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.numbers.steps)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else 1 + len(self.numbers.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole or not index.isValid():
            return None
        if index.column() == 0:
            return str(self.numbers.steps[index.row()])
        return self.numbers.text(index.row(), index.column() - 1, _("undefined"))

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return _("step") if section == 0 else self.numbers.lines[section - 1].words
