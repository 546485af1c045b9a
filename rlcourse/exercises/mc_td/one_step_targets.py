"""2.7, 2.8 and 2.9 What one step says of q(s, a): Q-learning (a bug hunt), Expected Sarsa, double Q-learning."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise
from rlcourse.exercises.mc_td.epsilon_greedy import epsilon_greedy, without_its_share

Q = np.array([[0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.0, 7.0]])
OTHER = np.array([[1.0, 0.0, 0.0], [-1.0, 4.0, 0.25], [5.0, 1.0, -3.0]])


@exercise(
    "2.7",
    "Bug hunt: a Q-learning that is afraid",
    cases=(
        (Q, -1.0, 1, 1, False, 0.9),
        (Q, 2.0, 0, 0, False, 0.5),
        (Q, 5.0, 2, 1, True, 0.9),
    ),
)
def q_learning_target(
    q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float
) -> float:
    """R + discount * max_a q(S', a), 0 behind the end."""
    return float(reward + discount * (0.0 if done else q[next_state].max()))


@q_learning_target.planted_bug(
    "it keeps away from the cliff and its values tell of falls that the greedy policy would never have."
)
def _(q, reward, next_state, next_action, done, discount):
    if done:
        return reward
    return reward + discount * q[next_state, next_action]


@q_learning_target.wrong("the maximum is right; but when `done`, nothing follows.")
def _(q, reward, next_state, next_action, done, discount):
    return reward + discount * q[next_state].max()


@q_learning_target.wrong("this is the mean over the next actions: the target of a policy that acts at random.")
def _(q, reward, next_state, next_action, done, discount):
    return reward + discount * (0.0 if done else q[next_state].mean())


@q_learning_target.wrong("argmax is the *number* of the best action; its value was asked for.")
def _(q, reward, next_state, next_action, done, discount):
    return reward + discount * (0.0 if done else q[next_state].argmax())


@q_learning_target.wrong("the maximum runs over all states; it must run over the actions of the next state.")
def _(q, reward, next_state, next_action, done, discount):
    return reward + discount * (0.0 if done else q.max())


@exercise(
    "2.8",
    "The Expected Sarsa target",
    cases=(
        (Q, -1.0, 1, False, 0.9, 0.3),
        (Q, 0.0, 2, False, 0.5, 0.1),
        (Q, 5.0, 2, True, 0.9, 0.2),
    ),
)
def expected_sarsa_target(
    q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float
) -> float:
    """R + discount * sum_a pi(a | S') q(S', a), with pi epsilon-greedy for q."""
    expected = 0.0 if done else float(epsilon_greedy.reference(q[next_state], epsilon) @ q[next_state])
    return float(reward + discount * expected)


@expected_sarsa_target.wrong("this is the Q-learning target: the maximum, as if nobody explored.")
def _(q, reward, next_state, done, discount, epsilon):
    return reward + discount * (0.0 if done else q[next_state].max())


@expected_sarsa_target.wrong(
    "this averages as if every action were equally likely; weight them with the epsilon-greedy policy."
)
def _(q, reward, next_state, done, discount, epsilon):
    return expected_sarsa_target.reference(q, reward, next_state, done, discount, 1.0)


@expected_sarsa_target.wrong("the best action lacks its share of epsilon: exploring draws from all actions.")
def _(q, reward, next_state, done, discount, epsilon):
    return reward + discount * (0.0 if done else without_its_share(q[next_state], epsilon) @ q[next_state])


@expected_sarsa_target.wrong("when `done`, nothing follows and the target is the reward.")
def _(q, reward, next_state, done, discount, epsilon):
    return expected_sarsa_target.reference(q, reward, next_state, False, discount, epsilon)


@exercise(
    "2.9",
    "Two tables, one target",
    cases=(
        (Q, OTHER, 1.0, 1, False, 0.9),
        (Q, OTHER, 0.0, 2, False, 0.5),
        (Q, OTHER, -1.0, 1, True, 0.9),
        (np.array([[5.0, 0.0, 3.0]]), np.array([[0.0, 4.0, 3.5]]), 0.0, 0, False, 1.0),
    ),
)
def double_target(chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float) -> float:
    """R + discount * judge(S', argmax_a chooser(S', a))."""
    return float(reward + discount * (0.0 if done else judge[next_state, chooser[next_state].argmax()]))


@double_target.wrong(
    "the *sum* of the tables chooses here; it decides how to act, but in the target the first table chooses alone."
)
def _(chooser, judge, reward, next_state, done, discount):
    return double_target.reference(chooser + judge, judge, reward, next_state, done, discount)


@double_target.wrong("the judge both chooses and judges: its lucky errors are picked again.")
def _(chooser, judge, reward, next_state, done, discount):
    return double_target.reference(judge, judge, reward, next_state, done, discount)


@double_target.wrong("the roles are exchanged: the first table chooses, the second one judges.")
def _(chooser, judge, reward, next_state, done, discount):
    return double_target.reference(judge, chooser, reward, next_state, done, discount)


@double_target.wrong("when `done`, nothing follows and the target is the reward.")
def _(chooser, judge, reward, next_state, done, discount):
    return double_target.reference(chooser, judge, reward, next_state, False, discount)


@double_target.wrong("this is the plain Q-learning target of the first table.")
def _(chooser, judge, reward, next_state, done, discount):
    return double_target.reference(chooser, chooser, reward, next_state, done, discount)


@double_target.wrong("averaging the tables before the maximum does not separate choosing from judging.")
def _(chooser, judge, reward, next_state, done, discount):
    both = (chooser + judge) / 2
    return double_target.reference(both, both, reward, next_state, done, discount)
