"""The data card: which data set, how large, and the settings of those that are made by a rule."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.datasets.base import DataSet
from resnet_sim.datasets.registry import data_set, data_sets, reference_to
from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import DataShape
from resnet_sim.network.experiment import DataReference
from resnet_sim.settings import settings_of
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import label, row, say
from resnet_sim.ui.panels.inspector_fields import ChoiceField, SettingField, SettingsForm
from resnet_sim.ui.state_words import value_words
from resnet_sim.ui.theme import Look

_ = translator()

CHOOSER_WIDTH, NUMBER_WIDTH = 164, 76
POPUP_WIDTH = 300


class DataCard(QWidget):
    """Choosing another set, or another value of one, is one undoable edit; the run then starts again."""

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._editor, self._look = editor, look
        self._shown: DataSet | None = None
        self.kind = ChoiceField(look)
        self.kind.setFixedWidth(CHOOSER_WIDTH)
        self.kind.view().setMinimumWidth(POPUP_WIDTH)
        say(self.kind, _("Data set"))
        self.sizes = label("", "small")
        self.sizes.setWordWrap(True)
        self.form: SettingsForm | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        self._box.addWidget(row(label(_("Data set")), None, self.kind))
        self._box.addWidget(self.sizes)
        self.kind.chosen.connect(self._choose)

    def show_sizes(self, words: str) -> None:
        """How many examples of what."""
        self.sizes.setText(words)

    def show_data(self) -> None:
        """The data set of the document."""
        reference = self._editor.experiment.data
        try:
            found = data_set(reference)
        except ResNetSimError:
            return  # the document says so itself; the card keeps what it showed
        same_kind = self._shown is not None and self._shown.name == found.name
        self._shown = found
        self._show_choices(found.name)
        if not same_kind:
            self._make_form(found)
        if self.form is not None:
            self.form.show_values(found)

    def _show_choices(self, name: str) -> None:
        kinds = sorted(data_sets().values(), key=lambda kind: kind.title)
        self.kind.show_choices(tuple((kind.name, _(kind.title)) for kind in kinds), name)
        for i, kind in enumerate(kinds):
            title, size = _(kind.title), shape_words(kind().shape)
            self.kind.setItemText(i, sentence("{title}: {size}", title=title, size=size).render(_))
            self.kind.setItemData(i, _(kind.about), Qt.ItemDataRole.ToolTipRole)
        about = _(data_sets()[name].about)
        self.kind.setToolTip(about)
        self.kind.setAccessibleDescription(about)

    def _make_form(self, data: DataSet) -> None:
        if self.form is not None:
            self._box.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if settings_of(data):
            self.form = SettingsForm(self._look, data, 0)
            self.form.setAccessibleName(_("Settings of the data set"))
            for each in self.form.rows.values():
                if isinstance(each.field, SettingField):
                    each.field.setFixedWidth(NUMBER_WIDTH)
                    each.field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.form.changed.connect(self._set)
            self.form.left.connect(self._editor.seal)
            self._box.addWidget(self.form)

    def _choose(self, name: str) -> None:
        experiment = self._editor.experiment
        if name != experiment.data.name:
            said = sentence("Data set {name}", name=sentence(data_sets()[name].title))
            self._editor.apply(said, replace(experiment, data=DataReference(name)))
            self._editor.seal()

    def _set(self, name: str, value: object) -> None:
        if self._shown is None:
            return
        setting = next(each for each in settings_of(self._shown) if each.name == name)
        changed = replace(self._shown, **{name: value})
        said = sentence("{setting} of the data {value}", setting=sentence(setting.label), value=value_words(value))
        experiment = replace(self._editor.experiment, data=reference_to(changed))
        self._editor.apply(said, experiment, merge_key=("data", name))


def shape_words(shape: DataShape) -> str:
    """The size of one example, and what is asked of it."""
    values = {"size": "×".join(str(side) for side in shape.input), "outputs": shape.outputs}
    if shape.task == "classification":
        if len(shape.input) > 1:
            return sentence("{size}, {outputs} classes", **values).render(_)
        return sentence("{size} numbers, {outputs} classes", **values).render(_)
    return sentence("{size} to {outputs}", **values).render(_)
