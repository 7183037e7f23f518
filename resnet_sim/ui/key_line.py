"""A line that says what keys do: each with its deed; a deed that has no key is left out."""

from __future__ import annotations

from resnet_sim.assets import translator

_ = translator()

APART = "   "


def key_line(*deeds: tuple[str, str]) -> str:
    """deeds: (keys, what they do)."""
    return APART.join(_("{keys} {deed}").format(keys=keys, deed=deed) for keys, deed in deeds if keys)


def together(*keys: str) -> str:
    """Several keys that do alike, as one."""
    return " ".join(each for each in keys if each)


def with_keys(words: str, *keys: str) -> str:
    """A sentence, and behind it the keys that do the same."""
    shown = together(*keys)
    return _("{words} ({keys})").format(words=words, keys=shown) if shown else words
