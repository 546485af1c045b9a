"""Notebook 04's exercises 4.7, 4.8 and 4.10 to 4.13 say what the package, PyTorch and statistics say."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch.distributions import Independent, Normal, TanhTransform, TransformedDistribution

from rlcourse import exercises, returns
from rlcourse.exercises.format import Case
from rlcourse.exercises.policy_gradient.small_worlds import Draw, World, with_a_trap
from rlcourse.notebook.checks.judge import judge
from tests.exercises.references import cases, on, reference


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5, check_dtype=False)


# --- 4.7 and 4.8 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["4.7", "4.8"])
@pytest.mark.parametrize("case", cases("4.7"))
def test_the_advantages_are_those_of_the_package(device, number, case):
    close(reference(number)(*on(device, case)), returns.gae(*on(device, case)))


@pytest.mark.parametrize("case", cases("4.7"))
def test_the_value_of_the_next_row_is_given_twice_except_at_an_end(case):
    _, value, next_value, terminated, done, *_ = case
    assert torch.equal(next_value[:-1][~done[:-1]], value[1:][~done[:-1]])
    assert not (terminated & ~done).any()


def clockwork() -> Case:
    """20 steps of a world without chance, cut every 6, its values exact; and a present of 5 at step 8.

    State k pays k and leads to k + 1, up to 4.
    """
    exact = [torch.tensor(4 / (1 - 0.9))]
    for pays in (3.0, 2.0, 1.0, 0.0):
        exact.insert(0, pays + 0.9 * exact[0])
    state = (torch.arange(20) % 6).clamp(max=4)
    v = torch.stack(exact)
    done = torch.arange(20) % 6 == 5
    reward = state.float()
    reward[8] += 5.0
    columns = (reward, v[state], v[(state + 1).clamp(max=4)], torch.zeros(20, dtype=torch.bool), done)
    return (*(column[:, None] for column in columns), 0.9, 0.8)


def test_a_present_in_one_episode_is_credited_to_others_until_both_bugs_are_mended():
    hunt = exercises.exercise("4.8")
    value_still, sum_still = (mistake.function for mistake in hunt.mistakes[:2])

    def credited(advantages: Any) -> list[int]:
        return torch.nonzero(advantages(*clockwork())[:, 0].abs() > 1e-3).flatten().tolist()

    assert credited(hunt.reference) == [6, 7, 8]  # the second episode up to the present
    assert set(credited(hunt.planted)) > {0, 5, 11, 12, 17}
    assert set(credited(value_still)) > {5, 11, 17}
    assert credited(sum_still) == list(range(9))


# --- 4.10 -----------------------------------------------------------------------------------------


def corridor(length: int = 5) -> World:
    """Action 1 leads to the right and out of the last state, action 0 to the left; in the middle they are exchanged."""
    right = [min(s + 1, length - 1) for s in range(length)]
    left = [max(s - 1, 0) for s in range(length)]
    ways = [[left[s], right[s]] if s != length // 2 else [right[s], left[s]] for s in range(length)]
    return World(ways, [[-1.0, -1.0]] * length, [[False, s == length - 1] for s in range(length)])


@pytest.mark.parametrize("seed", range(5))
def test_the_actor_critic_learns_a_corridor(seed):
    theta, v = reference("4.10")(corridor(), Draw(seed), 400, 0.2, 0.2, 1.0)
    p = np.exp(theta) / np.exp(theta).sum(axis=1, keepdims=True)
    right = [p[s, 0 if s == 2 else 1] for s in range(5)]
    # 60 seeds: the least of the five chances lay between 0.98 and 1, v within 0.25 of the shortest ways.
    assert min(right) > 0.9
    assert v == pytest.approx([-5, -4, -3, -2, -1], abs=1.0)


def test_the_world_of_the_check_ends_where_nothing_is_ended_and_says_when_it_is_over():
    world = with_a_trap()
    ends = [(s, a) for s in range(4) for a in range(3) if world.terminated[s][a]]
    assert ends and all(any(not e for e in world.terminated[world.next_state[s][a]]) for s, a in ends)
    with pytest.raises(RuntimeError, match=r"call reset\(\)"):
        world.step(0)
    assert world.reset() == 0
    for _ in range(World.LONGEST - 1):
        assert not corridor_step(world)
    assert world.step(0)[2]
    with pytest.raises(RuntimeError, match=r"call reset\(\)"):
        world.step(0)


def corridor_step(world: World) -> bool:
    """A step that ends nothing by itself; returns whether it was the end."""
    assert world.state is not None
    return world.step(next(a for a in range(3) if not world.terminated[world.state][a]))[2]


@pytest.mark.parametrize("p", [[0.5, 0.4], [[0.5, 0.5]], [math.nan, 1.0]])
def test_only_probabilities_are_drawn_from(p):
    with pytest.raises(ValueError, match="sum 1"):
        Draw(0)(np.array(p))


def test_actions_are_drawn_as_often_as_they_should_be():
    draw, p = Draw(0), np.array([0.2, 0.5, 0.3])
    counts = np.bincount([draw(p) for _ in range(10_000)], minlength=3)
    # standard deviations of at most 0.005, four of them: wrong once in 5,000 seeds, and this is one of the others
    assert counts / 10_000 == pytest.approx(p, abs=0.02)


# --- 4.11 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("4.11"))
def test_the_interval_is_that_of_scipy(case):
    with_baseline, without = case
    ratio = with_baseline / without
    interval = stats.ttest_1samp(np.log(ratio), 0.0).confidence_interval(0.95)
    expected = (stats.gmean(ratio), math.exp(interval.low), math.exp(interval.high))
    assert reference("4.11")(with_baseline, without) == pytest.approx(expected, rel=1e-9)


def coverage(interval: Any, repetitions: int = 2000, seeds: int = 5) -> float:
    """How often an interval holds the true ratio, 0.5, where the luck of a seed is shared by both runs."""
    rng, hits = np.random.default_rng(0), 0
    for _ in range(repetitions):
        luck = rng.normal(6.0, 0.8, seeds)
        without = np.exp(luck + rng.normal(0.0, 0.2, seeds))
        with_baseline = 0.5 * np.exp(luck + rng.normal(0.0, 0.2, seeds))
        _, low, high = interval(with_baseline, without)
        hits += low <= 0.5 <= high
    return hits / repetitions


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    # standard deviation of a coverage of 0.95 in 2,000 repetitions: 0.0049; three of them
    assert coverage(reference("4.11")) == pytest.approx(0.95, abs=0.015)
    by_hint = {mistake.hint: mistake.function for mistake in exercises.exercise("4.11").mistakes}
    normal = next(function for hint, function in by_hint.items() if hint.startswith("1.96"))
    unpaired = next(function for hint, function in by_hint.items() if hint.startswith("this is Welch"))
    assert coverage(normal) < 0.90  # 0.88: the price of 1.96 with five seeds
    assert coverage(unpaired) > 0.99  # far too wide: it has forgotten what the seeds share


# --- 4.12 and 4.13 --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("4.12"))
def test_the_gaussian_is_that_of_torch(device, case):
    mean, log_std, action = on(device, case)
    close(reference("4.12")(mean, log_std, action), Independent(Normal(mean, log_std.exp()), 1).log_prob(action))


@pytest.mark.parametrize("case", cases("4.13"))
def test_the_squashed_gaussian_is_that_of_torch(device, case):
    mean, log_std, raw = on(device, case)
    bell = Normal(mean, log_std.exp())
    squashed = Independent(TransformedDistribution(bell, TanhTransform(cache_size=1)), 1)
    action = squashed.base_dist.transforms[0](raw)  # the cache remembers raw, so that nothing is lost to rounding
    close(reference("4.13")(mean, log_std, raw), squashed.log_prob(action))


def summed_over_actions(logprob: Any) -> float:
    """The integral of a density over the actions from -1 to 1, of a standard bell squashed."""
    action = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 10_000 - 1
    zero = torch.zeros(1, dtype=torch.float64)
    density = logprob(zero.expand(len(action), 1), zero, torch.atanh(action)[:, None]).exp()
    return density.mean().item() * 2


def test_the_density_sums_to_one_and_the_planted_one_to_what_its_symptom_says():
    hunt = exercises.exercise("4.13")
    assert summed_over_actions(hunt.reference) == pytest.approx(1.0, abs=1e-4)
    assert summed_over_actions(hunt.planted) == pytest.approx(0.6057, abs=1e-4) and "0.61" in hunt.symptom


@pytest.mark.parametrize("case", cases("4.13"))
def test_the_score_function_cannot_tell_the_two_densities_apart(case):
    def gradients(logprob: Any) -> tuple[torch.Tensor, ...]:
        mean, log_std, raw = (item.detach().clone() for item in case)
        return torch.autograd.grad(logprob(mean.requires_grad_(), log_std.requires_grad_(), raw).sum(), (mean, log_std))

    hunt = exercises.exercise("4.13")
    for right, planted in zip(gradients(hunt.reference), gradients(hunt.planted), strict=True):
        close(right, planted)


@pytest.mark.parametrize("number", ["4.12", "4.13"])
def test_a_log_density_that_nothing_can_learn_from_is_refused(number):
    def student(*args: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return reference(number)(*args)

    assert judge(exercises.exercise(number), student).status == "not yet"


# --- answers that look different and are right ----------------------------------------------------


def other_gae(reward, value, next_value, terminated, done, discount, lam):
    """By lambda-returns: G = R + discount ((1 - lam) v' + lam G'), less the value."""
    out, following = torch.empty_like(reward), next_value[-1] * ~terminated[-1]
    for i in reversed(range(len(reward))):
        after = next_value[i] * ~terminated[i]
        following = reward[i] + discount * torch.where(done[i], after, (1 - lam) * after + lam * following)
        if i == len(reward) - 1:
            following = reward[i] + discount * after
        out[i] = following - value[i]
    return out


def actor_first(env, draw, episodes, alpha_actor, alpha_critic, discount):
    """The actor's step before the critic's, entry by entry, and a loop that is left in the middle."""
    theta, v = np.zeros((env.num_states, env.num_actions)), np.zeros(env.num_states)
    for _ in range(episodes):
        s = env.reset()
        while True:
            p = np.exp(theta[s]) / np.exp(theta[s]).sum()
            a = draw(p)
            s2, r, end = env.step(a)
            delta = (r if end else r + discount * v[s2]) - v[s]
            for b in range(env.num_actions):
                theta[s, b] += alpha_actor * delta * ((b == a) - p[b])
            v[s] += alpha_critic * delta
            s = s2
            if end:
                break
    return [theta, v]


def by_scipy(with_baseline, without):
    x = np.log(with_baseline) - np.log(without)
    low, high = stats.t.interval(0.95, len(x) - 1, loc=x.mean(), scale=stats.sem(x))
    return np.exp(x.mean()), np.exp(low), np.exp(high)


def by_transform(mean, log_std, raw):
    slope = TanhTransform().log_abs_det_jacobian(raw, torch.tanh(raw))
    return (Normal(mean, log_std.exp()).log_prob(raw) - slope).sum(dim=1)


@pytest.mark.parametrize(
    ("number", "student"),
    [
        ("4.7", other_gae),
        ("4.8", other_gae),
        ("4.10", actor_first),
        ("4.11", by_scipy),
        ("4.12", lambda mean, log_std, action: Normal(mean, log_std.exp()).log_prob(action).sum(dim=1)),
        ("4.13", by_transform),
    ],
)
def test_a_right_answer_may_be_written_otherwise(number, student):
    assert judge(exercises.exercise(number), student).status == "correct"
