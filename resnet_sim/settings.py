"""Settings: dataclass fields that know their range, symbol and help, so that editors and files need no second list."""

from __future__ import annotations

import math
from dataclasses import Field, dataclass, field, fields
from functools import cache
from typing import Any, Literal

from resnet_sim.errors import Sentence, SettingError, sentence

Kind = Literal["integer", "number", "switch", "choice"]


@dataclass(frozen=True)
class Setting:
    """One adjustable value of a frozen dataclass. `symbol` is LaTeX in the course's notation ("" if it has none)."""

    name: str
    kind: Kind
    label: str
    help: str
    default: Any
    symbol: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    logarithmic: bool = False

    def problem(self, value: object) -> Sentence | None:
        """What is wrong with `value`, as a sentence, or None."""
        if self.kind == "choice":
            return (
                None if value in self.choices else self._say(sentence("one of {c}", c=", ".join(self.choices)), value)
            )
        if self.kind == "switch":
            return None if isinstance(value, bool) else self._say(sentence("on or off"), value)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "integer" else (int, float)):
            wanted = sentence("a whole number") if self.kind == "integer" else sentence("a number")
            return self._say(wanted, value)
        finite = isinstance(value, int) or math.isfinite(value)  # isfinite makes a float of a whole number first
        inside = finite and (self.low is None or value >= self.low)
        if inside and (self.high is None or value <= self.high):
            return None
        if self.high is None:
            return self._say(sentence("a number of at least {low:g}", low=self.low), value)
        return self._say(sentence("a number from {low:g} to {high:g}", low=self.low, high=self.high), value)

    def _say(self, wanted: Sentence, value: object) -> Sentence:
        return sentence("{label} must be {wanted}, not {value!r}.", label=self.label, wanted=wanted, value=value)


def integer(default: int, label: str, help: str, *, low: int, high: int, symbol: str = "") -> Any:
    """A whole number in [low, high]."""
    return _field("integer", default, label=label, help=help, low=low, high=high, symbol=symbol)


def number(
    default: float,
    label: str,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    symbol: str = "",
    logarithmic: bool = False,
) -> Any:
    """A finite real number in [low, high]; `logarithmic` tells a slider how to spread it."""
    return _field("number", default, label=label, help=help, low=low, high=high, symbol=symbol, logarithmic=logarithmic)


def switch(default: bool, label: str, help: str, *, symbol: str = "") -> Any:
    """On or off."""
    return _field("switch", default, label=label, help=help, symbol=symbol)


def choice(default: str, choices: tuple[str, ...], label: str, help: str, *, symbol: str = "") -> Any:
    """One of a fixed set of words."""
    return _field("choice", default, label=label, help=help, choices=choices, symbol=symbol)


def _field(kind: Kind, default: Any, **described: Any) -> Any:
    return field(default=default, metadata={"setting": (kind, described)})


def settings_of(owner: type | object) -> tuple[Setting, ...]:
    """The settings of a dataclass (or of an instance's class), in the order they were written."""
    return _settings(owner if isinstance(owner, type) else type(owner))


@cache  # asked for every layer of a file; there are as many classes as kinds
def _settings(cls: Any) -> tuple[Setting, ...]:
    found: list[Setting] = []
    described: Field[Any]
    for described in fields(cls):
        if "setting" in described.metadata:
            kind, words = described.metadata["setting"]
            found.append(Setting(name=described.name, kind=kind, default=described.default, **words))
    return tuple(found)


def check_settings(value: object) -> None:
    """Raise SettingError at the first setting of `value` that is outside its range."""
    for setting in settings_of(value):
        problem = setting.problem(getattr(value, setting.name))
        if problem is not None:
            raise SettingError(problem)
