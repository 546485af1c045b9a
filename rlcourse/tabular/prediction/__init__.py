"""Prediction: the value of a given policy, learned from recorded experience."""
