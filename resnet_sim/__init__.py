"""ResNet Sim: build residual networks, train them, measure why they work."""

__version__ = "0.1.0"
