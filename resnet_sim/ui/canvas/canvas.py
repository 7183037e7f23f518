"""The canvas as a widget: the view of the editor's network with its toolbar, callout and minimap."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.network.document import Change
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.problems import Problem
from resnet_sim.ui.canvas import drops, hints
from resnet_sim.ui.canvas.build_view import BuildView
from resnet_sim.ui.canvas.callout import Callout
from resnet_sim.ui.canvas.cards import Live
from resnet_sim.ui.canvas.desk import Choice, Desk, Offer
from resnet_sim.ui.canvas.glide import Glide
from resnet_sim.ui.canvas.keys import Keys
from resnet_sim.ui.canvas.live import LiveNumbers
from resnet_sim.ui.canvas.minimap import Minimap
from resnet_sim.ui.canvas.mouse import Mouse
from resnet_sim.ui.canvas.pulses import Pulses
from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.shapes import MEASURES
from resnet_sim.ui.canvas.toolbar import Toolbar
from resnet_sim.ui.canvas.trouble import places
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.key_line import APART, key_line
from resnet_sim.ui.theme import Look

_ = translator()


class Canvas(QWidget):
    """Shows and edits the network of an editor. Pair it with a list of the layers: screen readers see no cards."""

    says = Signal(str)
    """What the keys do now, for the status line."""
    called_out = Signal()
    """The callout opened, closed, or stands elsewhere."""
    edit_requested = Signal(str)
    """Enter or a double click on a card: the values of what is selected are to be changed; the line that was meant."""

    def __init__(self, editor: Editor, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self._visited: Problem | None = None
        self._asked: Offer | None = None
        self._fitted = False
        self._unseen = self._new = False
        """Edits while another mode is shown are drawn when the canvas is seen again, and only then."""
        self.scene = Scene(editor, look, self)
        self.view = BuildView(self.scene, self)
        self.desk = Desk(editor, self.scene, self.view, self)
        self.keys = Keys(self.desk, self.next_problem, self)
        self.mouse = Mouse(self.desk, self)
        self.view.work_with(self.desk, self.mouse, self.keys)
        self.pulses, self.glide = Pulses(self.view), Glide(self.view)
        self.toolbar = Toolbar(self.desk, look, self)
        self.minimap = Minimap(self.desk, look, self)
        self.callout = Callout(look, self.view)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.view)
        self.toolbar.move(12, 12)
        self.toolbar.raise_()
        self.minimap.raise_()
        for each in (self, self.view):
            each.setAccessibleName(_("Canvas"))
        self.setFocusProxy(self.view)
        self._connect(look)
        self._show_selection()

    def _connect(self, look: Look) -> None:
        self.editor.changed.connect(self._changed)
        self.editor.selected.connect(self._show_selection)
        self.desk.says.connect(self._say)
        self.desk.offers.connect(self._ask)
        self.keys.edit_requested.connect(self.edit_requested)
        self.mouse.edit_requested.connect(self.edit_requested)
        self.mouse.pressed.connect(self._close_question)
        self.callout.escaped.connect(self._leave_callout)
        self.view.mapped.connect(self._place_callout)
        self.scene.mirrored.connect(self._place_callout)
        look.changed.connect(self._dress)

    @property
    def hint(self) -> str:
        """What the keys do with what is selected; what `says` carries when there is nothing else to say."""
        editor, writing = self.editor, self.scene.writing
        return hints.hint(editor.network, editor.report, writing, editor.selection, self.desk.in_force)

    # --- what others call ------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole network."""
        self.view.fit()

    def use_keys(self, changed: Mapping[str, str]) -> None:
        """Other keys for some of what it does, by name; what is said of keys follows."""
        self.keys.use(changed)
        self.toolbar.show_state()
        self._show_selection()

    def refresh(self) -> None:
        """The report is another one though the document is the same (another data set)."""
        self.scene.mirror()
        self._show_selection()

    def add(self, name: str) -> bool:
        """A layer kind, or "block:" and a kind of block, behind what is selected. Whether it was made."""
        return drops.add(self.desk, name, self.editor.current)

    def begin_skip(self) -> None:
        """Start a skip connection at the selected layer, as S does."""
        self.view.setFocus()
        self.keys.begin_skip()

    def toggle_skip(self) -> None:
        """M."""
        self.keys.toggle()

    def set_shortcut(self, shortcut: str) -> None:
        """1, 2, 3."""
        self.keys.set_shortcut(shortcut)

    def copy(self) -> None:
        """Ctrl+C."""
        self.keys.copy()

    def paste(self) -> None:
        """Ctrl+V."""
        self.keys.paste()

    def duplicate(self) -> bool:
        """Ctrl+D."""
        return self.desk.duplicate()

    def delete(self) -> bool:
        """Del."""
        return self.desk.delete()

    def tidy(self) -> bool:
        """Ctrl+L."""
        return self.desk.tidy()

    def reduce_motion(self, reduced: bool) -> None:
        """No dots run and no cards glide."""
        self.pulses.reduce_motion(reduced)
        self.glide.reduce_motion(reduced)

    def show_live(self, live: Mapping[str, Live]) -> None:
        """Pictures and norms of a run by node id; {} shows the quiet symbols again."""
        self.scene.show_live(dict(live))

    def show_numbers(self, numbers: LiveNumbers | None) -> None:
        """What runs on connections and skip paths; None shows their sizes again."""
        self.scene.show_numbers(numbers)

    def show_diverged(self, part: str | None, words: str = "") -> None:
        """The part whose values are no numbers turns red; None for none."""
        self.scene.show_diverged(part or "", words or _("NaN or Inf"))

    def next_problem(self, step: int = 1) -> None:
        """Go to the next (or previous) problem; at an error, 1 makes its first fix."""
        problems = self.editor.report.problems
        if not problems:
            self._say(_("No problems."))
            return
        here = self._problem_here()
        if step > 0 and here is not None and here.severity == "error" and here.fixes:
            fix = here.fixes[0]
            self._visited = None
            self.desk.edit(fix.label, fix.edit)
            return
        at = problems.index(here) + step if here is not None else 0 if step > 0 else -1
        found = problems[at % len(problems)]
        self._visited = found
        where = [id for id in places(self.editor.network, found) if id in self.editor.network.ids]
        if where:
            self.desk.go(where[0])
        else:
            self.desk.select()
        key = self.desk.in_force["next_problem"]
        more = _("apply the first fix") if found.severity == "error" and found.fixes else _("next problem")
        self._say(APART.join(each for each in (found.sentence.render(_), key_line((key, more))) if each))

    def _problem_here(self) -> Problem | None:
        """The problem one has gone to, or the error of what is selected."""
        problems, current = self.editor.report.problems, self.editor.current
        if self._visited is not None and self._visited in problems:
            where = places(self.editor.network, self._visited)
            if current in where or (not where and not current):
                return self._visited
        return self.scene.writing.trouble.problems.get(current) if current else None

    # --- following the editor --------------------------------------------------------------------------------------

    def _changed(self, change: Change | None) -> None:
        self.mouse.cancel()
        self.keys.cancel()
        self._close_question()
        if self.window().isVisible() and not self.isVisible():
            self._new |= change is None
            self._unseen |= change is None or _seen(change.before) != _seen(change.after)
            return
        self._follow(change)

    def _follow(self, change: Change | None) -> None:
        if change is None:
            self.scene.collapsed = frozenset()
            self._visited = None
            self.view.fit()
        elif _seen(change.before) != _seen(change.after):
            self.glide.mirror()
        self.toolbar.show_state()
        self._show_selection()

    def _show_selection(self) -> None:
        if self._unseen:
            return
        if self.editor.selection:
            self.desk.connection = None
            self.scene.point(target="")
        self.scene.mark()
        self.view.show_ring()
        if self._asked is not None and self._asked.at not in (*self.editor.selection, *self._preview_ids()):
            self._close_question()
        self._show_callout()
        self.view.setAccessibleDescription(self.hint)
        self._say(self.hint)

    def _preview_ids(self) -> frozenset[str]:
        preview = self.scene.preview
        return preview.ghosts if preview is not None else frozenset()

    def _say(self, words: str) -> None:
        self.says.emit(words or self.hint)

    def keys_at(self, focus: QWidget | None) -> str:
        """What the keys do in the callout, "" if the focus is not there."""
        callout = self.callout
        inside = focus is not None and callout.isAncestorOf(focus) and callout.offer is not None
        return hints.offer_hint(callout.offer) if inside and callout.offer is not None else ""

    # --- the callout -----------------------------------------------------------------------------------------------

    def _ask(self, offer: Offer | None) -> None:
        asked, self._asked = self._asked, offer
        if asked is not None and offer is None:
            asked.cancel()
        self._show_callout()

    def _close_question(self) -> None:
        if self._asked is not None:
            self._ask(None)

    def _leave_callout(self) -> None:
        """Esc on one of its buttons: no question any more, an error stays to be mended."""
        if self._asked is not None:
            self._close_question()
        else:
            self.callout.show_offer(None)
        self.view.setFocus()

    def _show_callout(self) -> None:
        had_focus = self.callout.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self.callout.show_offer(self._asked if self._asked is not None else self._error_offer())
        self._place_callout()
        if had_focus and not (self.callout.isVisible() and self.callout.offer and self.callout.offer.takes_focus):
            self.view.setFocus()

    def _error_offer(self) -> Offer | None:
        network, selection = self.editor.network, self.editor.selection
        if self.scene.preview is not None or len(selection) > 1:
            return None
        at = selection[0] if selection else ""
        errors = self.editor.report.errors
        problem = self.scene.writing.trouble.problems.get(at)
        if problem is None and not at and len(errors) == 1 and errors[0].place:
            problem, at = errors[0], places(network, errors[0])[0]
        if problem is None:
            return None
        said = problem.sentence.render(_)
        choices = tuple(self._fix(problem, k) for k in range(min(2, len(problem.fixes))))
        on_skip = problem.place in network.skip_by_id and len(self.editor.report.shapes) > 0
        title = _("These two cannot be added: their sizes differ.") if on_skip else said
        key = self.desk.in_force["next_problem"] if choices else ""
        return Offer(at, title, said if on_skip else "", choices, error=True, key=key)

    def _fix(self, problem: Problem, k: int) -> Choice:
        fix = problem.fixes[k]

        def act() -> None:
            self.desk.edit(fix.label, fix.edit)

        return Choice(fix.label.render(_), act)

    def _place_callout(self) -> None:
        offer = self.callout.offer
        box = self.scene.plan.box(offer.at) if offer is not None else None
        if box is None:
            self.called_out.emit()
            return
        view, at = self.view, MEASURES[self.scene.plan.detail]
        on_arc = self.callout.offer is not None and self.callout.offer.at in self.scene.network.skip_by_id
        bottom = box.bottom if on_arc else max(box.bottom, box.axis + at.height / 2)  # (+) is lower than the cards
        self.callout.place(
            view.viewport_point(box.middle, bottom + at.pad * 0.3), view.viewport_point(box.middle, box.y - 4)
        )
        self.called_out.emit()

    # --- Qt --------------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        self.scene.dress()
        self.view.dress()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if self._unseen:
            self._unseen = False
            if self._new:
                self._new = False
                self._follow(None)
            else:
                self.scene.mirror()
                self.toolbar.show_state()
                self._show_selection()
        if not self._fitted:
            self._fitted = True
            self.view.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        corner = QPoint(self.width() - self.minimap.width() - 16, self.height() - self.minimap.height() - 16)
        self.minimap.move(corner)
        self.minimap.follow()
        self._place_callout()


def _seen(experiment: Experiment) -> object:
    """What of an experiment the canvas shows."""
    return experiment.network, experiment.layout, experiment.data
