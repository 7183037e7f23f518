"""One file per layer kind; every frozen dataclass found here is in the palette, the file format and the tests."""
