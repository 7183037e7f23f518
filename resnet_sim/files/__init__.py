"""The memory: network files, read with suspicion and written with care."""
