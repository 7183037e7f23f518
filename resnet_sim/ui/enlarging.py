"""Joins a live canvas to the enlarged picture: which layer it shows, its newest values, and when it closes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from resnet_sim.assets import translator
from resnet_sim.network.notation import activation_places
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.course_words import Notation
from resnet_sim.ui.live_cards import LiveCards
from resnet_sim.ui.panels.picture_card import PictureCard
from resnet_sim.ui.panels.strip import Message
from resnet_sim.ui.workbench import Workbench

_ = translator()


class Enlarging(QObject):
    """The card follows the selection while it is open. A click on a picture opens it; I does too, and goes into it."""

    def __init__(self, workbench: Workbench, canvas: Canvas, cards: LiveCards, card: PictureCard) -> None:
        super().__init__(card)
        self._bench, self._canvas, self._cards, self.card = workbench, canvas, cards, card
        self.part = ""
        """The layer whose picture is enlarged, "" for none."""
        canvas.mouse.picture_clicked.connect(self._open)
        cards.drawn.connect(self._feed)
        card.closed.connect(self._closed)
        workbench.editor.selected.connect(self._follow)
        workbench.editor.changed.connect(lambda _change: self._follow())

    def enlarge(self) -> None:
        """I: the picture of the selected layer, with the focus; once more closes it."""
        part = self._selected()
        if self.part and self.card.picture.hasFocus():
            self.card.close_picture()
        elif not part:
            words = _("Select a layer first: its picture is then enlarged.")
            self._bench.said.emit(Message("info", words))
        else:
            self._open(part)
            self.card.picture.setFocus()

    def _selected(self) -> str:
        """The selected layer; a g, a batch norm or a (+) on the way to a^{[l]} stands for its layer."""
        network, id = self._bench.experiment.network, self._bench.editor.current
        owners = {place: part for part, place in activation_places(network).items()}
        return owners.get(id, id) if id in network.by_id else ""

    def _open(self, part: str) -> None:
        network, report = self._bench.experiment.network, self._bench.report
        places = activation_places(network)
        if part != self.part or self.card.isHidden():
            self.part = part
            self.card.open_picture(Notation(network, report, places).out(places.get(part, part)))
        self._cards.enlarge(part)
        self._feed()

    def _follow(self) -> None:
        if not self.part:
            return
        if part := self._selected():
            self._open(part)
        else:
            self.card.close_picture()

    def _closed(self) -> None:
        self.part = ""
        self._cards.enlarge("")
        if self._canvas.isVisible():
            self._canvas.view.setFocus()

    def _feed(self) -> None:
        run = self._bench.run
        maps = run.newest.maps if run.newest is not None else {}
        if self.part:
            values = np.asarray(maps[self.part].array(), np.float32) if self.part in maps else None
            self.card.show_values(values, run.pictured)
