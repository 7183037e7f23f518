"""A skip connection while it is being drawn, by mouse or keys: it is shown as if it were there, then made or not."""

from __future__ import annotations

import re
from functools import partial

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import size_text
from resnet_sim.network.graph import Network, Skip
from resnet_sim.network.problems import value_name
from resnet_sim.network.skips import add_skip
from resnet_sim.ui.canvas import deeds
from resnet_sim.ui.canvas.desk import Choice, Desk, Offer
from resnet_sim.ui.canvas.ghosts import Ghost
from resnet_sim.ui.canvas.shapes import SkipShape
from resnet_sim.ui.canvas.walking import ahead_of

_ = translator()

_NUMBER = re.compile(r"\[(\d+)\]")


class SkipDraft:
    """From a card on; `aim` at another card, then `land` or `cancel`."""

    def __init__(self, desk: Desk, card: str) -> None:
        self._desk = desk
        self.card = card
        self.source = deeds.end_of(desk.network, card)
        self.target = ""
        plan = desk.scene.plan
        self.candidates = tuple(id for id in ahead_of(desk.network, plan, card) if self._possible(id))
        desk.scene.point(candidates=frozenset(self.candidates), focus="", hover="")

    def _possible(self, target: str) -> bool:
        try:
            add_skip(self._desk.network, self.source, target)
        except ResNetSimError:
            return False
        return True

    def aim(self, target: str) -> bool:
        """Show the skip connection to a card, "" for none. Whether it is possible."""
        if target == self.target:
            return bool(target)
        scene = self._desk.scene
        self.target = ""
        if not target:
            self._show_none()
            return False
        try:
            add_skip(self._desk.network, self.source, target)
        except ResNetSimError as error:
            self._show_none()
            self._desk.says.emit(error.sentence.render(_))
            return False
        scene.try_out(partial(add_skip, source_id=self.source, target_id=target))
        self.target = target
        scene.point(target=target, candidates=frozenset())
        self._hint()
        return True

    def _show_none(self) -> None:
        self._desk.scene.try_out(None)
        self._desk.scene.point(target="", candidates=frozenset(self.candidates))
        self._desk.scene.ghost.show_ghost(None)

    def _made(self) -> Skip | None:
        preview = self._desk.scene.preview
        if preview is None:
            return None
        return next((skip for skip in preview.network.skips if skip.id in preview.ghosts), None)

    def _hint(self) -> None:
        """The sum that is being made, above the arc."""
        scene, skip = self._desk.scene, self._made()
        shape = scene.plan.shapes.get(skip.id) if skip is not None else None
        if skip is None or not isinstance(shape, SkipShape):
            return
        network, report = scene.network, scene.report
        tex = sum_tex(network, dict(report.numbers), skip)
        if shape.ink.wrong:
            main = report.shapes.get(network.main_input.get(skip.target, ""), ())
            tex = rf"\text{{{size_text(main)}}} \ne \text{{{size_text(report.shapes.get(skip.source, ()))}}}"
        scene.ghost.show_ghost(Ghost(hint=tex, at=((shape.x0 + shape.x1) / 2, shape.top - 22)))

    def land(self) -> bool:
        """Make it; where sizes differ, ask how. Whether it was made or asked."""
        skip = self._made()
        if not self.target or skip is None:
            self.cancel()
            return False
        wrong = {problem.place for problem in self._desk.scene.report.errors}
        if skip.id in wrong:
            self._ask(skip)
            return True
        return self._make("identity")

    def _ask(self, skip: Skip) -> None:
        scene = self._desk.scene
        network, report = scene.network, scene.report
        main = network.main_input.get(skip.target, "")
        said = _("{a} is {sa}, {b} is {sb}.").format(
            a=value_name(network, report.numbers, main),
            sa=size_text(report.shapes.get(main, ())),
            b=value_name(network, report.numbers, skip.source),
            sb=size_text(report.shapes.get(skip.source, ())),
        )
        scene.ghost.show_ghost(None)
        self._desk.offer(
            Offer(
                skip.target,
                _("Their sizes differ: what brings them together?"),
                said,
                (
                    Choice(_("Add W_s"), lambda: self._decided("learned")),
                    Choice(_("Zero padding"), lambda: self._decided("zero_pad")),
                    Choice(_("Cancel"), self.cancel),
                ),
                error=True,
                takes_focus=True,
                cancel=self.cancel,
            )
        )

    def _decided(self, shortcut: str) -> None:
        self._make(shortcut)

    def _make(self, shortcut: str) -> bool:
        target = self.target
        self.cancel()
        edit = partial(add_skip, source_id=self.source, target_id=target, shortcut=shortcut)
        return self._desk.edit(sentence("Add a skip connection"), edit, select=new_skips)

    def cancel(self) -> None:
        """Leave no trace."""
        self.target = ""
        self._desk.scene.ghost.show_ghost(None)
        self._desk.scene.try_out(None)
        self._desk.scene.point(target="", candidates=frozenset())
        self._desk.offer(None)


def new_skips(before: Network, after: Network) -> tuple[str, ...]:
    """The skip connections that an edit added."""
    return tuple(skip.id for skip in after.skips if skip.id not in before.skip_by_id)


def sum_tex(network: Network, numbers: dict[str, int], skip: Skip) -> str:
    """a^{[3]} = g(z^{[3]} + a^{[1]}), without colours."""
    main = network.main_input.get(skip.target, "")
    a, b = (_NUMBER.sub(r"^{[\1]}", value_name(network, numbers, id)) for id in (main, skip.source))
    if deeds.shown_g(network, skip.target):
        return f"a^{{[{numbers.get(skip.target, 0)}]}}=g({a}+{b})"
    return f"{a}+{b}"
