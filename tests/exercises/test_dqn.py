"""Notebook 03's exercises say what the package says, and its predictions what the worlds say.

The references of the exercises are written out for readers, apart from the package: here the two are held together.
"""

from typing import Any

import pytest
import torch

from rlcourse import envs, exercises
from rlcourse.deep import dqn, networks, replay
from rlcourse.notebook.checks.judge import judge
from rlcourse.notebook.checks.report import report
from tests.exercises.references import on, reference


def cases(number: str) -> list[Any]:
    listed = enumerate(exercises.exercise(number).inputs())
    return [pytest.param(number, case, id=f"{number}-{i}") for i, case in listed]


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("number", "case"), cases("3.1") + cases("3.5"))
def test_the_targets_are_those_of_the_learner(device, number, case):
    reward, *tables, terminated, discount = on(device, case)
    bootstrap = discount * ~terminated
    close(reference(number)(*on(device, case)), dqn.q_target(reward, bootstrap, tables[-1], tables[0]))


@pytest.mark.parametrize(("number", "case"), cases("3.3"))
def test_the_gradient_is_that_of_a_loss_whose_target_is_detached(device, number, case):
    w, x, next_x, reward, terminated, discount = on(device, case)
    w.requires_grad_(True)
    target = reward + discount * (next_x @ w) * ~terminated
    torch.nn.functional.mse_loss(x @ w, target.detach()).backward()
    close(reference(number)(*on(device, case)), w.grad)


def test_the_leaking_gradient_settles_where_the_notebook_says(device):
    # A leads to B or C, B ends with 1, C with 0; Sutton & Barto, 2nd edition, section 11.5, example 11.2
    a, b, c = torch.eye(3, device=device)
    x, next_x = torch.stack([a, b, a, c]), torch.stack([b, b, c, c])
    reward = torch.tensor([0.0, 1.0, 0.0, 0.0], device=device)
    terminated = torch.tensor([False, True, False, True], device=device)
    hunt = exercises.exercise("3.3")
    for gradient, values in ((hunt.planted, [0.5, 0.75, 0.25]), (hunt.reference, [0.5, 1.0, 0.0])):
        w = torch.zeros(3, device=device)
        for _ in range(300):
            w = w - 0.2 * gradient(w, x, next_x, reward, terminated, 1.0)
        assert w.tolist() == pytest.approx(values, abs=1e-4)


@pytest.mark.parametrize("cut", ["detach", "no_grad", "item"])
def test_a_loss_that_nothing_can_learn_from_is_refused(cut):
    def student(q, action, target):
        with torch.set_grad_enabled(cut != "no_grad"):
            loss = reference("3.2")(q.detach() if cut == "detach" else q, action, target)
        return loss.item() if cut == "item" else loss

    hunt = exercises.exercise("3.2")
    verdict = judge(hunt, student)
    message = " ".join(report(hunt, student, verdict).split())
    assert verdict.status == "not yet"
    assert ("no gradient follows" if cut == "item" else "nothing can learn from it") in message


def test_a_loss_may_have_more_of_a_gradient_than_was_asked_for():
    def student(q, action, target):
        return reference("3.2")(q.clone().requires_grad_(), action, target)

    assert judge(exercises.exercise("3.2"), student).status == "correct"


class Head(torch.nn.Module):
    """Says the same whatever it sees."""

    def __init__(self, said: torch.Tensor) -> None:
        super().__init__()
        self.said = said

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.said


@pytest.mark.parametrize(("number", "case"), cases("3.6"))
def test_a_dueling_network_combines_its_heads_so(device, number, case):
    value, advantage = on(device, case)
    network = networks.QNetwork((1,), advantage.shape[1], (4,), dueling=True).to(device)
    network.value, network.advantage = Head(value), Head(advantage)
    close(reference(number)(value, advantage), network(torch.zeros(len(value), 1, device=device)))


@pytest.mark.parametrize(("number", "case"), cases("3.7"))
def test_a_window_is_what_the_replay_makes_of_it(device, number, case):
    reward, terminated, truncated, next_value, discount = on(device, case)
    buffer = replay.Replay(len(reward), 1, (1,), n_step=len(reward), device=device)
    nothing = torch.zeros(1, dtype=torch.int64, device=device)
    for k in range(len(reward)):
        here = slice(k, k + 1)  # one copy of the environment; the observation after step k is k itself
        seen = torch.full((1, 1), float(k), device=device)
        buffer.add(seen - 1, nothing, reward[here], seen, terminated[here], truncated[here])
    window = buffer.sample(1, discount, torch.Generator(device))
    value = next_value[window.next_obs[:, 0].long()]
    close(reference(number)(*on(device, case)), (window.return_ + window.bootstrap * value)[0])


@pytest.mark.parametrize(("number", "case"), cases("3.8"))
def test_chances_and_weights_are_those_of_the_replay(device, number, case):
    td_error, alpha, beta, epsilon = on(device, case)
    p, weight = reference(number)(td_error, alpha, beta, epsilon)
    buffer = replay.PrioritisedReplay(len(p), len(p), (1,), alpha=alpha, epsilon=epsilon or 1e-9, device=device)
    zero, no = torch.zeros(len(p), device=device), torch.zeros(len(p), dtype=torch.bool, device=device)
    buffer.add(zero[:, None], zero.long(), zero, zero[:, None], no, no)
    index = torch.arange(len(p), device=device)
    buffer.update(index, td_error)
    close(p, buffer.priority_to_alpha / buffer.priority_to_alpha.sum())
    batch = buffer.sample(4096, 0.9, torch.Generator(device), beta=beta)  # everything is drawn: the same maximum
    assert batch.index.unique().equal(index)
    close(weight[batch.index], batch.weight)


@pytest.mark.parametrize(("number", "case"), cases("3.9"))
def test_the_projection_is_that_of_the_learner_and_loses_nothing(device, number, case):
    projected = reference(number)(*on(device, case))
    close(projected, dqn.project(*on(device, case)))
    close(projected.sum(dim=1), torch.ones(len(projected), device=device))


@pytest.mark.parametrize(("number", "case"), cases("3.10"))
def test_the_noisy_layer_is_that_of_the_networks(device, number, case):
    x, mean_w, std_w, mean_b, std_b, noise_in, noise_out = on(device, case)
    layer = networks.NoisyLinear(len(noise_in), len(noise_out)).to(device)
    with torch.no_grad():
        for mine, theirs in (
            (layer.weight_mean, mean_w),
            (layer.weight_std, std_w),
            (layer.bias_mean, mean_b),
            (layer.bias_std, std_b),
            (layer.noise_in, noise_in.sign() * noise_in.abs().sqrt()),  # the layer keeps its noise transformed
            (layer.noise_out, noise_out.sign() * noise_out.abs().sqrt()),
        ):
            mine.copy_(theirs)
        close(reference(number)(*on(device, case)), layer(x))


def test_the_luckiest_of_ten_is_as_lucky_as_predicted():
    draws = torch.randn(200_000, 10, generator=torch.Generator().manual_seed(0)).amax(dim=1)
    # The maximum has standard deviation 0.59, this mean one of 0.0013: six of them, wrong once in 10^9.
    assert exercises.prediction("3.P5").answer == pytest.approx(draws.mean().item(), abs=0.008)


def test_the_cut_that_is_taken_for_the_end_is_worth_what_is_predicted():
    prediction, probe = exercises.prediction("3.P4"), envs.make("rlcourse/Probe6-v0", 1)
    assert probe.value_if_cut_were_end(0.9) == pytest.approx(prediction.answer, abs=0.005)
    assert f"after {probe.max_episode_steps} steps" in prediction.text
    from_the_start = sum(0.9**k for k in range(probe.max_episode_steps))
    assert f"{from_the_start:.1f}" in prediction.above and from_the_start > prediction.answer + prediction.tolerance


def test_the_hunt_for_the_clock_learns_what_the_seventh_probe_does():
    # The world of the figure beside exercise 3.4 is the probe whose episodes are cut elsewhere than they begin.
    probe = envs.make("rlcourse/Probe7-v0", 1)
    hunt, discount = exercises.exercise("3.4"), 0.9
    half = hunt.mistakes[0].function
    learned = {}
    for name, targets in (("planted", hunt.planted), ("half", half), ("right", hunt.reference)):
        v = torch.zeros(2)
        for _ in range(300):
            ends = torch.tensor([False, False]), torch.tensor([False, True])
            v = targets(torch.tensor([0.0, 1.0]), v[[1, 0]], v[[1, 1]], *ends, discount)
        learned[name] = v[1].item()
    assert learned == pytest.approx({"planted": 1.0, "half": 1 / (1 - 0.81), "right": 10.0}, rel=1e-4)
    assert probe.solution(discount)[1.0][0] == pytest.approx(10.0)
    assert probe.max_episode_steps == 2
