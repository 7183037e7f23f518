"""What can go wrong, said once: sentences for people and the errors that carry them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence for people: a template (the key of the translation) and the values to put into it.

    A value may itself be a Sentence. Nothing is ever built by joining fragments.
    """

    template: str
    values: tuple[tuple[str, object], ...] = ()

    def render(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate` (template -> template)."""
        filled = {
            name: value.render(translate) if isinstance(value, Sentence) else value for name, value in self.values
        }
        return translate(self.template).format(**filled)

    def __str__(self) -> str:
        return self.render()


def sentence(template: str, **values: object) -> Sentence:
    """`sentence("{name} needs {n} units.", name="fc1", n=3)`; the template is what gets translated."""
    return Sentence(template, tuple(values.items()))


class ResNetSimError(Exception):
    """Anything this program says no to: `sentence` tells what was wanted, what came, where, and what to do."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(said)
        self.sentence = said

    def __str__(self) -> str:
        return str(self.sentence)


class SettingError(ResNetSimError):
    """A value outside the range of its setting."""


class ShapeError(ResNetSimError):
    """A layer cannot take what it is given; check.py turns it into a problem with its place and fixes."""


class EditError(ResNetSimError):
    """An edit that cannot be made (a loop, a taken port, an unknown id); raised before anything changes."""


class FileError(ResNetSimError):
    """A file that cannot be read or written; the sentence names the file and the place in it."""


class RefusedError(ResNetSimError):
    """A run that cannot start: an unknown device, a network with problems, too little memory."""
