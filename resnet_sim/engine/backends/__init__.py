"""The primitives, once per array library."""
