"""Whatever is edited in whatever order: the network stays whole, its check never raises, and undo leads back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from network.editing import EDITS, Choices, check_whole

from resnet_sim.errors import EditError, ResNetSimError, sentence
from resnet_sim.layers.base import DataShape
from resnet_sim.network.arrange import arrange, lanes
from resnet_sim.network.check import check
from resnet_sim.network.document import Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import empty, he_cifar, mlp, tiny_cnn

IMAGES = DataShape((8, 8, 1), 10, "classification")
STARTS = (Network(), empty(), mlp(2), mlp(1, kind="pre_activation", batch_norm=True), he_cifar(1), tiny_cnn())
MOST = 80
"""Nodes from which on edits that grow are left out: long runs stay quick."""
GROWING = ("insert", "append", "add", "duplicate", "block after", "block on")

BLOCK_EDITS = [name for name in EDITS if "block" in name or "group" in name]
SKIP_EDITS = [name for name in EDITS if "skip" in name] + ["shortcut", "enable", "twin"]
LAYER_EDITS = [name for name in EDITS if name not in BLOCK_EDITS + SKIP_EDITS]

numbers = st.integers(0, 200)
choices = st.builds(Choices, numbers, numbers, numbers)


class DocumentMachine(RuleBasedStateMachine):
    """A document under edits, undo and redo."""

    @initialize(start=st.sampled_from(STARTS))
    def open(self, start: Network) -> None:
        self.document = Document(Experiment(start, DataReference("digits")))
        self.start = self.document.experiment
        self.heard: list[Experiment] = []
        self.document.listen(lambda change: self.heard.append(change.after))
        self.checked: Network | None = None

    @rule(name=st.sampled_from(LAYER_EDITS), at=choices, key=st.sampled_from([None, None, "drag"]))
    def edit_layers(self, name: str, at: Choices, key: str | None) -> None:
        self.edit(name, at, key)

    @rule(name=st.sampled_from(SKIP_EDITS), at=choices)
    def edit_skips(self, name: str, at: Choices) -> None:
        self.edit(name, at, None)

    @rule(name=st.sampled_from(BLOCK_EDITS), at=choices)
    def edit_blocks(self, name: str, at: Choices) -> None:
        self.edit(name, at, None)

    def edit(self, name: str, at: Choices, key: str | None) -> None:
        before = self.document.experiment
        if len(before.network.nodes) > MOST and name.startswith(GROWING):
            return
        kept = Network(*(tuple(each) for each in _fields(before.network)))
        for more in range(8):  # the first of some edits that can be made
            try:
                after = EDITS[name](before.network, Choices(at.a + more, at.b + 3 * more, at.c + 5 * more))
            except EditError as said:
                self.no = str(said)
                assert before.network == kept
                continue
            assert before.network == kept
            applied = self.document.apply(sentence("Edit"), replace(before, network=after), merge_key=key)
            assert applied == (after != before.network)
            return

    @rule()
    def fix_first_problem(self) -> None:
        now = self.document.experiment
        for problem in check(now.network, IMAGES).problems[:1]:
            for fix in problem.fixes:
                fixed = fix.edit(now.network)
                assert fix.label.render()
                self.document.apply(fix.label, replace(now, network=fixed))
                return

    @rule(what=st.sampled_from(["undo", "redo", "undo", "redo", "seal", "save", "name"]), title=st.text(max_size=2))
    def do(self, what: str, title: str) -> None:
        document = self.document
        if what == "undo":
            assert document.undo() or not document.can_undo
        elif what == "redo":
            assert document.redo() or not document.can_redo
        elif what == "seal":
            document.seal()
        elif what == "save":
            document.mark_saved()
            assert not document.edited
        else:
            document.apply(sentence("Name"), replace(document.experiment, title=title), merge_key="title")

    @precondition(lambda self: hasattr(self, "document"))
    @invariant()
    def is_whole(self) -> None:
        network = self.document.experiment.network
        if network is self.checked:
            return
        self.checked = network
        check_whole(network)
        report = check(network, IMAGES)
        for problem in report.problems:
            assert problem.sentence.render()
        try:
            made = parts(network, IMAGES.input)
        except ResNetSimError:
            assert report.errors
        else:
            if report.ok:
                assert {part.id: part.shape for part in made if not part.skip}.items() <= report.shapes.items()
        assert len(arrange(network)) == len(network.nodes)
        assert set(lanes(network)) == set(network.skip_by_id)
        if self.heard:
            assert self.heard[-1] == self.document.experiment

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        document = self.document
        while document.redo():
            pass
        end, edits = document.experiment, document.position
        while document.undo():
            pass
        assert document.experiment == self.start
        while document.redo():
            pass
        assert document.experiment == end
        assert document.position == edits == len(document.history)


def _fields(network: Network) -> tuple[tuple[object, ...], ...]:
    return (network.nodes, network.connections, network.skips, network.blocks)


class LongDocumentMachine(DocumentMachine):
    """The same for longer."""


quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TestDocument = DocumentMachine.TestCase
TestDocument.settings = settings(
    max_examples=40, stateful_step_count=50, deadline=None, database=None, suppress_health_check=quiet
)
TestLongDocument = pytest.mark.slow(LongDocumentMachine.TestCase)
TestLongDocument.settings = settings(
    max_examples=200, stateful_step_count=500, deadline=None, database=None, suppress_health_check=quiet
)
