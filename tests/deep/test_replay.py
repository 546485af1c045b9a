"""Replay: windows by hand and against a plain list, priorities against their formulas, and resuming bit by bit."""

import copy
import io
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from rlcourse.deep.replay import PrioritisedReplay, Replay

BOTH = pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])


def history(steps, num_envs, seed=0, ends=0.3):
    """What `add` is given at every step, as arrays [steps, num_envs, ...]; every observation is another number.

    The next observation is that of the next step only where nothing ended: elsewhere a new episode begins there.
    """
    rng = np.random.default_rng(seed)
    obs = 1.0 + rng.permutation((steps + 1) * num_envs).reshape(steps + 1, num_envs)
    terminated, truncated = rng.random((2, steps, num_envs)) < ends / 2
    final = 1e4 + np.arange(steps * num_envs).reshape(steps, num_envs)
    return {
        "obs": obs[:-1],
        "action": rng.integers(0, 5, (steps, num_envs)),
        "reward": rng.normal(size=(steps, num_envs)).round(2),
        "next_obs": np.where(terminated | truncated, final, obs[1:]),
        "terminated": terminated,
        "truncated": truncated,
    }


def step_of(log, t, device):
    """Step t of a history as tensors [num_envs, ...]; an observation is its number and the number's half."""
    kinds = {"action": torch.int64, "terminated": torch.bool, "truncated": torch.bool}
    step = {name: torch.as_tensor(log[name][t], device=device).to(kinds.get(name, torch.float32)) for name in log}
    for name in ("obs", "next_obs"):
        step[name] = torch.stack([step[name], step[name] / 2], dim=1)
    return step


def filled(kind, log, capacity, device, n_step=1, **settings):
    steps, num_envs = log["obs"].shape
    replay = kind(capacity, num_envs, (2,), n_step=n_step, device=device, **settings)
    for t in range(steps):
        replay.add(**step_of(log, t, device))
    return replay


def generator(device, seed=0):
    return torch.Generator(device).manual_seed(seed)


def naive_window(log, t, env, n, discount):
    """return_, next_obs and bootstrap of the window that begins at step t of a copy: the definition as a loop."""
    return_ = 0.0
    for i in range(n):
        return_ += discount**i * log["reward"][t + i, env]
        if log["terminated"][t + i, env]:
            return return_, log["next_obs"][t + i, env], 0.0
        if log["truncated"][t + i, env]:
            break
    return return_, log["next_obs"][t + i, env], discount ** (i + 1)


def check_against_list(replay, log, batch, n, discount):
    """Every item of the batch is the window of the list that its index names; returns the steps that came up."""
    steps, num_envs = log["obs"].shape
    seen = set()
    for item in zip(*(field.cpu().numpy() for field in batch), strict=True):
        obs, action, return_, next_obs, bootstrap, index, _ = item
        row, env = divmod(int(index), num_envs)
        t = max(time for time in range(steps) if time % replay.rows == row)  # the newest that was written there
        assert max(0, steps - replay.rows) <= t <= steps - n
        expected_return, expected_next, expected_bootstrap = naive_window(log, t, env, n, discount)
        np.testing.assert_array_equal(obs, [log["obs"][t, env], log["obs"][t, env] / 2])
        np.testing.assert_array_equal(next_obs, [expected_next, expected_next / 2])
        assert action == log["action"][t, env]
        assert return_ == pytest.approx(expected_return, abs=1e-5)
        assert bootstrap == np.float32(expected_bootstrap)
        seen.add((t, env))
    return seen


# --- windows ----------------------------------------------------------------------------------------------------------


@settings(derandomize=True, database=None, deadline=None, max_examples=80)
@given(data=st.data())
def test_samples_equal_windows_of_a_list(data, device):
    """Any size, fill, n and pattern of ends. 600 draws of at most 21 windows miss one with probability 21 e^-29."""
    kind = data.draw(st.sampled_from([Replay, PrioritisedReplay]))
    n, num_envs = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    rows = data.draw(st.integers(n, 7))
    steps = data.draw(st.integers(1, 20))
    discount = data.draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    log = history(steps, num_envs, seed=data.draw(st.integers(0, 99)), ends=data.draw(st.sampled_from([0.0, 0.3, 0.9])))
    replay = filled(kind, log, rows * num_envs + data.draw(st.integers(0, num_envs - 1)), device, n)
    windows = {(t, env) for t in range(max(0, steps - rows), steps - n + 1) for env in range(num_envs)}
    assert len(replay) == len(windows)
    if not windows:
        with pytest.raises(ValueError, match="add at least n_step"):
            replay.sample(1, discount, generator(device))
        return
    batch = replay.sample(600, discount, generator(device, steps))
    assert check_against_list(replay, log, batch, n, discount) == windows
    assert (batch.weight == 1).all()


TERMINATED_AT, TRUNCATED_AT, BOTH_AT = 2, 4, 6
BY_HAND = {  # discount 1/2; observations 0, 1, ...; the true next one of step t is 10 + t where an episode ends at t
    1: {
        "return_": [1, 2, 4, 8, 16, 32, 64, 128, 256],
        "next_obs": [1, 2, 12, 4, 14, 6, 16, 8, 9],
        "bootstrap": [0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5],
    },
    2: {
        "return_": [1 + 1, 2 + 2, 4, 8 + 8, 16, 32 + 32, 64, 128 + 128],
        "next_obs": [2, 12, 12, 14, 14, 16, 16, 9],
        "bootstrap": [0.25, 0, 0, 0.25, 0.5, 0, 0, 0.25],
    },
    3: {
        "return_": [1 + 1 + 1, 2 + 2, 4, 8 + 8, 16, 32 + 32, 64],
        "next_obs": [12, 12, 12, 14, 14, 16, 16],
        "bootstrap": [0, 0, 0, 0.25, 0.5, 0, 0],
    },
    4: {
        "return_": [1 + 1 + 1, 2 + 2, 4, 8 + 8, 16, 32 + 32],
        "next_obs": [12, 12, 12, 14, 14, 16],
        "bootstrap": [0, 0, 0, 0.25, 0.5, 0],
    },
}


@BOTH
@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_windows_by_hand(kind, wrap, n, device):
    """Nine steps with rewards 1, 2, 4, ...: step 2 terminates, step 4 is truncated, step 6 is both.

    With `wrap` the ring is full already, and the nine steps begin four rows before its end.
    """
    replay = kind(9, 1, (), n_step=n, device=device)
    for t in range(-5 if wrap else 0, 9):
        ends = t in (TERMINATED_AT, TRUNCATED_AT, BOTH_AT)
        replay.add(
            torch.tensor([float(t)], device=device),
            torch.tensor([t % 2], device=device),
            torch.tensor([2.0**t if t >= 0 else torch.inf], device=device),
            torch.tensor([10.0 + t if ends else t + 1.0], device=device),
            torch.tensor([t in (TERMINATED_AT, BOTH_AT)], device=device),
            torch.tensor([t in (TRUNCATED_AT, BOTH_AT)], device=device),
        )
    batch = replay.sample(500, 0.5, generator(device))
    expected = {name: torch.tensor(values, device=device) for name, values in BY_HAND[n].items()}
    t = batch.obs.long()
    assert t.unique().tolist() == list(range(len(BY_HAND[n]["return_"])))
    for name, values in expected.items():
        assert torch.equal(getattr(batch, name), values[t].float())
    assert torch.equal(batch.action, t % 2)
    assert torch.equal(batch.index, (t + (5 if wrap else 0)) % 9)


@BOTH
def test_what_happened_after_the_end_of_an_episode_does_not_matter(kind, device):
    """Not even where it is not finite: 0 * inf would be NaN."""
    log = history(4, 1, ends=0.0)
    log["truncated"][1] = True
    log["reward"][2:] = np.inf
    replay = filled(kind, log, 4, device, n_step=3)
    batch = replay.sample(64, 0.9, generator(device))
    assert batch.return_.isfinite().all()
    check_against_list(replay, log, batch, 3, 0.9)


@BOTH
def test_no_window_reaches_over_a_cut(kind, device):
    log = history(6, 2, ends=0.0)
    replay = kind(8, 2, (2,), n_step=3, device=device)
    for t in range(6):  # the ring of 4 rows is full when it is cut; row 0 is the newest
        replay.add(**step_of(log, t, device))
        if t == 4:
            replay.cut()
    log["truncated"][4] = True
    check_against_list(replay, log, replay.sample(200, 0.9, generator(device)), 3, 0.9)


@BOTH
def test_powers_of_the_discount_are_the_nearest_float32(kind, device):
    replay = filled(kind, history(20, 1, ends=0.0), 20, device, n_step=10)
    assert replay.sample(5, 0.997, generator(device)).bootstrap.unique().item() == np.float32(0.997**10)


@BOTH
def test_images_stay_bytes_and_actions_may_be_vectors(kind, device):
    replay = kind(6, 2, (3, 4), obs_dtype=torch.uint8, action_shape=(2,), action_dtype=torch.float32, device=device)
    image = torch.arange(24, dtype=torch.uint8, device=device).view(2, 3, 4)
    action = torch.tensor([[0.5, 1.5], [2.5, 3.5]], device=device)
    none = torch.zeros(2, dtype=torch.bool, device=device)
    replay.add(image, action, torch.ones(2, device=device), 255 - image, none, none)
    batch = replay.sample(40, 0.9, generator(device))
    assert batch.obs.dtype == batch.next_obs.dtype == replay.obs.dtype == torch.uint8
    assert torch.equal(batch.obs, image[batch.index])
    assert torch.equal(batch.next_obs, 255 - image[batch.index])
    assert torch.equal(batch.action, action[batch.index])


def test_uniform_samples_are_uniform(device):
    """21 windows of a full ring, 210,000 draws: each within 6 standard deviations of 10,000 (1 seed in 10^7 fails)."""
    replay = filled(Replay, history(13, 3), 27, device, n_step=3)
    count = replay.sample(210_000, 0.9, generator(device)).index.bincount(minlength=27)
    assert (count > 0).sum().item() == 21
    expected, deviation = 10_000, (10_000 * 20 / 21) ** 0.5
    assert (count[count > 0] - expected).abs().max().item() < 6 * deviation


@BOTH
def test_the_generator_alone_decides(kind, device):
    replay = filled(kind, history(8, 2), 16, device)
    torch.manual_seed(0)
    first = replay.sample(50, 0.9, generator(device, 5)).index
    torch.manual_seed(1)
    assert torch.equal(first, replay.sample(50, 0.9, generator(device, 5)).index)
    assert not torch.equal(first, replay.sample(50, 0.9, generator(device, 6)).index)


@BOTH
def test_what_is_added_keeps_no_graph(kind, device):
    step = step_of(history(1, 2), 0, device)
    step["obs"].requires_grad_()
    step["reward"].requires_grad_()
    replay = kind(4, 2, (2,), device=device)
    replay.add(**step)
    batch = replay.sample(2, 0.9, generator(device))
    assert not batch.obs.requires_grad and not batch.return_.requires_grad
    if kind is PrioritisedReplay:
        replay.update(batch.index, torch.ones(2, device=device, requires_grad=True))
        assert not replay.priority_to_alpha.requires_grad


# --- priorities -------------------------------------------------------------------------------------------------------


def test_draws_follow_the_priorities(device):
    """32 errors from 0.01 to 10 and a zero, alpha 0.6: counts of 200,000 draws against p^alpha / sum.

    Each within 6 standard deviations of independent draws (stratified ones vary less): 32 * 2e-9 seeds fail.
    """
    replay = filled(PrioritisedReplay, history(8, 4), 32, device, alpha=0.6, epsilon=1e-4)
    error = np.geomspace(0.01, 10, 32)[np.random.default_rng(0).permutation(32)]
    error[5] = 0.0
    sign = np.where(np.arange(32) % 3, 1, -1)  # the sign of an error does not matter
    index = torch.arange(32, device=device)
    replay.update(index, torch.as_tensor(error * sign, dtype=torch.float32, device=device))
    p = (error + 1e-4) ** 0.6
    np.testing.assert_allclose(replay.priority_to_alpha.cpu(), p, atol=1e-6)
    expected = 200_000 * p / p.sum()
    random = generator(device)
    count = sum(replay.sample(250, 0.9, random).index.bincount(minlength=32) for _ in range(800)).cpu().numpy()
    assert (np.abs(count - expected) < 6 * np.sqrt(expected)).all()


def test_each_share_of_the_sum_is_drawn_from_once(device):
    replay = filled(PrioritisedReplay, history(8, 4), 32, device)
    for seed in range(5):
        assert replay.sample(32, 0.9, generator(device, seed)).index.tolist() == list(range(32))


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_weights_follow_their_formula(beta, device):
    """(N P(i))^-beta over the batch's largest, N = len(replay), for n = 2, where one row is not counted."""
    replay = filled(PrioritisedReplay, history(9, 4), 32, device, n_step=2, alpha=0.7)
    error = torch.linspace(0.1, 3, 32, device=device)
    replay.update(torch.arange(32, device=device), error)
    batch = replay.sample(16, 0.9, generator(device), beta)
    p = (error.double().cpu().numpy() + 1e-6) ** 0.7
    p[:4] = 0.0  # row 0 is the newest: its windows are not complete
    assert len(replay) == 28 and (replay.priority_to_alpha[:4] == 0).all()
    weight = (28 * p[batch.index.cpu()] / p.sum()) ** -beta
    np.testing.assert_allclose(batch.weight.cpu(), weight / weight.max(), rtol=1e-5)
    assert batch.weight.dtype == torch.float32
    if beta:
        assert batch.weight.min() < 0.8


def test_beta_is_1_where_it_is_not_given(device):
    replay = filled(PrioritisedReplay, history(4, 2), 8, device)
    replay.update(torch.arange(8, device=device), torch.linspace(0.1, 3, 8, device=device))
    given, not_given = replay.sample(6, 0.9, generator(device), 1.0), replay.sample(6, 0.9, generator(device))
    assert torch.equal(given.weight, not_given.weight)


def test_alpha_0_is_uniform(device):
    replay = filled(PrioritisedReplay, history(4, 2), 8, device, alpha=0.0)
    replay.update(torch.arange(4, device=device), torch.tensor([0.0, 1.0, 1e3, 1e-3], device=device))
    assert replay.priority_to_alpha.tolist() == [1.0] * 8
    assert replay.sample(8, 0.9, generator(device)).weight.tolist() == [1.0] * 8


@pytest.mark.parametrize("n", [1, 3])
def test_new_transitions_get_the_largest_priority_so_far_when_their_windows_are_complete(n, device):
    log = history(12, 2, ends=0.0)
    replay = PrioritisedReplay(8, 2, (2,), n_step=n, alpha=1.0, epsilon=0.5, device=device)
    wait = n - 1

    def rows():
        pairs = replay.priority_to_alpha.view(4, 2)
        assert torch.equal(pairs[:, 0], pairs[:, 1])
        return pairs[:, 0].tolist()

    def add(steps):
        for t in steps:
            replay.add(**step_of(log, t, device))

    def update(row, error):
        index = torch.tensor([2 * row, 2 * row + 1], device=device)
        replay.update(index, torch.full((2,), float(error), device=device))

    add(range(1 + wait))
    assert rows() == [1, 0, 0, 0]  # 1 is the first "largest"; the rows behind it wait, or are empty
    update(0, 4)
    add([1 + wait])
    assert rows() == [4.5, 4.5, 0, 0]
    update(0, 0)  # a smaller one leaves the largest so far as it is
    if wait == 0:
        add([2, 3, 4])
        assert rows() == [4.5, 4.5, 4.5, 4.5]  # step 4 overwrote row 0
        update(2, 9)
        add([5])
        assert rows() == [4.5, 9.5, 9.5, 4.5]
    else:
        add([4])
        assert rows() == [0, 4.5, 4.5, 0]  # step 4 overwrote row 0, and waits
        update(0, 7)  # as if row 0 had been sampled before: it waits nevertheless
        assert rows() == [0, 4.5, 4.5, 0]
        update(1, 0)
        add([5])
        assert rows() == [0, 0, 4.5, 7.5]


@pytest.mark.parametrize("error", [(3.0, 5.0), (5.0, 3.0), (-5.0, 3.0)])
def test_a_transition_that_is_there_twice_gets_the_larger_priority(error, device):
    replay = filled(PrioritisedReplay, history(4, 2), 8, device, alpha=1.0, epsilon=0.5)
    index = torch.tensor([6, 6], device=device)
    replay.update(index, torch.tensor([90.0, 80.0], device=device))
    replay.update(index, torch.tensor(error, device=device))
    assert replay.priority_to_alpha.tolist() == [1.0] * 6 + [5.5, 1.0]
    assert replay.tree.total.item() == 12.5 * 2**24


def test_errors_that_are_not_finite_do_no_harm(device):
    replay = filled(PrioritisedReplay, history(4, 2), 8, device, alpha=1.0)
    wrong = torch.tensor([torch.nan, torch.inf, -torch.inf, 1e38], device=device)
    replay.update(torch.arange(4, device=device), wrong)
    assert replay.priority_to_alpha.isfinite().all() and (replay.priority_to_alpha > 0).all()
    assert replay.priority_to_alpha[0].item() < 1e-6 < 1e6 < replay.priority_to_alpha[1:4].min().item()
    batch = replay.sample(64, 0.9, generator(device))
    assert batch.index.unique().tolist() == [1, 2, 3]
    assert batch.weight.isfinite().all()


@pytest.mark.parametrize("capacity", [1, 3, 5, 7, 1_000])
def test_the_sum_of_the_largest_priorities_does_not_overflow(capacity, device):
    replay = filled(PrioritisedReplay, history(capacity, 1), capacity, device, alpha=1.0)
    replay.update(torch.arange(capacity, device=device), torch.full((capacity,), torch.inf, device=device))
    held = replay.tree.values.tolist()
    assert replay.tree.total.item() == sum(held) < 2**63
    assert len(set(held)) == 1 and held[0] > 2**61 // capacity


# --- no copies to the host --------------------------------------------------------------------------------------------


class WaitsForTheDevice(TorchDispatchMode):
    """Fails at operations whose result the host must wait for: items, and indexing whose size depends on values."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.__name__.split(".")[0]
        assert name not in {"_local_scalar_dense", "item", "nonzero", "masked_select", "equal", "is_nonzero"}, name
        if name in {"index", "index_put", "index_put_"}:
            assert all(index is None or index.dtype != torch.bool for index in args[1]), "indexing by a mask"
        result = func(*args, **(kwargs or {}))
        if name == "_to_copy":
            assert result.device == args[0].device, "a copy to another device"
        return result


@pytest.mark.parametrize("offence", ["item", "mask", "nonzero"])
def test_waiting_is_noticed(offence, device):
    x = torch.arange(3.0, device=device)
    with pytest.raises(AssertionError), WaitsForTheDevice():
        _ = {"item": lambda: x[0].item(), "mask": lambda: x[x > 1], "nonzero": lambda: x.nonzero()}[offence]()


@BOTH
@pytest.mark.parametrize("n", [1, 3])
def test_nothing_waits_for_the_device(kind, n, device):
    log = history(9, 2)
    steps = [step_of(log, t, device) for t in range(9)]
    replay, random = kind(12, 2, (2,), n_step=n, device=device), generator(device)
    if device.startswith("cuda"):
        torch.cuda.set_sync_debug_mode("error")
    try:
        with WaitsForTheDevice():
            for t, step in enumerate(steps):
                replay.add(**step)
                if t >= n:
                    batch = replay.sample(8, 0.9, random)
                    if isinstance(replay, PrioritisedReplay):
                        replay.update(batch.index, batch.return_)
            replay.cut()
    finally:
        if device.startswith("cuda"):
            torch.cuda.set_sync_debug_mode("default")


# --- saving -----------------------------------------------------------------------------------------------------------


def go_on(replay, log, steps, random):
    """Add, sample and update; everything that was sampled, in one list of tensors."""
    out = []
    for t in steps:
        replay.add(**step_of(log, t, replay.device))
        if len(replay):
            for _ in range(2):
                batch = replay.sample(16, 0.9, random)
                out += batch
                if isinstance(replay, PrioritisedReplay):
                    replay.update(batch.index, (batch.return_ - batch.obs[:, 0]) * 0.1)
                    out.append(replay.priority_to_alpha)
    return out


def check_same(state, expected):
    assert state.keys() == expected.keys()
    for name, value in state.items():
        assert torch.equal(torch.as_tensor(value), torch.as_tensor(expected[name])), name


@BOTH
@pytest.mark.parametrize("stop", [0, 1, 4, 7, 23])
def test_a_loaded_replay_goes_on_bit_by_bit(kind, stop, device):
    """Saved empty, partly filled, full, and after several rounds; through a file, into a replay that holds others."""
    log = history(30, 3)
    replay, random = kind(21, 3, (2,), n_step=2, device=device), generator(device)
    go_on(replay, log, range(stop), random)
    file = io.BytesIO()
    torch.save({"replay": replay.state_dict(), "random": random.get_state()}, file)
    whole = go_on(replay, log, range(stop, 30), random)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    other, other_random = filled(kind, history(16, 3, seed=9), 21, device, n_step=2), generator(device)
    other.load_state_dict(saved["replay"])
    assert len(other) == 3 * max(0, min(stop, 7) - 1)
    other_random.set_state(saved["random"])
    resumed = go_on(other, log, range(stop, 30), other_random)
    assert len(whole) == len(resumed) > 0
    assert all(torch.equal(a, b) for a, b in zip(whole, resumed, strict=True))


@BOTH
def test_a_snapshot_stays_as_it_was(kind, device):
    log = history(9, 2)
    replay = filled(kind, log, 8, device)
    saved = replay.state_dict()
    then = copy.deepcopy(saved)
    assert all(isinstance(value, torch.Tensor | int) for value in saved.values())
    go_on(replay, log, range(9), generator(device))
    check_same(saved, then)
    other = kind(8, 2, (2,), device=device)
    other.load_state_dict(saved)
    go_on(other, log, range(9), generator(device))  # nor does the loaded one write into it
    check_same(saved, then)


@pytest.mark.parametrize(
    ("other", "theirs", "ours"),
    [
        (lambda: Replay(12, 2, (2,)), "rows 6, num_envs 2", "rows 4, num_envs 2"),
        (lambda: Replay(12, 3, (2,)), "rows 4, num_envs 3", "rows 4, num_envs 2"),
        (lambda: Replay(8, 2, (2,), n_step=2), "n_step 2", "n_step 1"),
        (lambda: Replay(8, 2, (5,)), r"obs torch.float32 \[5\]", r"obs torch.float32 \[2\]"),
        (lambda: Replay(8, 2, (2,), obs_dtype=torch.uint8), "obs torch.uint8", "obs torch.float32"),
        (lambda: Replay(8, 2, (2,), action_shape=(1,)), r"action torch.int64 \[1\]", r"action torch.int64 \[\]"),
        (lambda: PrioritisedReplay(8, 2, (2,)), "tickets torch.int64", "truncated torch.bool"),
    ],
    ids=["rows", "copies", "n", "shape", "dtype", "actions", "priorities"],
)
def test_a_snapshot_of_another_replay_is_refused_and_changes_nothing(other, theirs, ours, device):
    replay = filled(Replay, history(3, 2), 8, device)
    before = replay.state_dict()
    with pytest.raises(ValueError, match=f"the saved replay has .*{theirs}.*; this one has .*{ours}"):
        replay.load_state_dict(other().state_dict())
    check_same(replay.state_dict(), before)


def test_what_is_no_snapshot_is_refused():
    with pytest.raises(ValueError, match="the saved replay has rows None"):
        Replay(8, 2, (2,)).load_state_dict({})
    with pytest.raises(ValueError, match="the saved replay has"):
        PrioritisedReplay(8, 2, (2,)).load_state_dict(Replay(8, 2, (2,)).state_dict())


# --- what does not fit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"capacity": 7}, "capacity is 7; expected at least num_envs . n_step = 4 . 2 = 8"),
        ({"num_envs": 0}, "num_envs is 0; expected at least 1"),
        ({"n_step": 0}, "n_step is 0; expected at least 1"),
        ({"alpha": 1.1}, r"alpha is 1.1; expected a number in \[0, 1\]"),
        ({"alpha": -0.1}, r"alpha is -0.1; expected a number in \[0, 1\]"),
        ({"epsilon": 0.0}, "epsilon is 0.0; expected a number > 0"),
    ],
    ids=lambda value: "-".join(f"{k}{v}" for k, v in value.items()) if isinstance(value, dict) else "message",
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        PrioritisedReplay(**{"capacity": 40, "num_envs": 4, "n_step": 2, "obs_shape": (2,), **wrong})


def test_capacity_is_rounded_down_to_whole_rows():
    replay = Replay(11, 4, (2,))
    assert (replay.rows, replay.capacity, len(replay.obs)) == (2, 8, 8)


@BOTH
def test_sampling_needs_complete_windows(kind, device):
    log = history(3, 2)
    replay = kind(8, 2, (2,), n_step=3, device=device)
    for t in range(3):
        assert len(replay) == 0
        with pytest.raises(ValueError, match=f"the replay holds {t} rows; add at least n_step = 3"):
            replay.sample(4, 0.9, generator(device))
        replay.add(**step_of(log, t, device))
    assert len(replay) == 2
    with pytest.raises(ValueError, match="batch_size is 0; expected at least 1"):
        replay.sample(0, 0.9, generator(device))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("obs", lambda x: x[:1], r"obs is torch.float32 \[1, 2\] on .*; expected torch.float32 \[2, 2\]"),
        ("obs", lambda x: x.double(), r"obs is torch.float64 \[2, 2\]"),
        ("action", lambda x: x[:, None], r"action is torch.int64 \[2, 1\] on .*; expected torch.int64 \[2\]"),
        ("action", lambda x: x.int(), "action is torch.int32"),
        ("reward", lambda x: x[:, None], r"reward is torch.float32 \[2, 1\]"),
        ("reward", lambda x: x.double(), "reward is torch.float64"),
        ("next_obs", lambda x: x.repeat(1, 2), r"next_obs is torch.float32 \[2, 4\]"),
        ("terminated", lambda x: x.float(), r"terminated is torch.float32 \[2\] on .*; expected torch.bool \[2\]"),
        ("truncated", lambda x: x[0], r"truncated is torch.bool \[\]"),
        ("reward", lambda x: x.to("meta"), "on meta; expected"),
    ],
    ids=range(10),
)
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(name, change, message, device):
    log = history(2, 2)
    replay = filled(Replay, log, 8, device)
    before, step = replay.obs.clone(), step_of(log, 0, device)
    with pytest.raises(ValueError, match=message):
        replay.add(**{**step, name: change(step[name])})
    assert torch.equal(replay.obs, before) and len(replay) == 4


@pytest.mark.parametrize("shape", [(4, 1), (3,), ()], ids=str)
def test_errors_need_the_shape_of_the_index(shape, device):
    replay = filled(PrioritisedReplay, history(4, 2), 8, device)
    with pytest.raises(ValueError, match=r"index is \[4\], td_error .*; expected \[B\] both"):
        replay.update(torch.arange(4, device=device), torch.ones(shape, device=device))


def test_the_layout_of_the_storage_is_what_the_index_says(device):
    """Element row * num_envs + env: what a picture of the buffer reads."""
    log = history(5, 3)
    replay = filled(Replay, log, 15, device)
    for t, env in itertools.product(range(5), range(3)):
        assert replay.obs.view(5, 3, 2)[t, env, 0].item() == log["obs"][t, env]
        assert replay.reward[3 * t + env].item() == np.float32(log["reward"][t, env])
