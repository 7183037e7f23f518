"""What was measured of the selected layer: its formula, its weights now and at the start, and what pulls at them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.problems import Report
from resnet_sim.state.record import Record
from resnet_sim.ui.canvas.live import number_text
from resnet_sim.ui.course_words import Notation, Said, block_number, node_title
from resnet_sim.ui.panels.inspector_parts import Fact, FactTable, FormulaCard, Head, column
from resnet_sim.ui.theme import Look

_ = translator()

WIDTH = 276


class SelectedCard(QWidget):
    """One layer with weights; hidden while none is selected."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._id = ""
        self.head, self.card = Head(look), FormulaCard(look, WIDTH)
        self.table = FactTable(look, _("Measured of the selected layer"))
        box = column(self, 4)
        for each in (self.head, self.card, self.table):
            box.addWidget(each)
        self.setAccessibleName(_("Selected layer"))
        self.hide()

    def show_layer(self, network: Network, report: Report, id: str) -> None:
        """Another selection, or another network around it; `id` may be of anything or nothing."""
        node = network.by_id.get(id)
        shown = node is not None and node.layer.weighted and id in report.numbers
        self._id = id if shown else ""
        self.setVisible(shown)
        if shown:
            self.head.show_words(node_title(network, report.numbers, id))
            said = Notation(network, report, activation_places(network)).said(id)
            self.card.show_said(Said(said.formulas))  # Build has the note beside them

    def show_numbers(
        self, network: Network, report: Report, record: Record, norms: Mapping[str, tuple[float, float]]
    ) -> None:
        """The newest measurements; norms: weights -> (now, at the start). What was not measured is left out."""
        if self._id:
            self.table.show_facts(facts(network, report.numbers[self._id], self._id, record, norms))


def facts(
    network: Network, number: int, id: str, record: Record, norms: Mapping[str, tuple[float, float]]
) -> list[Fact]:
    """Norms of W and dW, how fast lambda and dW each change ||W|| (per alpha), the distance of the layer's block."""
    found = []
    W, dW = rf"\|\wt{{W^{{[{number}]}}}}\|", rf"\|\grad{{dW^{{[{number}]}}}}\|"
    if (norm := norms.get(f"{id}/W")) is not None:
        now, start = map(number_text, norm)
        found.append(Fact(f"${W}$", _("{now}, was {start}").format(now=now, start=start)))
    if (gradient := record.last(f"gradient_norm/{id}/W")) is not None:
        found.append(Fact(f"${dW}$", number_text(gradient)))
    for name, words in (("decay_pull", _("Pull of λ on ${W}$")), ("data_pull", _("Pull of ${dW}$"))):
        pull = record.last(f"{name}/{id}/W")
        if pull is not None:
            found.append(Fact(words.format(W=W, dW=rf"\grad{{dW^{{[{number}]}}}}"), pull_text(pull)))
    block = network.block_of.get(id)
    distance = record.last(f"identity_distance/{block.id}") if block is not None else None
    if block is not None and distance is not None:
        said = _("Block {number} from identity").format(number=block_number(network, block))
        found.append(Fact(said, number_text(distance)))
    return found


def pull_text(pull: float) -> str:
    """How a pull changes ||W||, per unit of alpha: .034 shorter, .02 longer, 0."""
    if pull == 0:
        return "0"
    words = _("{value} shorter") if pull > 0 else _("{value} longer")
    return words.format(value=number_text(abs(pull)))
