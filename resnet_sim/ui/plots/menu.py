"""What a right click on a plot offers: its picture, its drawing and its numbers as files, and its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu

from resnet_sim.assets import translator
from resnet_sim.errors import FileError
from resnet_sim.files.saving import save_bytes
from resnet_sim.ui.plots.numbers import Numbers

if TYPE_CHECKING:
    from resnet_sim.ui.plots.base import Plot

_ = translator()


def plot_menu(plot: Plot) -> QMenu:
    """The menu of a plot; it goes when it is closed. A picture is of the chart, so a table has none."""
    menu = QMenu(plot)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    picture = menu.addAction(_("Save picture (PNG)…"), lambda: save(plot, "png"))
    drawing = menu.addAction(_("Save drawing (SVG)…"), lambda: save(plot, "svg"))
    picture.setEnabled(not plot.table_shown)
    drawing.setEnabled(not plot.table_shown)
    menu.addAction(_("Save numbers (CSV)…"), lambda: save(plot, "csv"))
    menu.addSeparator()
    table = menu.addAction(_("Table"))
    table.setCheckable(True)
    table.setChecked(plot.table_shown)
    table.toggled.connect(plot.show_table)
    return menu


def save(plot: Plot, kind: str) -> None:
    """Ask for a file and write the plot to it; what went wrong is said."""
    start = Path.home() / f"{plot.name}.{kind}"
    name, _chosen = QFileDialog.getSaveFileName(plot, _("Save"), str(start), f"{kind.upper()} (*.{kind})")
    if not name:
        return
    path = Path(name)
    plot.show_hover(None)
    data = {"png": png, "svg": svg, "csv": numbers}[kind](plot)
    try:
        save_bytes(path if path.suffix else path.with_suffix(f".{kind}"), data)
    except FileError as error:
        plot.said.emit(error.sentence)


def numbers(plot: Plot) -> bytes:
    """Every recorded point."""
    return Numbers(plot.lines(plot.shown)).csv()


def png(plot: Plot) -> bytes:
    """The plot as it looks."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plot.grab().save(buffer, "PNG")
    return bytes(data.data())


def svg(plot: Plot) -> bytes:
    """The plot as lines and texts."""
    data = QByteArray()
    buffer = QBuffer(data)
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(plot.size())
    made.setViewBox(plot.rect())
    made.setTitle(plot.title)
    painter = QPainter(made)
    plot.render(painter, QPoint())
    painter.end()
    return bytes(data.data())
