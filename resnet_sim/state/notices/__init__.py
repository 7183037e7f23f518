"""The rules of what there is to notice, by what they look at: training as a whole, gradients, weights, blocks."""
