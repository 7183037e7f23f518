"""Everything that can be done from menu and keyboard, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from resnet_sim.assets import translator

_ = translator()


@dataclass(frozen=True)
class Deed:
    """One action: its name in code, menu, words, shortcut, and what the status line says of it.

    shown_keys: a key that works on the canvas only; the menu shows it, but it is no shortcut of the window.
    """

    name: str
    menu: str
    text: str
    keys: str = ""
    hint: str = ""
    checkable: bool = False
    line_before: bool = False
    shown_keys: str = ""


FILE, EDIT, VIEW, NETWORK, TRAIN, HELP = _("&File"), _("&Edit"), _("&View"), _("&Network"), _("&Train"), _("&Help")

DEEDS = (
    Deed("new", FILE, _("&New"), "Ctrl+N", _("An empty network")),
    Deed("open", FILE, _("&Open…"), "Ctrl+O", _("Open a network or an experiment")),
    Deed("save", FILE, _("&Save"), "Ctrl+S", _("Write network, weights and curves to the file"), line_before=True),
    Deed("save_as", FILE, _("Save &as…"), "Ctrl+Shift+S", _("Write to another file")),
    Deed(
        "double_click", FILE, _("Open by &double click"), hint=_("On .resnet files"), checkable=True, line_before=True
    ),
    Deed("quit", FILE, _("&Quit"), "Ctrl+Q", _("Close the window"), line_before=True),
    Deed("undo", EDIT, _("&Undo"), "Ctrl+Z", _("Take back the last change")),
    Deed("redo", EDIT, _("&Redo"), "Ctrl+Shift+Z", _("Do it again")),
    Deed("copy", EDIT, _("&Copy"), hint=_("Copy the selected layers"), shown_keys="Ctrl+C", line_before=True),
    Deed("paste", EDIT, _("&Paste"), hint=_("Put the copied layers behind the selected one"), shown_keys="Ctrl+V"),
    Deed("duplicate", EDIT, _("&Duplicate"), hint=_("The selected layers once more"), shown_keys="Ctrl+D"),
    Deed("delete", EDIT, _("D&elete"), hint=_("Remove what is selected; its neighbours are joined"), shown_keys="Del"),
    Deed("mode_build", VIEW, _("&Build"), "Ctrl+1", _("Build the network"), checkable=True),
    Deed("mode_train", VIEW, _("&Train"), "Ctrl+2", _("Watch it train"), checkable=True),
    Deed("theme", VIEW, _("Light or &dark"), "Ctrl+Shift+T", _("Change the theme"), line_before=True),
    Deed("text_size", VIEW, _("Lar&ger text"), "Ctrl+Shift+B", _("100, 125, 150 or 200 %, as the screen has room")),
    Deed("maths", VIEW, _("&Maths of the blocks"), hint=_("Show it under the network, or hide it"), checkable=True),
    Deed("layers", VIEW, _("&Outline"), "Ctrl+Shift+O", _("Show or hide the list of layers"), checkable=True),
    Deed("per_layer", VIEW, _("&Plots per layer"), "Ctrl+E", _("In place of the strips"), checkable=True),
    Deed("reduce_motion", VIEW, _("Reduce &motion"), hint=_("No dots run, no cards glide"), checkable=True),
    Deed("fit", VIEW, _("&Fit the network"), "Ctrl+0", _("Show the whole network"), line_before=True),
    Deed("tidy", VIEW, _("Tid&y up"), "Ctrl+L", _("Arrange the cards from left to right")),
    Deed("next_panel", VIEW, _("&Next panel"), "F6", _("Move the focus to the next panel"), line_before=True),
    Deed("lambda", VIEW, _("Go to &lambda"), "L", _("Put the focus on the lambda slider")),
    Deed("find", NETWORK, _("&Find a layer to add"), "/", _("Type its name, Enter adds it")),
    Deed("block:residual", NETWORK, _("&Residual block"), hint=_("Behind the selected layer"), shown_keys="B"),
    Deed("block:pre_activation", NETWORK, _("&Pre-activation block"), hint=_("Behind the selected layer")),
    Deed("block:bottleneck", NETWORK, _("&Bottleneck block"), hint=_("Behind the selected layer")),
    Deed("block:plain", NETWORK, _("Plain p&air of layers"), hint=_("Behind the selected layer")),
    Deed("skip", NETWORK, _("&Skip connection"), hint=_("From the selected layer"), shown_keys="S", line_before=True),
    Deed("toggle_skip", NETWORK, _("Skip connection &off or on"), hint=_("Its place is kept"), shown_keys="M"),
    Deed("shortcut:identity", NETWORK, _("Skip connection as &it is"), hint=_("It adds a as it is"), shown_keys="1"),
    Deed("shortcut:learned", NETWORK, _("&W_s on the skip path"), hint=_("It adds W_s a, learned"), shown_keys="2"),
    Deed(
        "shortcut:zero_pad",
        NETWORK,
        _("&Zero padding on the skip path"),
        hint=_("It adds a, filled with zeros"),
        shown_keys="3",
    ),
    Deed("next_problem", NETWORK, _("&Next problem, then its fix"), "F8", _("Go to a problem"), line_before=True),
    Deed("last_problem", NETWORK, _("Pre&vious problem"), "Shift+F8", _("Go to the problem before")),
    Deed("train", TRAIN, _("&Train or pause"), "Space", _("Train, or pause after the running step")),
    Deed("step", TRAIN, _("One &step"), ".", _("One mini-batch")),
    Deed("epoch", TRAIN, _("One &epoch"), "E", _("Once through the training set")),
    Deed("slower", TRAIN, _("S&lower"), "[", _("Fewer steps a second"), line_before=True),
    Deed("faster", TRAIN, _("&Faster"), "]", _("More steps a second, up to full speed")),
    Deed("next_example", TRAIN, _("Ne&xt example"), "X", _("The pictures show the next example"), line_before=True),
    Deed("last_example", TRAIN, _("Example &before"), "Shift+X", _("The pictures show the example before")),
    Deed("any_example", TRAIN, _("A&ny example"), hint=_("The pictures show any other example")),
    Deed("enlarge", TRAIN, _("Enlarge the p&icture"), "I", _("Every value of the selected layer, channel by channel")),
    Deed("reset", TRAIN, _("&Reset"), "R", _("Back to the start weights of the seed"), line_before=True),
    Deed("go_back", TRAIN, _("&Go back to a step…"), "Shift+R", _("Weights and curves as they were at a kept step")),
    Deed("help", HELP, _("&Help on this"), "F1", _("What is selected, or what the keys do here")),
    Deed("shortcuts", HELP, _("&Keyboard shortcuts"), "", _("Every key, and how to change it")),
    Deed("about", HELP, _("&About ResNet Sim"), "", _("Version and licences")),
)


class Actions(QObject):
    """The QActions by name, and the menus made from them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.by_name: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for deed in DEEDS:
            action = QAction(f"{deed.text}\t{deed.shown_keys}" if deed.shown_keys else deed.text, parent)
            action.setCheckable(deed.checkable)
            action.setStatusTip(deed.hint)
            action.setToolTip(deed.hint)
            if deed.keys:
                action.setShortcut(QKeySequence(deed.keys))
            self.by_name[deed.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def show_keys(self, name: str, keys: str, of_canvas: bool) -> None:
        """Other keys for an action: a shortcut of the window, or only said in the menu because the canvas takes it."""
        action = self.by_name[name]
        if of_canvas:
            words = action.text().partition("\t")[0]
            action.setText(f"{words}\t{keys}" if keys else words)
        else:
            action.setShortcut(QKeySequence(keys))

    def of(self, menu: str) -> list[QAction]:
        """The actions of one menu."""
        return [self.by_name[deed.name] for deed in DEEDS if deed.menu == menu]

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus."""
        for deed in DEEDS:
            menu = self.menus.get(deed.menu)
            if menu is None:
                menu = self.menus[deed.menu] = bar.addMenu(deed.menu)
                menu.setToolTipsVisible(True)  # what cannot be done here says why: it gets no line in the status bar
            if deed.line_before:
                menu.addSeparator()
            menu.addAction(self.by_name[deed.name])
