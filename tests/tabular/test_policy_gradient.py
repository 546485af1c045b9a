"""The policy gradient: exact against finite differences, sampled against exact, and the corridor that needs a coin."""

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from rlcourse.mdp import grid_world, short_corridor
from rlcourse.tabular import (
    action_values,
    evaluate_policy_exactly,
    objective,
    policy_gradient,
    sampled_policy_gradient,
    softmax_policy,
)
from tests.mdp.random_mdps import few, generators, mdps, random_mdp

STEP = 1e-5


def finite_differences(function, at):
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        nudge = np.zeros_like(at)
        nudge[index] = STEP
        gradient[index] = (function(at + nudge) - function(at - nudge)) / (2 * STEP)
    return gradient


def random_logits(mdp, rng):
    return rng.normal(size=(mdp.num_states, mdp.num_actions))


@few
@given(mdps(), generators())
def test_the_exact_gradient_is_the_slope_of_the_objective(mdp, rng):
    """Unavailable actions and terminal states are among them: their gradient is 0."""
    logits = random_logits(mdp, rng)
    found = policy_gradient(mdp, logits)
    slope = finite_differences(lambda at: objective(mdp, at), logits)
    np.testing.assert_allclose(found, slope, atol=1e-6 * max(1.0, np.abs(slope).max()), rtol=0)
    assert (found[~mdp.allowed] == 0).all() and (found[mdp.terminal] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-9)


def test_so_it_is_without_discounting_where_episodes_end():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        mdp = random_mdp(rng, discount=1.0, always_ends=True)
        logits = random_logits(mdp, rng)
        slope = finite_differences(lambda at, mdp=mdp: objective(mdp, at), logits)
        np.testing.assert_allclose(policy_gradient(mdp, logits), slope, atol=1e-6, rtol=1e-6)
    with pytest.raises(ValueError, match="never ends"):
        policy_gradient(random_mdp(np.random.default_rng(0), discount=1.0, ends=False), np.zeros((5, 3)))


def test_softmax():
    mdp = random_mdp(np.random.default_rng(1))
    logits = random_logits(mdp, np.random.default_rng(2)) + 1000.0
    policy = softmax_policy(mdp, logits)
    for s in range(mdp.num_states):
        weight = np.exp(logits[s] - 1000.0) * mdp.allowed[s]
        np.testing.assert_allclose(policy[s], weight / weight.sum())
    hole = np.argwhere(~mdp.allowed)[0]
    logits[tuple(hole)] = np.nan  # nobody looks there
    np.testing.assert_array_equal(softmax_policy(mdp, logits), policy)
    logits[0, mdp.allowed[0]] = np.inf
    with pytest.raises(ValueError, match="logits hold NaN or infinity"):
        softmax_policy(mdp, logits)
    with pytest.raises(ValueError, match=r"logits have shape \(5,\); expected \(5, 3\)"):
        objective(mdp, np.zeros(5))


WORLD = grid_world(
    "S.G\n.#.\n..X", discount=0.9, slip=0.2, living_reward=-0.3, goal_reward=2.0, pit_reward=-2.0, bump="forbid"
)
LOGITS = np.random.default_rng(3).normal(0, 0.7, (WORLD.num_states, WORLD.num_actions))
VALUES = evaluate_policy_exactly(WORLD, softmax_policy(WORLD, LOGITS))


@pytest.mark.parametrize("reward_to_go", [True, False])
@pytest.mark.parametrize("baseline", [0.0, -3.0, VALUES, VALUES + 5 * np.arange(WORLD.num_states) % 3])
def test_the_sampled_gradient_is_unbiased(reward_to_go, baseline):
    """All 32 means within 4.5 standard errors: with another seed a case fails once in 4,600 times (32 * 6.8e-6)."""
    found = sampled_policy_gradient(
        WORLD, LOGITS, episodes=20_000, seed=4, reward_to_go=reward_to_go, baseline=baseline
    )
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    exact = policy_gradient(WORLD, LOGITS)
    assert (np.abs(found.mean(axis=0) - exact) <= 4.5 * error + 1e-12).all()
    assert error[:2].max() < np.abs(exact).max() / 3  # so that the mean says something


def test_each_thing_that_leaves_the_mean_alone_takes_variance_away():
    """Whole return, reward-to-go, minus the value: 17, 3.6 and 2.1 a gradient here."""
    total = [
        sampled_policy_gradient(WORLD, LOGITS, episodes=5000, seed=5, **how).var(axis=0).sum()
        for how in ({"reward_to_go": False}, {}, {"baseline": VALUES})
    ]
    assert total[0] > 1.2 * total[1] > 1.44 * total[2]


def test_an_episode_by_hand():
    """Two steps right in a corridor: weights 3 and 2 less the baseline, the second discounted, times 1[a = b] - pi."""
    corridor = grid_world("S.G", discount=0.5, living_reward=2.0, goal_reward=2.0, bump="forbid")
    logits = np.full((3, 4), -1000.0)
    logits[:, 1] = 0.0  # right, almost surely
    logits[1, 3] = 0.0  # but in the second cell left is as likely
    found = sampled_policy_gradient(corridor, logits, episodes=200, seed=6, baseline=[1.0, 0.5, 0.0])
    straight = [found[k] for k in range(200) if np.allclose(found[k, 1], [0, 0.5 * 1.5 * 0.5, 0, -0.5 * 1.5 * 0.5])]
    assert 60 < len(straight) < 140 and all(np.allclose(one[0], 0) for one in straight)
    dropped = sampled_policy_gradient(
        corridor, logits, episodes=200, seed=6, baseline=[1.0, 0.5, 0.0], discount_visits=False
    )
    assert sum(np.allclose(one[1], [0, 1.5 * 0.5, 0, -1.5 * 0.5]) for one in dropped) == len(straight)


def test_intervals_hold_the_truth_as_often_as_they_promise():
    """200 intervals at 95 % of the largest entry: 179 to 198 hold it, which a true rate of 95 % leaves once in 1,000.

    188 do here, and none of those around the sum that leaves the factor discount^t out.
    """
    assert binom.cdf(178, 200, 0.95) < 0.0005 and binom.sf(198, 200, 0.95) < 0.0005
    exact = policy_gradient(WORLD, LOGITS)
    entry = np.unravel_index(np.abs(exact).argmax(), exact.shape)
    held = {True: 0, False: 0}
    for seed in range(200):
        for factor in held:
            found = sampled_policy_gradient(
                WORLD, LOGITS, episodes=400, seed=seed, baseline=VALUES, discount_visits=factor
            )[:, *entry]
            held[factor] += abs(found.mean() - exact[entry]) < 1.96 * found.std(ddof=1) / np.sqrt(400)
    assert 179 <= held[True] <= 198
    assert held[False] < 10


def test_without_the_factor_it_is_the_sum_over_undiscounted_visits():
    """And that is another vector than the gradient: 4.5 standard errors around the one, far from the other."""
    policy = softmax_policy(WORLD, LOGITS)
    advantage = np.where(WORLD.allowed, action_values(WORLD, VALUES) - VALUES[:, None], 0.0)
    process = WORLD.under(policy)
    live = ~WORLD.terminal
    chain = process.transition.toarray()[live][:, live]
    visits = np.zeros(WORLD.num_states)
    visits[live] = np.linalg.solve(np.eye(live.sum()) - chain.T, WORLD.start[live])
    found = sampled_policy_gradient(WORLD, LOGITS, episodes=20_000, seed=7, baseline=VALUES, discount_visits=False)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - visits[:, None] * policy * advantage) <= 4.5 * error + 1e-12).all()
    assert (np.abs(found.mean(axis=0) - policy_gradient(WORLD, LOGITS)) > 4.5 * error + 1e-12).any()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="discount_visits=False needs reward_to_go"):
        sampled_policy_gradient(WORLD, LOGITS, episodes=2, reward_to_go=False, discount_visits=False)
    with pytest.raises(ValueError, match="runs is 0"):
        sampled_policy_gradient(WORLD, LOGITS, episodes=0)
    with pytest.raises(ValueError):
        sampled_policy_gradient(WORLD, LOGITS, episodes=2, baseline=np.zeros(3))
    with pytest.raises(ValueError):
        sampled_policy_gradient(WORLD, LOGITS, episodes=2, baseline=np.nan)


def test_the_short_corridor_of_example_13_1():
    """Best with right at 2 - sqrt(2), worth -11.657; 95 % right -44, 95 % left -82."""
    corridor = short_corridor()

    def worth(right):
        return evaluate_policy_exactly(corridor, [[1 - right, right]] * 4)[0]

    best = minimize_scalar(lambda p: -worth(p), bounds=(0.1, 0.9), method="bounded", options={"xatol": 1e-9})
    assert best.x == pytest.approx(2 - np.sqrt(2), abs=1e-6)
    assert worth(best.x) == pytest.approx(-6 - 4 * np.sqrt(2), abs=1e-9)
    assert worth(0.95) == pytest.approx(-44.21, abs=0.01) and worth(0.05) == pytest.approx(-82.11, abs=0.01)
    p = 2 - np.sqrt(2)
    # one logit, shared by the three cells: its gradient is the sum of theirs, and 0 at the best
    shared = np.tile([0.0, np.log(p / (1 - p))], (4, 1))
    np.testing.assert_allclose(policy_gradient(corridor, shared).sum(axis=0), 0, atol=1e-9)
    assert policy_gradient(corridor, np.zeros((4, 2))).sum(axis=0)[1] > 0.1
