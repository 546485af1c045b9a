"""The textbook's experiments: numbers that everybody's Sarsa and Q-learning should come to.

Seeds are fixed, so a test passes always or never. A band is the reference plus or minus 4.5 standard errors of what is
averaged, and what the reference itself may have been rounded by: 1 in 100,000 seeds of a correct learner misses it.
"""

import tracemalloc

import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import blackjack, cliff_walk, maximisation_bias, windy_grid

RUNS, EPISODES = 1000, 500


def greedy_steps(mdp, q):
    """Steps from the start to the goal when the first of the best actions is taken; 100 if it is not reached."""
    state, steps = np.full(len(q), mdp.start.argmax()), np.zeros(len(q), int)
    for _ in range(100):
        steps += ~mdp.terminal[state]
        state = mdp.next_state[state, q[np.arange(len(q)), state].argmax(axis=1), 0]
    return steps


# Example 6.6: the cliff


@pytest.mark.parametrize(
    ("learn", "mean", "band"),
    [  # standard errors of the mean of 1,000 runs: 0.21, 0.23, 0.06
        (tabular.sarsa, -26.8, 1.0),
        (tabular.q_learning, -50.0, 1.1),
        (tabular.expected_sarsa, -20.8, 0.35),
    ],
)
def test_the_cliff(learn, mean, band):
    learned = learn(cliff_walk(), runs=RUNS, episodes=EPISODES)
    assert abs(learned.episode_return[:, 400:].mean() - mean) < band


def test_a_thousand_runs_need_little_memory():
    """Returns, lengths and a statistic of 4 MB each, a table of 1.2 MB, and the work of one tick: far from 1 GB."""
    tracemalloc.start()
    tabular.q_learning(cliff_walk(), runs=RUNS, episodes=EPISODES, epsilon=0.0, record=lambda q: q[:, 36].max(axis=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 12e6 < peak < 30e6


def test_what_they_learn_on_the_cliff():
    """Q-learning comes to the values of the shortest path, 13 steps along the edge; the others keep away from it."""
    mdp = cliff_walk()
    q = tabular.q_learning(mdp, runs=200, episodes=EPISODES).q
    on_the_way = (mdp.positions[:, 0] == 2) | (mdp.start > 0)  # the row above the edge, and the start
    best = tabular.solve(mdp).value
    np.testing.assert_allclose(q.max(axis=2)[:, on_the_way], np.tile(best[on_the_way], (200, 1)), atol=0.05)
    assert (greedy_steps(mdp, q) == 13).all()
    assert (greedy_steps(mdp, tabular.expected_sarsa(mdp, runs=200, episodes=EPISODES).q) == 15).all()
    sarsa = tabular.sarsa(mdp, runs=200, episodes=EPISODES, alpha=tabular.glie(0.5, half=50))
    steps = greedy_steps(mdp, sarsa.q)
    assert steps.min() >= 15 and (steps <= 17).sum() > 180  # 198 here


# Example 6.5: the windy grid


def test_the_windy_grid():
    """Shortest path 15. Q-learning finds it in each of 100 runs; Sarsa, with epsilon fading, in more than 80 of them.

    While epsilon stays 0.1 no policy is worth more than -17.05, and Sarsa's values keep moving (in 500 episodes its
    greedy path has 15 steps in 40 of 100 runs only).
    """
    mdp = windy_grid()
    assert (greedy_steps(mdp, tabular.q_learning(mdp, runs=100, episodes=200).q) == 15).all()
    fading = tabular.sarsa(mdp, runs=100, episodes=500, epsilon=tabular.glie(0.1, half=20))
    steps = greedy_steps(mdp, fading.q)
    assert steps.min() == 15 and (steps == 15).sum() > 80  # 92 here: 4 standard deviations
    assert tabular.best_epsilon_soft(mdp, 0.1).value @ mdp.start == pytest.approx(-17.04833, abs=1e-5)


# Example 6.7: maximisation bias


def lefts(learn):
    """Share of the runs that go left in each episode (an episode of two steps), step size and epsilon 0.1."""
    learned = learn(maximisation_bias(), runs=4000, episodes=300, alpha=0.1, epsilon=0.1)
    return (learned.episode_length == 2).mean(axis=0)


def test_maximisation_bias():
    """Standard error of a share of 4,000 runs: 0.004 at 90 %, 0.005 at 9 %."""
    biased, double = lefts(tabular.q_learning), lefts(tabular.double_q_learning)
    assert biased.max() > 0.9 and 15 <= biased.argmax() <= 30  # 94 % near episode 20
    assert biased[99] > 0.4
    assert abs(double[90:110].mean() - 0.09) < 0.015
    assert double[20:].max() < 0.45 and biased[10:30].min() > double[10:30].max() + 0.3
    assert 0.05 < double[-100:].mean() < 0.08  # the floor is epsilon / 2 = 5 %
    assert abs(double[0] - 0.5) < 0.036 and abs(biased[0] - 0.5) < 0.036  # ties at random


# Example 5.3: blackjack


@pytest.mark.parametrize(
    ("learn", "alone", "together"),
    [(tabular.monte_carlo_exploring_starts, 0.06, 0.006), (tabular.monte_carlo_control, 0.09, 0.008)],
)
def test_blackjack_is_nearly_solved(learn, alone, together):
    """What 100 runs of 5,000 hands have learned, by its exact worth: the best is -0.0466, never hitting 0.06 less.

    Measured over some seeds: one run is 0.031 short of the best with exploring starts (0.013 after 20,000 hands, 0.007
    after 50,000) and 0.044 while exploring. The policy that is greedy for the mean of all tables, after half a million
    hands as in the book's figure, is 0.003 short in both cases, and takes the best action in 95 % of the states. The
    rest is in rare hands: a return has a deviation of 1, so 100 visits cannot tell actions 0.1 apart.
    """
    mdp = blackjack()
    best = tabular.solve(mdp)

    def short(q):
        policy = tabular.deterministic_policy(mdp, q.argmax(axis=1))
        return (best.value - tabular.evaluate_policy_exactly(mdp, policy)) @ mdp.start

    q = learn(mdp, runs=100, episodes=5000).q
    assert max(short(table) for table in q[:20]) < alone
    assert short(q.mean(axis=0)) < together
    assert (q.mean(axis=0).argmax(axis=1) == best.policy.argmax(axis=1))[:200].mean() > 0.9
