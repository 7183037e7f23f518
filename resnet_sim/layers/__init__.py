"""The vocabulary: what a layer is, and one file per kind."""
