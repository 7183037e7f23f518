"""The matter: data sets to train on."""
