"""The document: history, merging, listeners, attachments and the mark of unsaved edits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resnet_sim.errors import sentence
from resnet_sim.network.document import Change, Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp

START = Experiment(mlp(1), DataReference("digits"))
NAME = sentence("Name")


def named(title: str) -> Experiment:
    return replace(START, title=title)


@pytest.fixture
def document() -> Document:
    return Document(START)


def test_undo_and_redo_show_earlier_and_later_values(document: Document) -> None:
    assert not document.undo()
    assert not document.redo()
    document.apply(sentence("First"), named("a"))
    document.apply(sentence("Second"), named("b"))
    assert [str(label) for label in document.history] == ["First", "Second"]
    assert str(document.undo_label) == "Second"
    assert document.undo()
    assert document.experiment == named("a")
    assert str(document.redo_label) == "Second"
    assert document.undo()
    assert document.experiment is START
    assert document.undo_label is None
    assert document.redo()
    assert document.experiment == named("a")


def test_an_edit_after_undo_forgets_what_was_undone(document: Document) -> None:
    document.apply(NAME, named("a"))
    document.undo()
    document.apply(NAME, named("b"))
    assert not document.can_redo
    assert len(document.history) == 1


def test_an_equal_experiment_is_no_entry(document: Document) -> None:
    assert not document.apply(NAME, replace(START))
    assert document.history == ()


def test_an_attachment_of_its_own_is_an_entry(document: Document) -> None:
    before, after = object(), object()
    document.attach(before)
    assert document.apply(sentence("Reset the weights"), START, attachment=after)
    assert document.attachment is after
    document.undo()
    assert document.attachment is before
    document.redo()
    assert document.attachment is after


def test_listeners_hear_what_both_states_carry(document: Document) -> None:
    """Undo must know what the entry it leaves carried: a reset is in that one."""
    before, after = object(), object()
    document.attach(before)
    heard: list[Change] = []
    document.listen(heard.append)
    document.apply(sentence("Reset"), START, attachment=after)
    document.undo()
    document.redo()
    assert [(each.kind, each.left, each.attachment) for each in heard] == [
        ("apply", before, after),
        ("undo", after, before),
        ("redo", before, after),
    ]


def test_edits_with_one_key_are_one_entry_until_sealed(document: Document) -> None:
    for title in "abc":
        document.apply(NAME, named(title), merge_key="title")
    assert len(document.history) == 1
    document.seal()
    document.apply(NAME, named("d"), merge_key="title")
    document.apply(NAME, named("e"), merge_key="other")
    document.apply(NAME, named("f"))
    document.apply(NAME, named("g"))
    assert len(document.history) == 5
    for _ in range(4):
        document.undo()
    assert document.experiment == named("c")
    document.apply(NAME, named("h"), merge_key="title")
    assert document.undo()
    assert document.experiment == named("c")


def test_a_drag_back_to_where_it_began_leaves_no_entry(document: Document) -> None:
    document.apply(NAME, named("a"))
    document.apply(NAME, named("b"), merge_key="drag")
    document.apply(NAME, named("a"), merge_key="drag")
    assert document.history == (NAME,)
    assert document.experiment == named("a")


def test_the_history_is_bounded() -> None:
    document = Document(START, limit=3)
    for title in "abcde":
        document.apply(NAME, named(title))
    assert len(document.history) == 3
    while document.undo():
        pass
    assert document.experiment == named("b")


def test_listeners_hear_every_change_with_its_kind(document: Document) -> None:
    heard: list[Change] = []
    stop = document.listen(heard.append)
    document.apply(NAME, named("a"))
    document.undo()
    document.redo()
    document.attach("weights")
    stop()
    stop()
    document.undo()
    assert [change.kind for change in heard] == ["apply", "undo", "redo", "attach"]
    assert [(change.before.title, change.after.title) for change in heard] == [
        ("", "a"), ("a", ""), ("", "a"), ("a", "a"),
    ]  # fmt: skip
    assert heard[-1].attachment == "weights"
    assert all(change.label == NAME for change in heard)


def test_a_listener_that_raises_keeps_nobody_from_hearing(document: Document) -> None:
    heard: list[Change] = []

    def raises(change: Change) -> None:
        raise ValueError(change.kind)

    stop = document.listen(raises)
    document.listen(heard.append)
    with pytest.raises(ValueError, match="apply"):
        document.apply(NAME, named("a"))
    document.listen(raises)
    with pytest.raises(ExceptionGroup):
        document.undo()
    assert [change.kind for change in heard] == ["apply", "undo"]
    assert document.experiment is START
    assert document.can_redo
    stop()


def test_an_edit_by_a_listener_is_told_in_order(document: Document) -> None:
    heard: list[str] = []

    def answers(change: Change) -> None:
        if change.after.title == "a":
            document.apply(NAME, named("b"))

    document.listen(answers)
    document.listen(lambda change: heard.append(change.after.title))
    document.apply(NAME, named("a"))
    assert heard == ["a", "b"]
    assert document.experiment == named("b")
    assert len(document.history) == 2


def test_edited_means_different_from_the_file(document: Document) -> None:
    assert not document.edited
    document.apply(NAME, named("a"))
    assert document.edited
    document.undo()
    assert not document.edited
    document.redo()
    document.mark_saved()
    assert not document.edited
    document.touch()
    assert document.edited
    document.mark_saved(named("older"))
    assert document.edited
