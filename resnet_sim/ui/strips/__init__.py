"""Strips under the canvas: what every layer's activations and gradients are, each exactly below its layer."""
