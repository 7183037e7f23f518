"""The data sets, found by walking datasets/kinds."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from resnet_sim.datasets import kinds
from resnet_sim.datasets.base import DataSet
from resnet_sim.discovery import classes_in
from resnet_sim.errors import FileError, SettingError, sentence
from resnet_sim.network.experiment import DataReference
from resnet_sim.settings import settings_of


@cache
def data_sets() -> MappingProxyType[str, type[DataSet]]:
    """name -> class, sorted by name."""
    found = {each.name: each for each in classes_in(kinds, DataSet)}
    return MappingProxyType(dict(sorted(found.items())))


def data_set(reference: DataReference) -> DataSet:
    """The data set a reference names, with its settings.

    Raises FileError for an unknown name and SettingError for an unknown setting or a value out of range.
    """
    kind = data_sets().get(reference.name)
    if kind is None:
        known = ", ".join(data_sets())
        raise FileError(sentence("There is no data set “{name}”; known are {known}.", name=reference.name, known=known))
    settings = {setting.name: setting for setting in settings_of(kind)}
    for name, value in reference.settings:
        if name not in settings:
            raise _unknown_setting(reference.name, name, tuple(settings))
        problem = settings[name].problem(value)
        if problem is not None:
            raise SettingError(sentence("Data set “{data}”: {problem}", data=reference.name, problem=problem))
    return kind(**{name: _typed(settings[name].kind, value) for name, value in reference.settings})


def reference_to(chosen: DataSet) -> DataReference:
    """The reference that `data_set` turns into an equal data set: only settings that differ from the kind's own."""
    changed = sorted(
        (setting.name, getattr(chosen, setting.name))
        for setting in settings_of(chosen)
        if getattr(chosen, setting.name) != setting.default
    )
    return DataReference(chosen.name, tuple(changed))


def _typed(kind: str, value: int | float | str | bool) -> int | float | str | bool:
    return float(value) if kind == "number" else value


def _unknown_setting(data: str, name: str, known: tuple[str, ...]) -> SettingError:
    if not known:
        return SettingError(sentence("Data set “{data}” has no settings, but “{name}” came.", data=data, name=name))
    return SettingError(
        sentence(
            "Data set “{data}” has no setting “{name}”; it has {known}.", data=data, name=name, known=", ".join(known)
        )
    )
