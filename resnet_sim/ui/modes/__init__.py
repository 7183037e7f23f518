"""What stands between header and transport: one file per mode of the window."""
