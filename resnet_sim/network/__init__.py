"""The sentence: networks as values, edits as functions, and what is wrong with them."""
