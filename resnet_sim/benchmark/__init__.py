"""How fast the engine is: against PyTorch, against what the machine can do, and as networks grow."""
