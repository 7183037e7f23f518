"""Training runs: one experiment each, step by step, exactly repeatable, changeable at any step."""

from __future__ import annotations
