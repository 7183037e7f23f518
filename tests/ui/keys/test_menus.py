"""The table of interactions and the menus: every key of it that is a command stands in a menu and can be changed."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from ui.person import Key, Person, menu_entries

from resnet_sim.ui.shortcuts import FIXED, commands

TABLE = {
    "Conv": "C",
    "FC": "F",
    "ReLU": "G",
    "Max pool": "P",
    "Avg pool": "A",
    "Batch norm": "N",
    "Find a layer to add": "/",
    "Residual block": "B",
    "Skip connection": "S",
    "Skip connection off or on": "M",
    "Skip connection as it is": "1",
    "W_s on the skip path": "2",
    "Zero padding on the skip path": "3",
    "Delete": "Del",
    "Duplicate": "Ctrl+D",
    "Copy": "Ctrl+C",
    "Paste": "Ctrl+V",
    "Undo": "Ctrl+Z",
    "Redo": "Ctrl+Shift+Z",
    "Fit the network": "Ctrl+0",
    "Tidy up": "Ctrl+L",
    "Slower": "[",
    "Faster": "]",
    "Next problem, then its fix": "F8",
    "Previous problem": "Shift+F8",
    "Train or pause": "Space",
    "One step": ".",
    "One epoch": "E",
    "Reset": "R",
    "Enlarge the picture": "I",
    "Go to lambda": "L",
    "Build": "Ctrl+1",
    "Train": "Ctrl+2",
    "Next panel": "F6",
    "Light or dark": "Ctrl+Shift+T",
    "Larger text": "Ctrl+Shift+B",
    "Help on this": "F1",
}
"""Words of a menu, and the key that the table of interactions gives what they do."""


def entries(person: Person) -> list[QAction]:
    """Everything in the menus but what only leads to a submenu."""
    return [each for each in menu_entries(person) if each.menu() is None]


def shown(action: QAction) -> tuple[str, str]:
    """The words of an entry and its key."""
    words, _tab, key = action.text().replace("&", "").rstrip("…").partition("\t")
    return words, key or action.shortcut().toString(QKeySequence.SequenceFormat.PortableText)


def test_every_key_of_the_table_stands_in_a_menu(person: Person) -> None:
    found = dict(map(shown, entries(person)))
    assert {words: found.get(words) for words in TABLE} == TABLE


def test_every_single_letter_stands_in_a_menu_and_can_be_changed(person: Person) -> None:
    letters = {each.name: each.usual for each in commands() if len(each.usual) == 1}
    assert len(letters) >= 20
    in_menus = {key for _words, key in map(shown, entries(person))}
    assert set(letters.values()) <= in_menus
    person.menu("Help", "Keyboard")
    fields = person.window.shortcuts.fields
    assert set(letters) <= set(fields)
    assert {name: fields[name].keySequence().toString() for name in letters} == letters
    assert not set(letters.values()) & set(FIXED), "none of them is one of those that stay"


def test_every_key_in_a_menu_can_be_changed_on_the_page_of_keys(person: Person) -> None:
    person.menu("Help", "Keyboard")
    can = {field.keySequence() for field in person.window.shortcuts.fields.values()}
    keys = {key for _words, key in map(shown, entries(person)) if key}
    assert [each for each in keys if QKeySequence(each) not in can] == []


def test_the_kinds_of_a_skip_are_chosen_from_the_menu(person: Person) -> None:
    person.menu("Network", "Skip connection off or on")
    assert "Select a skip connection first" in person.window.status.keys.text()
    person.key(Key.Key_Tab)
    person.menu("Network", "W_s on the skip path")
    assert person.network.skip("skip1").shortcut == "learned"
    person.menu("Network", "Skip connection off or on")
    assert not person.network.skip("skip1").enabled


def test_an_entry_that_is_off_says_why_when_the_mouse_rests_on_it(person: Person) -> None:
    menus = person.window.actions_.menus
    assert all(menu.toolTipsVisible() for menu in menus.values())
    bare = [each.text() for each in person.window.actions_.by_name.values() if not each.toolTip()]
    assert bare == []
