"""Reinforcement learning from the Markov decision process to RLHF, for the notebooks of the course.

The sub-packages are imported by name (`from rlcourse import mdp, tabular`). Importing `rlcourse`
alone loads nothing else: `mdp` and `tabular` must work where there is no PyTorch, no matplotlib and
no notebook.
"""

__version__ = "0.1.0"
