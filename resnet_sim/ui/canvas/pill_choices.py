"""What the pill of a skip connection offers: as it is, W_s, or zero padding, by mouse or keys."""

from __future__ import annotations

from collections.abc import Callable

from resnet_sim.assets import translator
from resnet_sim.network.graph import SHORTCUTS
from resnet_sim.ui.canvas.desk import Choice, Desk, Offer

_ = translator()

TOGGLE, SHORTCUT = "toggle_skip", "shortcut:"
"""The command that switches a skip connection; and before the name of a shortcut, the one that chooses it."""
WORDS = {"identity": _("As it is"), "learned": _("W_s, learned"), "zero_pad": _("Zero padding")}


def shortcut_offer(desk: Desk, skip: str, by_keys: bool = False) -> Offer:
    """The three kinds of skip connection, to choose from; the one it has stands out. by_keys: it takes the focus."""

    def choose(shortcut: str) -> Callable[[], None]:
        def act() -> None:
            desk.offer(None)
            desk.set_shortcut(skip, shortcut)

        return act

    choices = []
    for shortcut in SHORTCUTS:
        key = desk.in_force.get(SHORTCUT + shortcut, "")
        words = _("{key}  {kind}").format(key=key, kind=WORDS[shortcut]) if key else WORDS[shortcut]
        choices.append(Choice(words, choose(shortcut), key))
    held = SHORTCUTS.index(desk.network.skip(skip).shortcut)
    title = _("What the skip connection does")
    return Offer(skip, title, "", tuple(choices), takes_focus=by_keys, first=held)
