"""Plots, one per file; every one found here is in the plot menu."""
