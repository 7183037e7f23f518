"""Settings on their way into a file and out of it, for everything that describes its own."""

from __future__ import annotations

from typing import Any

from resnet_sim.errors import Sentence, sentence
from resnet_sim.files.strict_json import shown
from resnet_sim.settings import Setting, settings_of


def settings_out(owner: object) -> dict[str, bool | int | float | str]:
    """Every setting by name, also those that are as the kind has them; numbers as floats, so 1 and 1.0 are one."""
    return {each.name: _typed(each, getattr(owner, each.name)) for each in settings_of(owner)}


def settings_in(owner: type, raw: object) -> tuple[dict[str, Any], list[Sentence]]:
    """The settings of a file that are right, ready for `owner(**settings)`, and what is wrong with the others."""
    if not isinstance(raw, dict):
        return {}, [sentence("Its settings must be an object, not {value}.", value=shown(raw))]
    known = {each.name: each for each in settings_of(owner)}
    found: dict[str, Any] = {}
    problems: list[Sentence] = []
    for name, value in raw.items():
        if name not in known:
            problems.append(_unknown(name, tuple(known)))
            continue
        problem = known[name].problem(_speakable(value))
        if problem is None:
            found[name] = _typed(known[name], value)
        else:
            problems.append(problem)
    return found, problems


def _typed(setting: Setting, value: Any) -> Any:
    return float(value) if setting.kind == "number" else value


def _speakable(value: object) -> object:
    """The value itself, or, where no setting can have it, something as wrong that fits into a sentence."""
    if isinstance(value, int) and abs(value) >= 2**63:
        return shown(value)
    if isinstance(value, str) and len(value) > 80:
        return shown(value)
    return value if isinstance(value, bool | int | float | str) else shown(value)


def _unknown(name: str, known: tuple[str, ...]) -> Sentence:
    if not known:
        return sentence("It has no settings, but “{setting}” came.", setting=shown(name))
    return sentence("It has no setting “{setting}”; it has {known}.", setting=shown(name), known=", ".join(known))
