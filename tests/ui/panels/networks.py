"""Networks for the panels, and what all panels promise."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from resnet_sim.datasets.registry import data_set
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network import edits, templates
from resnet_sim.network.blocks import BlockSpec, insert_block
from resnet_sim.network.document import Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.ui.editor import Editor


def two_blocks(broken: bool = True) -> Network:
    """Conv, two residual blocks of two convolutions, the second with W_s, average pooling, FC."""
    made = templates.empty()
    made = edits.append(edits.append(made, Conv2D(8)), Activation())
    made = insert_block(made, BlockSpec(layer="conv2d", width=8), after="relu1")
    made = insert_block(made, BlockSpec(layer="conv2d", width=16, stride=2, shortcut="learned"), after="relu3")
    made = edits.append(edits.append(made, AveragePool()), Dense(10))
    return edits.set_setting(made, "conv3", "padding", "valid") if broken else made


def editor_of(network: Network, data: str = "digits") -> Editor:
    """An editor on a new document."""
    reference = DataReference(data)
    made = Editor()
    made.show(Document(Experiment(network, reference)), data_set(reference).shape)
    return made


def unnamed(panel: QWidget) -> list[str]:
    """The widgets that a screen reader would meet without a name."""
    found = []
    for each in (panel, *panel.findChildren(QWidget)):
        inside = isinstance(each.parent(), QScrollArea) or each.objectName().startswith("qt_")
        plain = type(each) is QWidget and each.focusPolicy() == Qt.FocusPolicy.NoFocus
        drawn = type(each).__name__ in ("QFrame", "QScrollBar", "QComboBoxListView", "QComboBoxPrivateContainer")
        worded = isinstance(each, QLabel) and bool(each.text())
        if each.isVisibleTo(panel) and not (inside or plain or drawn or worded or each.accessibleName()):
            found.append(f"{type(each).__name__} {each.objectName()}")
    return found
