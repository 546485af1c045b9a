"""Deep reinforcement learning: one file an algorithm; networks, replay, saving and evaluation beside them."""

from rlcourse.deep.a2c import A2C, A2CConfig
from rlcourse.deep.checkpoint import load, save
from rlcourse.deep.dqn import DQN, DQNConfig
from rlcourse.deep.evaluate import evaluate
from rlcourse.deep.learner import Agent, Learner
from rlcourse.deep.networks import QNetwork
from rlcourse.deep.policies import CategoricalPolicy, GaussianPolicy, SquashedGaussianPolicy, policy_for
from rlcourse.deep.race import Race
from rlcourse.deep.reinforce import REINFORCE, REINFORCEConfig
from rlcourse.deep.replay import PrioritisedReplay, Replay
from rlcourse.deep.settings import Settings, usual_range

__all__ = [
    "A2C",
    "DQN",
    "REINFORCE",
    "A2CConfig",
    "Agent",
    "CategoricalPolicy",
    "DQNConfig",
    "GaussianPolicy",
    "Learner",
    "PrioritisedReplay",
    "QNetwork",
    "REINFORCEConfig",
    "Race",
    "Replay",
    "Settings",
    "SquashedGaussianPolicy",
    "evaluate",
    "load",
    "policy_for",
    "save",
    "usual_range",
]
