"""One file per data set; every one found here is in the menu and in the tests."""
