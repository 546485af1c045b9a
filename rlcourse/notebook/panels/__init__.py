"""Panels that answer while a slider moves, a grid is painted, an arrow turned or a round played."""
