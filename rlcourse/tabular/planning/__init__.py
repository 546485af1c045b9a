"""Planning: the model is known, so values and policies are computed from it (dynamic programming)."""
