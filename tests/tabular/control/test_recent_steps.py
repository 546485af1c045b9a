"""The ring of recent steps, by hand: what it remembers and whose turn it is."""

import numpy as np
import pytest

from rlcourse.tabular.control.recent_steps import RecentSteps

BOTH = np.arange(2)


def test_it_remembers_the_last_n_steps():
    recent = RecentSteps(3, runs=2)
    for t in range(7):
        recent.add(np.array([t, 10 + t]), np.array([2 * t, 0]), np.array([0.5 * t, -t]))
    for back in range(3):
        s, a, r = recent.ago(back, BOTH)
        t = 6 - back
        assert (s.tolist(), a.tolist(), r.tolist()) == ([t, 10 + t], [2 * t, 0], [0.5 * t, -t])
    assert recent.ago(2, np.array([1]))[0].tolist() == [14]


def turns(recent, length, ended):
    return [(back, who.tolist()) for back, who in recent.due(np.array(length), np.array(ended, dtype=int))]


def test_whose_turn_it_is():
    """n = 3 in both runs. Nothing is due before the third step; at the end all that wait are, the oldest first."""
    recent = RecentSteps(3, runs=2)
    assert turns(recent, [1, 2], []) == []
    assert turns(recent, [2, 3], []) == [(2, [1])]
    assert turns(recent, [3, 4], []) == [(2, [0, 1])]
    assert turns(recent, [5, 9], [1]) == [(2, [0, 1]), (1, [1]), (0, [1])]
    assert turns(recent, [3, 9], [0]) == [(2, [0, 1]), (1, [0]), (0, [0])]
    assert turns(recent, [2, 1], [0, 1]) == [(1, [0]), (0, [0, 1])]  # episodes shorter than n
    assert turns(recent, [0, 3], []) == [(2, [1])]  # a run that has played all its episodes


def test_n_may_differ_by_run():
    recent = RecentSteps([1, 3], runs=2)
    assert turns(recent, [1, 1], []) == [(0, [0])]
    assert turns(recent, [4, 4], []) == [(2, [1]), (0, [0])]
    assert turns(recent, [4, 4], [0, 1]) == [(2, [1]), (1, [1]), (0, [0, 1])]


@pytest.mark.parametrize(
    ("n", "message"),
    [
        (0, "n is 0; expected at least 1 step"),
        ([2, -1], "n is -1; expected at least 1 step"),
        (1.5, "n is 1.5; expected a whole number, or one for each of the 2 runs"),
        ([1, 2, 3], r"n is \[1, 2, 3\]; expected a whole number, or one for each of the 2 runs"),
    ],
)
def test_bad_n(n, message):
    with pytest.raises(ValueError, match=message):
        RecentSteps(n, runs=2)
