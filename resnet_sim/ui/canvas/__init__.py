"""The canvas: the network as cards, connections, skip arcs and blocks, edited with mouse and keyboard.

shapes and content are values (what stands where, what is written on it), geometry makes them, scene mirrors them as
items, view turns mouse and keys into gestures, deeds are the edits that gestures make.
"""
