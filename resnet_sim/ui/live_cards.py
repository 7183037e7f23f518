"""What the cards of a live canvas show of a run: pictures of one chosen example, ||W||, two bars where cards are small.

Only what can be seen is asked of the engine and drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from resnet_sim.assets import translator
from resnet_sim.datasets.base import DataSet
from resnet_sim.engine.messages import ArrayData, TrainingSet
from resnet_sim.layers.base import Category
from resnet_sim.network.notation import activation_places
from resnet_sim.network.problems import Report
from resnet_sim.network.wiring import is_output
from resnet_sim.state.record import Record
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.canvas.cards import Live
from resnet_sim.ui.canvas.shapes import Detail
from resnet_sim.ui.live_network import Taps
from resnet_sim.ui.live_pictures import picture
from resnet_sim.ui.panels.example_chooser import ExampleChooser
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import Look
from resnet_sim.ui.workbench import Workbench

_ = translator()

PICTURED = frozenset({Category.INPUT, Category.WEIGHTED, Category.POOLING, Category.OUTPUT})
EVERY, EVERY_OF_MANY = 0.1, 0.5
"""Seconds between two updates; of more than MANY cards with pictures they are rarer."""
MANY = 24
ROOMY = (Detail.FULL, Detail.SLIM)
"""The levels at which a picture has room for a little of W."""
REST_MS = 150
"""After so long a rest of the view the pictures of what is in sight now are asked for."""


class LiveCards(QObject):
    """Feeds a canvas from the run of a workbench. The chooser says which training example the pictures show."""

    drawn = Signal()
    """The newest pictures are on the cards."""

    def __init__(self, workbench: Workbench, canvas: Canvas, look: Look) -> None:
        super().__init__(canvas)
        self._bench, self._canvas, self._look = workbench, canvas, look
        self.chooser = ExampleChooser(look, canvas)
        self._parts: tuple[str, ...] = ()
        self._pictured: tuple[str, ...] = ()
        self._output = self._enlarged = ""
        self._taps = Taps.of(workbench.experiment.network, {})
        self._tapped: tuple[Report, DataSet | None] | None = None
        self._drawn_at, self._drew_weights = 0.0, False
        self._most_of: Record | None = None
        self._most: dict[str, float] = {}
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.watch)
        canvas.view.mapped.connect(self._rest.start)
        self.chooser.chosen.connect(lambda _row: self.watch())

    def show_document(self) -> None:
        """Another network, another data set, or other settings."""
        bench, report = self._bench, self._bench.report
        network = bench.experiment.network
        self._parts = tuple(node.id for node in network.nodes if node.layer.category in PICTURED)
        self._output = next((node.id for node in network.nodes if is_output(node)), "")
        if self._tapped is None or self._tapped[0] is not report:
            self._taps = Taps.of(network, report.shapes)
        if self._tapped is None or self._tapped[1] is not bench.data:
            count = bench.sizes[0]
            self.chooser.show_examples(count, min(self.chooser.row, max(count - 1, 0)))
            self.chooser.show_answer("")
        self._tapped = report, bench.data
        self.draw_numbers()
        self.watch()

    def show_state(self) -> None:
        """Before the first step the pictures are a preview."""
        self.chooser.show_preview(self._bench.run.phase is Phase.READY)

    def enlarge(self, part: str) -> None:
        """The picture of this layer is wanted wherever its card stands; "" for none."""
        self._enlarged = part
        self.watch()

    def watch(self) -> None:
        """Ask for pictures of what is in sight (half a window to both sides too), of the chosen example."""
        network, scene = self._bench.experiment.network, self._canvas.scene
        seen = self._canvas.view.seen()
        low, high = seen.x - seen.w / 2, seen.right + seen.w / 2
        boxes = {id: scene.plan.box(id) for id in self._parts if id in scene.plan.shapes}
        tiny = scene.detail is Detail.TINY
        self._pictured = tuple(
            id for id, box in boxes.items() if box is not None and not tiny and low <= box.right and box.x <= high
        )
        besides = [self._output, self._enlarged if self._enlarged in network.by_id else ""]
        more = tuple(id for id in dict.fromkeys(besides) if id and id not in self._pictured)
        known = tuple(activation_places(network))
        self._bench.run.watch(known, (*self._pictured, *more), self.chooser.row)
        if self._drew_weights is not (scene.detail in ROOMY):
            self.draw()

    # --- drawing --------------------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether it is time to draw again."""
        return perf_counter() - self._drawn_at > (EVERY if len(self._pictured) <= MANY else EVERY_OF_MANY)

    def draw(self) -> None:
        """Pictures, ||W|| with its start, and bars."""
        self._drawn_at = perf_counter()
        run, theme = self._bench.run, self._look.theme
        record, maps, little = run.record, *((run.newest.maps, run.newest.weights) if run.newest else ({}, {}))
        weighted = {node.id for node in self._bench.experiment.network.nodes if node.layer.weighted}
        detail = self._canvas.scene.detail
        tiny, self._drew_weights = detail is Detail.TINY, detail in ROOMY
        bars = self._taps.bars(record) if tiny else {}
        live: dict[str, Live] = {}
        for part in self._parts:
            weights = little[part].array() if part in little and self._drew_weights else None
            image = picture(maps[part].array(), theme, weights) if part in maps and not tiny else None
            series = record.series.get(f"weight_norm/{part}/W") if part in weighted else None
            now, start = (series.values[-1], series.values[0]) if series is not None and series.values else (None, None)
            most = self._largest(record, part, now)
            dead = part in weighted and record.last(f"activation_zeros/{part}") == 1
            if image is not None or now is not None or dead or part in bars:
                live[part] = Live(image, now, start or 0.0, dead, bars.get(part), most)
        self._canvas.show_live(live)
        self.chooser.show_answer(self._answer(maps))
        self.drawn.emit()

    def _largest(self, record: Record, part: str, now: float | None) -> float:
        """The largest ||W|| that was drawn of a part in this record."""
        if self._most_of is not record:
            self._most_of, self._most = record, {}
        self._most[part] = max(self._most.get(part, 0.0), now or 0.0)
        return self._most[part]

    def draw_numbers(self) -> None:
        """What runs on the connections; a network with problems shows its sizes: they are what to mend."""
        bench = self._bench
        rms = bench.run.data.rms if bench.run.data is not None else None
        self._canvas.show_numbers(self._taps.read(bench.run.record, rms) if bench.report.ok else None)

    def _answer(self, maps: Mapping[str, ArrayData]) -> str:
        """The label of the chosen example, and what the network says of it."""
        data, row = self._bench.run.data, self.chooser.row
        if data is None or row >= len(labels := data.labels.array()):
            return ""
        label = class_name(data, int(labels[row]))
        found = maps[self._output].array() if self._output in maps else None
        if found is None or not len(found) or self._bench.run.pictured != row:
            return _("label {label}").format(label=label)
        best = int(found.argmax())
        said = _(r"label {label}, $\act{{\hat{{y}}}}$: {name} at {percent} %")
        return said.format(label=label, name=class_name(data, best), percent=f"{100 * float(found[best]):.0f}")


def class_name(data: TrainingSet, k: int) -> str:
    """What class k is called."""
    return data.class_names[k] if k < len(data.class_names) else str(k)
