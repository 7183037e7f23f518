"""Panels of the window, one per file."""
