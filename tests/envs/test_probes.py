"""The ladder of probes: its tables are exact, and each known bug makes that probe fail first which says so."""

import pytest
import torch

from rlcourse import envs
from rlcourse.envs import PROBES, expected_q
from rlcourse.envs.probes import EndlessReward, RewardByAction

DISCOUNT = 0.9
NAMES = [probe.__name__ for probe in PROBES]
SEEN = torch.tensor([-1.0, 0.0, 1.0])  # every observation of every probe


def experience(probe, device, steps=50, copies=64, seed=0):
    """Tensors [steps * copies] of one-step samples under random actions; observations as rows of SEEN."""
    env = probe(copies, device=device, seed=seed)
    actions = torch.Generator(device).manual_seed(seed + 1)
    obs, _ = env.reset()
    rows = []
    for _ in range(steps):
        action = torch.randint(2, (copies,), generator=actions, device=device)
        next_obs, reward, terminated, truncated, info = env.step(action)
        rows.append((obs, action, reward, info["final_obs"], terminated, truncated, next_obs))
        obs = next_obs
    obs, action, reward, final_obs, terminated, truncated, begun = (torch.cat(part) for part in zip(*rows, strict=True))
    state, final, begun = (index_of(x) for x in (obs, final_obs, begun))
    ends = {"terminated": terminated, "truncated": truncated}
    return {"state": state, "action": action, "reward": reward, "final": final, "begun": begun, **ends}


def index_of(obs):
    index = (obs[:, 0] + 1).long()
    assert torch.equal(SEEN.to(obs.device)[index], obs[:, 0])  # there are no other observations
    return index


def learned(data, terminated, discount=DISCOUNT, policy=0.5):
    """Q [3, 2] of the one-step fixed point: the mean target of every observation and action; NaN where none was."""
    place = 2 * data["state"] + data["action"]
    count = torch.bincount(place, minlength=6).double()
    q = torch.zeros(3, 2, dtype=torch.float64, device=place.device)
    for _ in range(500):
        value = (1 - policy) * q[:, 0] + policy * q[:, 1]
        target = data["reward"].double() + discount * ~terminated * value[data["final"]]
        q = torch.bincount(place, target, minlength=6) / count.clamp(min=1)
        q = q.reshape(3, 2)
    return torch.where(count.reshape(3, 2) > 0, q, torch.nan).float()


def mixed(data, key):
    other = data[key][torch.randperm(len(data[key]), generator=torch.Generator().manual_seed(3))]
    return {**data, key: other}


def additive(q):
    """The best that a Q can do whose preference among the actions does not look at the observation."""
    known = q[~q.isnan().any(dim=1)]
    best = known.mean(dim=1, keepdim=True) + known.mean(dim=0) - known.mean()
    return q.masked_scatter(~q.isnan(), best)


LEARNERS = {  # name: (how it learns Q from experience, the probe that it fails first, counted from 1)
    "correct": (lambda d: learned(d, d["terminated"]), None),
    "the end overlooked": (lambda d: learned(d, torch.zeros_like(d["terminated"])), 1),
    "observations mixed up": (lambda d: learned(mixed(d, "state"), d["terminated"]), 2),
    "discount forgotten": (lambda d: learned(d, d["terminated"], discount=1.0), 3),
    "discount doubled": (lambda d: learned(d, d["terminated"], discount=DISCOUNT**2), 3),
    "next observation is this one": (lambda d: learned({**d, "final": d["state"]}, d["terminated"]), 3),
    "actions mixed up": (lambda d: learned(mixed(d, "action"), d["terminated"]), 4),
    "preference without a look": (lambda d: additive(learned(d, d["terminated"])), 5),
    "cut taken for the end": (lambda d: learned(d, d["terminated"] | d["truncated"]), 6),
    "bootstrap after the reset": (lambda d: learned({**d, "final": d["begun"]}, d["terminated"]), 7),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_each_bug_fails_first_where_the_ladder_says(name, device):
    learn, culprit = LEARNERS[name]
    failed = []
    for number, probe in enumerate(PROBES, start=1):
        expected = expected_q(probe, DISCOUNT, device)
        q = learn(experience(probe, device))[index_of(expected.obs)]
        if not torch.allclose(q, expected.q, atol=1e-4):
            failed.append(number)
    assert (failed[0] if failed else None) == culprit


@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
@pytest.mark.parametrize("policy", [0.0, 0.3, 1.0])
def test_q_does_not_depend_on_the_policy(probe, policy, device):
    data = experience(probe, device)
    expected = expected_q(probe, 0.7, device)
    q = learned(data, data["terminated"], discount=0.7, policy=policy)
    torch.testing.assert_close(q[index_of(expected.obs)], expected.q, atol=1e-4, rtol=0)
    assert q.isnan().any(dim=1).sum() == 3 - len(expected.obs)  # nothing else is ever seen


def test_the_wrong_value_of_a_cut_is_the_number_that_the_probe_gives(device):
    probe = EndlessReward(8, device=device)
    data = experience(EndlessReward, device)  # 50 steps, ten times the limit: exactly every fifth is a cut
    data["action"] = torch.zeros_like(data["action"])
    wrong = learned(data, data["terminated"] | data["truncated"], policy=0.0)[1, 0].item()
    assert probe.value_if_cut_were_end(DISCOUNT) == pytest.approx(1 / (1 - 0.9 * 0.8))
    assert wrong == pytest.approx(1 / 0.28, abs=1e-4)
    assert abs(wrong - expected_q(probe, DISCOUNT).q[0, 0]) > 6
    assert EndlessReward(8, max_episode_steps=10).value_if_cut_were_end(DISCOUNT) == pytest.approx(1 / (1 - 0.81))


def test_tables_by_hand():
    tables = {name: expected_q(probe, 0.5) for name, probe in zip(NAMES, PROBES, strict=True)}
    assert {name: (table.obs.flatten().tolist(), table.q.tolist()) for name, table in tables.items()} == {
        "ConstantReward": ([0], [[1, 1]]),
        "RewardIsObservation": ([-1, 1], [[-1, -1], [1, 1]]),
        "RewardComesLater": ([0, 1], [[0.5, 0.5], [1, 1]]),
        "RewardByAction": ([0], [[-1, 1]]),
        "RewardByObservationAndAction": ([-1, 1], [[1, -1], [-1, 1]]),
        "EndlessReward": ([0], [[2, 2]]),
        "CutElsewhere": ([0, 1], [[1, 1], [2, 2]]),
    }


def test_signs_are_fair(device):
    """|mean| of 100,000 fair signs: beyond 4.9 standard errors in 1 of a million seeds."""
    for probe in (PROBES[1], PROBES[4]):
        obs, _ = probe(100_000, device=device, seed=2).reset()
        assert set(obs.unique().tolist()) == {-1.0, 1.0}
        assert abs(obs.mean()) < 4.9 / 100_000**0.5


def test_ids_in_the_order_of_the_ladder():
    for number, probe in enumerate(PROBES, start=1):
        assert type(envs.make(f"rlcourse/Probe{number}-v0", 2)) is probe


def test_an_endless_task_has_no_value_without_discounting():
    with pytest.raises(ValueError, match=r"discount is 1.0; expected"):
        expected_q(RewardByAction, 1.0)
    with pytest.raises(ValueError, match=r"discount is -0.1; expected"):
        expected_q(RewardByAction, -0.1)
