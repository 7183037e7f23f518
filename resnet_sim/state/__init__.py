"""What was learned: weights, optimiser state and what was measured."""
