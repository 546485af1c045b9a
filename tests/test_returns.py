"""Returns: by hand, against loops that follow the definitions, and against one another."""

import pytest
import torch

from rlcourse.returns import discounted_return, gae, lambda_return, n_step_return, vtrace, whole_return

GAMMA, T, N = 0.9, 30, 7


def flags(*rows):
    return torch.tensor(rows, dtype=torch.bool)


# Copy 0 terminates at step 1 and is cut at step 2; copy 1 is both at step 0, and the record ends under way.
REWARD = torch.tensor([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0], [8.0, 8.0]])
NEXT_VALUE = torch.full((4, 2), 100.0)
TERMINATED = flags([0, 1], [1, 0], [0, 0], [0, 0])
DONE = flags([0, 1], [1, 0], [1, 0], [1, 0])
HAND = (REWARD, NEXT_VALUE, TERMINATED, DONE)


def test_discounted_return_by_hand():
    found = discounted_return(*HAND, 0.5)
    assert found[:, 0].tolist() == [1 + 0.5 * 2, 2, 4 + 50, 8 + 50]
    assert found[:, 1].tolist() == [1, 2 + 0.5 * (4 + 0.5 * 58), 4 + 0.5 * 58, 8 + 50]
    assert found.shape == (4, 2) and REWARD[0, 0] == 1


def test_whole_return_by_hand():
    found = whole_return(discounted_return(*HAND, 0.5), DONE)
    assert found[:, 0].tolist() == [2, 2, 54, 58]
    assert found[:, 1].tolist() == [1, 18.5, 18.5, 18.5]


def test_n_step_return_by_hand():
    assert n_step_return(*HAND, 0.5, 1).tolist() == [[51, 1], [2, 52], [54, 54], [58, 58]]
    assert n_step_return(*HAND, 0.5, 2).tolist() == [[2, 1], [2, 29], [54, 33], [58, 58]]
    assert n_step_return(*HAND, 0.5, 3).tolist() == [[2, 1], [2, 18.5], [54, 33], [58, 58]]


def test_lambda_return_by_hand():
    """Copy 1, from the end: 58; 4 + .5 (50 + 29); 2 + .5 (50 + .5 * 43.5); where it terminated, the reward alone."""
    found = lambda_return(*HAND, 0.5, 0.5)
    assert found[:, 1].tolist() == [1, 37.875, 43.5, 58]
    assert found[:, 0].tolist() == [1 + 0.5 * (50 + 1), 2, 54, 58]


def test_gae_by_hand():
    """TD errors 41, -8, 44, 48 and -9, 42, 44, 48; the sum fades by a quarter, and starts anew after an end."""
    found = gae(REWARD, torch.full((4, 2), 10.0), *HAND[1:], 0.5, 0.5)
    assert found[:, 0].tolist() == [41 - 2, -8, 44, 48]
    assert found[:, 1].tolist() == [-9, 42 + 56 / 4, 44 + 48 / 4, 48]


def record(seed, ends=0.15):
    """Random steps: reward, value, next_value, terminated, done. Where an episode goes on, the values agree."""
    generator = torch.Generator().manual_seed(seed)
    reward, value, next_value = torch.randn(3, T, N, generator=generator).double()
    terminated, truncated = torch.rand(2, T, N, generator=generator) < ends  # some are both
    done = terminated | truncated
    next_value[:-1] = torch.where(done[:-1], next_value[:-1], value[1:])
    return reward, value, next_value, terminated, done


def lengths(done, t, i):
    """How many steps of the episode, or of the record, there are from t on."""
    return next((k - t + 1 for k in range(t, T) if done[k, i]), T - t)


def slow_n_step(reward, next_value, terminated, done, n, t, i):
    m = min(n, lengths(done, t, i))
    total = sum(GAMMA**k * reward[t + k, i].item() for k in range(m))
    last = t + m - 1
    return total + (0.0 if terminated[last, i] else GAMMA**m * next_value[last, i].item())


def slow_lambda(reward, next_value, terminated, done, lam, t, i):
    """The definition: weights (1 - lam) lam^(n-1), and what is left of them for the longest."""
    m = lengths(done, t, i)
    every = [slow_n_step(reward, next_value, terminated, done, n, t, i) for n in range(1, m + 1)]
    return sum((1 - lam) * lam**n * g for n, g in enumerate(every[:-1])) + lam ** (m - 1) * every[-1]


def slow_vtrace(reward, value, next_value, terminated, done, ratio, rho_bar, c_bar, t, i):
    """Equation 1 of the paper as the sum it is there, up to the end of the episode or of the record."""
    total, product = value[t, i].item(), 1.0
    for k in range(lengths(done, t, i)):
        s = t + k
        ahead = 0.0 if terminated[s, i] else next_value[s, i].item()
        rho = min(rho_bar, ratio[s, i].item())
        total += GAMMA**k * product * rho * (reward[s, i].item() + GAMMA * ahead - value[s, i].item())
        product *= min(c_bar, ratio[s, i].item())
    return total


def everywhere(slow):
    return torch.tensor([[slow(t, i) for i in range(N)] for t in range(T)], dtype=torch.float64)


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 29, 30, 31, 1000])
def test_n_step_return_against_the_loop(n):
    reward, _, *rest = record(0, ends=0.05)
    close(n_step_return(reward, *rest, GAMMA, n), everywhere(lambda t, i: slow_n_step(reward, *rest, n, t, i)))


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.95, 1.0])
def test_lambda_return_and_gae_against_the_loop(lam):
    reward, value, *rest = record(1)
    expected = everywhere(lambda t, i: slow_lambda(reward, *rest, lam, t, i))
    close(lambda_return(reward, *rest, GAMMA, lam), expected)
    close(gae(reward, value, *rest, GAMMA, lam), expected - value)


@pytest.mark.parametrize(("rho_bar", "c_bar"), [(1.0, 1.0), (0.7, 0.4), (2.0, 1.0), (9.0, 9.0)])
def test_vtrace_against_the_loop(rho_bar, c_bar):
    reward, value, next_value, terminated, done = steps = record(2)
    ratio = torch.rand(T, N, generator=torch.Generator().manual_seed(3)).double() * 2
    target, advantage = vtrace(*steps, ratio, GAMMA, rho_bar, c_bar)
    expected = everywhere(lambda t, i: slow_vtrace(*steps, ratio, rho_bar, c_bar, t, i))
    close(target, expected)
    following = torch.cat((expected[1:], next_value[-1:]))
    following = torch.where(done, next_value, following) * ~terminated
    following[-1] = next_value[-1] * ~terminated[-1]
    close(advantage, ratio.clamp(max=rho_bar) * (reward + GAMMA * following - value))


def test_both_ends_of_the_dials():
    reward, value, next_value, terminated, done = steps = record(4)
    rest = (next_value, terminated, done, GAMMA)
    td_error = reward + GAMMA * next_value * ~terminated - value
    returns = discounted_return(reward, *rest)
    close(gae(reward, value, *rest, 0.0), td_error)
    close(gae(reward, value, *rest, 1.0), returns - value)
    close(lambda_return(reward, *rest, 0.0), td_error + value)
    close(n_step_return(reward, *rest, T), returns)
    ones = torch.ones_like(reward)
    target, advantage = vtrace(*steps, ones, GAMMA)
    close(target, returns)
    close(advantage, returns - value)
    target, advantage = vtrace(*steps, 0 * ones, GAMMA)
    close(target, value)
    close(advantage, 0 * ones)


@pytest.mark.parametrize("last", [T - 2, T - 1])
@pytest.mark.parametrize("ended", [True, False])
def test_an_episode_that_ends_with_the_record_or_a_step_before(last, ended):
    """One copy, reward 1, values 100: what follows the end is another episode, and the record's end is a cut."""
    done = torch.arange(T)[:, None] == last
    terminated = done & ended
    ones, hundred = torch.ones(T, 1).double(), torch.full((T, 1), 100.0).double()
    steps = last + 1
    sum_of_rewards = (1 - GAMMA**steps) / (1 - GAMMA)
    expected = sum_of_rewards + (0 if ended else GAMMA**steps * 100)
    for found in (
        discounted_return(ones, hundred, terminated, done, GAMMA)[0],
        n_step_return(ones, hundred, terminated, done, GAMMA, T)[0],
        gae(ones, hundred, hundred, terminated, done, GAMMA, 1.0)[0] + 100,
        vtrace(ones, hundred, hundred, terminated, done, ones, GAMMA)[0][0],
    ):
        assert found.item() == pytest.approx(expected, abs=1e-10)
    assert discounted_return(ones, hundred, terminated, done, GAMMA)[-1].item() == pytest.approx(
        1 if ended and last == T - 1 else 91
    )


def test_the_reset_observation_is_never_asked():
    """A critic that says the number of the observation: within an episode 0, 1, 2, ..., so each step gains 1.

    With reward 0 and no discounting, every TD error is 1. The value of the row behind a cut would be 0, not 3.
    """
    value = torch.tensor([0.0, 1.0, 2.0, 0.0, 1.0, 2.0])[:, None]
    next_value = value + 1
    done = flags([0], [0], [1], [0], [0], [1])
    never = torch.zeros_like(done)
    assert gae(0 * value, value, next_value, never, done, 1.0, 1.0).flatten().tolist() == [3, 2, 1, 3, 2, 1]
    assert discounted_return(0 * value, next_value, never, done, 1.0).flatten().tolist() == [3] * 6


def test_arguments_are_not_changed():
    steps = record(6)
    before = [column.clone() for column in steps]
    ratio = torch.ones_like(steps[0])
    vtrace(*steps, ratio, GAMMA)
    gae(*steps, GAMMA, 0.9)
    reward, _, *rest = steps
    lambda_return(reward, *rest, GAMMA, 0.9)
    whole_return(n_step_return(reward, *rest, GAMMA, 3), rest[-1])
    assert all(torch.equal(one, other) for one, other in zip(steps, before, strict=True))


def test_what_does_not_fit_is_refused():
    reward, value, *rest = record(7)
    for shape in ((T, N, 1), (N,), (1, N), (T, 1)):
        with pytest.raises(ValueError, match=r"value has shape \[.*\]; expected \[30, 7\], that of reward"):
            gae(reward, torch.zeros(shape), *rest, GAMMA, 0.9)
    with pytest.raises(ValueError, match=r"done has shape \[7\]"):
        discounted_return(reward, *rest[:2], rest[2][0], GAMMA)
    with pytest.raises(ValueError, match=r"ratio has shape \[7\]"):
        vtrace(reward, value, *rest, torch.ones(N), GAMMA)
    with pytest.raises(ValueError, match="at least one step"):
        gae(*[column[:0] for column in (reward, value, *rest)], GAMMA, 0.9)
    for lam in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=f"lam is {lam}; expected a number in"):
            gae(reward, value, *rest, GAMMA, lam)
        with pytest.raises(ValueError, match=f"lam is {lam}; expected a number in"):
            lambda_return(reward, *rest, GAMMA, lam)
    for n in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match=f"n is {n}; expected a whole number"):
            n_step_return(reward, *rest, GAMMA, n)
