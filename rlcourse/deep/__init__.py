"""Deep reinforcement learning: one file an algorithm; networks, replay, saving and evaluation beside them."""

from rlcourse.deep.checkpoint import load, save
from rlcourse.deep.dqn import DQN, DQNConfig
from rlcourse.deep.evaluate import evaluate
from rlcourse.deep.networks import QNetwork
from rlcourse.deep.replay import PrioritisedReplay, Replay

__all__ = ["DQN", "DQNConfig", "PrioritisedReplay", "QNetwork", "Replay", "evaluate", "load", "save"]
