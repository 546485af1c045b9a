"""Notebook 03 · DQN: its exercises, quiz questions and predictions.

The functions that students write take a batch of B steps as PyTorch tensors: reward [B], action values [B, A], flags
[B] of truth values, and return tensors. The mistakes are written as a student would write them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rlcourse.exercises.format import Case, Exercise, Mistake, Option, Prediction, Question


class Differentiable(Exercise):
    """An exercise whose right answers can be learned from: where the reference's has a gradient, so must the result."""

    def right(self, result: Any, expected: Any, case: Case) -> bool:
        """As in Exercise, but a result that was cut off from its arguments' gradient is wrong."""
        return super().right(result, expected, case) and (result.requires_grad or not expected.requires_grad)


RTOL, ATOL = 1e-4, 1e-5  # single precision, and sums in any order


# ---------------------------------------------------------------------------------------------------- 3.1 the DQN target


def td_target(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    """R + discount * max_a q(S', a), 0 behind the end: [B]."""
    return reward + discount * next_q.max(dim=1).values * ~terminated


def _target_through_the_end(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.max(dim=1).values


def _target_mean(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.mean(dim=1) * ~terminated


def _target_sum(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.sum(dim=1) * ~terminated


def _target_argmax(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.argmax(dim=1) * ~terminated


def _target_discounts_the_reward(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return discount * (reward + next_q.max(dim=1).values * ~terminated)


def _target_undiscounted(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + next_q.max(dim=1).values * ~terminated


def _target_mask_inverted(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.max(dim=1).values * terminated


def _target_masks_the_reward(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return (reward + discount * next_q.max(dim=1).values) * ~terminated


def _target_over_the_batch(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.max(dim=0).values * ~terminated


def _target_max_of_all(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.max() * ~terminated


def _target_broadcast(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_q.max(dim=1, keepdim=True).values * ~terminated


# ----------------------------------------------------------------------------------------- 3.2 the DQN loss (bug hunt)


def dqn_loss(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    """The mean of (target - q(S, A))^2 over the batch."""
    taken = q.gather(1, action[:, None]).squeeze(1)
    return ((taken - target) ** 2).mean()


def broadcasting_loss(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    taken = q.gather(1, action[:, None])
    return ((taken - target) ** 2).mean()


def _loss_detached(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return dqn_loss(q.detach(), action, target)


def _loss_all_actions(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q - target[:, None]) ** 2).mean()


def _loss_all_actions_summed(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q - target[:, None]) ** 2).sum(dim=1).mean()


def _loss_columns(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q[:, action] - target) ** 2).mean()


def _loss_rows(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q[action] - target) ** 2).mean()


def _loss_of_the_mean(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return (q.gather(1, action[:, None]).squeeze(1) - target).mean() ** 2


def _loss_summed(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q.gather(1, action[:, None]).squeeze(1) - target) ** 2).sum()


def _loss_best_action(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return ((q.max(dim=1).values - target) ** 2).mean()


def _loss_absolute(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return (q.gather(1, action[:, None]).squeeze(1) - target).abs().mean()


def _loss_halved(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return 0.5 * dqn_loss(q, action, target)


def _loss_signed(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    return (q.gather(1, action[:, None]).squeeze(1) - target).mean()


# ------------------------------------------------------------------------ 3.3 the gradient, target held fixed (bug hunt)


def loss_gradient(w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    """Gradient of mean (target - v(S))^2 for v = x @ w, the target held fixed: [D]."""
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * ((x @ w - target)[:, None] * x).mean(dim=0)


def leaking_gradient(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    w = w.clone().requires_grad_(True)
    value = x @ w
    target = reward + discount * (next_x @ w) * ~terminated
    loss = ((target - value) ** 2).mean()
    return torch.autograd.grad(loss, w)[0]


def _gradient_of_the_target(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    w = w.clone().requires_grad_(True)
    target = reward + discount * (next_x @ w) * ~terminated
    return torch.autograd.grad(((target - (x @ w).detach()) ** 2).mean(), w)[0]


def _gradient_of_nothing(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    w = w.clone().requires_grad_(True)
    with torch.no_grad():
        target = reward + discount * (next_x @ w) * ~terminated
        loss = ((target - x @ w) ** 2).mean()
    return torch.autograd.grad(loss, w)[0]


def _gradient_descent(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return -loss_gradient(w, x, next_x, reward, terminated, discount)


def _gradient_summed(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return loss_gradient(w, x, next_x, reward, terminated, discount) * len(reward)


def _gradient_halved(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return loss_gradient(w, x, next_x, reward, terminated, discount) / 2


def _gradient_through_the_end(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return loss_gradient(w, x, next_x, reward, torch.zeros_like(terminated), discount)


def _gradient_without_bootstrap(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return loss_gradient(w, x, next_x, reward, torch.ones_like(terminated), discount)


def _gradient_of_means(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * (x @ w - target).mean() * x.mean(dim=0)


def _gradient_applied(
    w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return w - loss_gradient(w, x, next_x, reward, terminated, discount)


# ----------------------------------------------------------------------------------------- 3.4 the time limit (bug hunt)


def td_targets(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    """R + discount * v(true next observation), 0 behind a termination only: [B]."""
    return reward + discount * value_final_obs * ~terminated


def deadly_time_limit(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    done = terminated | truncated
    return reward + discount * value_obs * ~done


def _limit_after_the_reset(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_obs * ~terminated


def _limit_never_ends(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_final_obs


def _limit_masks_truncation(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_final_obs * ~truncated


def _limit_beats_death(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_final_obs * (~terminated | truncated)


def _limit_only_there(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_final_obs * (truncated & ~terminated)


def _limit_undiscounted(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + torch.where(truncated, 1.0, discount) * value_final_obs * ~terminated


def _limit_both_needed(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + discount * value_final_obs * ~(terminated & truncated)


def _limit_never_discounts(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    return reward + value_final_obs * ~terminated


# ------------------------------------------------------------------------------------------------------- 3.5 double DQN


def double_dqn_target(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    """R + discount * q_target(S', argmax_a q_online(S', a)): [B]."""
    best = online_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * target_next_q.gather(1, best).squeeze(1) * ~terminated


def _double_swapped(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return double_dqn_target(reward, target_next_q, online_next_q, terminated, discount)


def _double_plain(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return td_target(reward, target_next_q, terminated, discount)


def _double_online(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return td_target(reward, online_next_q, terminated, discount)


def _double_smaller_maximum(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    smaller = torch.minimum(online_next_q.max(dim=1).values, target_next_q.max(dim=1).values)
    return reward + discount * smaller * ~terminated


def _double_smaller_entries(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return td_target(reward, torch.minimum(online_next_q, target_next_q), terminated, discount)


def _double_mean(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return td_target(reward, (online_next_q + target_next_q) / 2, terminated, discount)


def _double_through_the_end(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return double_dqn_target(reward, online_next_q, target_next_q, torch.zeros_like(terminated), discount)


def _double_columns(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return reward + discount * target_next_q[:, online_next_q.argmax(dim=1)] * ~terminated


def _double_broadcast(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    best = online_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * target_next_q.gather(1, best) * ~terminated


def _double_without_keepdim(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    return reward + discount * target_next_q.gather(1, online_next_q.argmax(dim=1)) * ~terminated


# ----------------------------------------------------------------------------------------------------------- 3.6 dueling


def combine(value: Tensor, advantage: Tensor) -> Tensor:
    """v(s) + a(s, .) minus the mean of a(s, .): [B, A]."""
    return value + advantage - advantage.mean(dim=1, keepdim=True)


def _combine_plainly(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage


def _combine_max(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage - advantage.max(dim=1, keepdim=True).values


def _combine_over_the_batch(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage - advantage.mean(dim=0, keepdim=True)


def _combine_over_all(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage - advantage.mean()


def _combine_added(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage + advantage.mean(dim=1, keepdim=True)


def _combine_without_keepdim(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage - advantage.mean(dim=1)


def _combine_without_value(value: Tensor, advantage: Tensor) -> Tensor:
    return advantage - advantage.mean(dim=1, keepdim=True)


def _combine_sum(value: Tensor, advantage: Tensor) -> Tensor:
    return value + advantage - advantage.sum(dim=1, keepdim=True)


# ---------------------------------------------------------------------------------------------------- 3.7 n-step return


def n_step_return(reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float) -> Tensor:
    """The return of a window of n steps, up to its first end; the value of where it stopped, unless terminated."""
    total = torch.zeros(())
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** (k + 1) * next_value[k]


def _steps(terminated: Tensor, truncated: Tensor) -> int:
    """How many steps of the window count: up to and with the first end."""
    ends = (terminated | truncated).nonzero()
    return int(ends[0]) + 1 if len(ends) else len(terminated)


def _rewards(reward: Tensor, steps: int, discount: float) -> Tensor:
    return (discount ** torch.arange(steps) * reward[:steps]).sum()


def _n_step_over_the_end(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return _rewards(reward, len(reward), discount) + discount ** len(reward) * next_value[-1]


def _n_step_over_the_limit(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, terminated, torch.zeros_like(truncated), next_value, discount)


def _n_step_life_after_death(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, torch.zeros_like(terminated), terminated | truncated, next_value, discount)


def _n_step_deadly_limit(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, terminated | truncated, truncated, next_value, discount)


def _n_step_limit_beats_death(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, terminated & ~truncated, truncated, next_value, discount)


def _n_step_far_value(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    steps = _steps(terminated, truncated)
    total = _rewards(reward, steps, discount)
    return total if terminated[steps - 1] else total + discount ** len(reward) * next_value[-1]


def _n_step_full_power(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    steps = _steps(terminated, truncated)
    total = _rewards(reward, steps, discount)
    return total if terminated[steps - 1] else total + discount ** len(reward) * next_value[steps - 1]


def _n_step_power_too_small(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, terminated, truncated, next_value / discount, discount)


def _n_step_rewards_discounted(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(discount * reward, terminated, truncated, next_value, discount)


def _n_step_last_reward_lost(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    kept = torch.where(terminated | truncated, 0.0, reward)
    return n_step_return(kept, terminated, truncated, next_value, discount)


def _n_step_last_value(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    return n_step_return(reward, terminated, truncated, next_value[-1].expand(len(reward)), discount)


def _n_step_value_undiscounted(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    steps = _steps(terminated, truncated)
    total = _rewards(reward, steps, discount)
    return total if terminated[steps - 1] else total + next_value[steps - 1]


def _n_step_stops_too_early(
    reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float
) -> Tensor:
    total, power = torch.tensor(0.0), 1.0
    for k in range(len(reward)):
        if terminated[k]:
            return total
        if truncated[k]:
            break
        total = total + power * reward[k]
        power *= discount
    return total + power * next_value[k]


# ------------------------------------------------------------------------------------------------ 3.8 prioritised replay


def probabilities_and_weights(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    """P(i) = (|delta_i| + epsilon)^alpha over their sum; weights (N P(i))^-beta over the largest."""
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


def _priority_weights_raw(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, _ = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return p, (len(p) * p) ** -beta


def _priority_weights_summed(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, weight = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return p, weight / weight.sum()


def _priority_weights_inverted(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, _ = probabilities_and_weights(td_error, alpha, beta, epsilon)
    weight = (len(p) * p) ** beta
    return p, weight / weight.max()


def _priority_weights_full(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    return probabilities_and_weights(td_error, alpha, 1.0, epsilon)


def _priority_weights_alpha(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, weight = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return p, weight**alpha


def _priority_signed(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    priority = (td_error + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


def _priority_without_alpha(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    return probabilities_and_weights(td_error, 1.0, beta, epsilon)


def _priority_alpha_last(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    priority = td_error.abs() + epsilon
    p = (priority / priority.sum()) ** alpha
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


def _priority_without_epsilon(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    return probabilities_and_weights(td_error, alpha, beta, 0.0)


def _priority_epsilon_last(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    priority = td_error.abs() ** alpha + epsilon
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


def _priority_exchanged(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, weight = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return weight, p


def _priority_unnormalised(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    _, weight = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return (td_error.abs() + epsilon) ** alpha, weight


def _priority_weights_averaged(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    p, weight = probabilities_and_weights(td_error, alpha, beta, epsilon)
    return p, weight / weight.mean()


# ----------------------------------------------------------------------------------------------------- 3.9 C51 projection


def project(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    """The distribution of R + bootstrap * Z on the atoms of `support`; a mass between two is shared by them: [B, K]."""
    return _shared(prob, _positions(reward, bootstrap, support))


def _positions(reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    """Where each atom goes, counted in atoms and clipped at the ends: [B, K]."""
    moved = reward[:, None] + bootstrap[:, None] * support
    return ((moved - support[0]) / (support[1] - support[0])).clamp(0, len(support) - 1)


def _shared(prob: Tensor, position: Tensor) -> Tensor:
    """Each mass on its two neighbours, in proportion to how near they are; sums are kept."""
    lower = position.floor().clamp(max=prob.shape[1] - 2)
    share = position - lower  # of the upper neighbour; 1 at the top
    result = torch.zeros_like(prob).scatter_add_(1, lower.long(), prob * (1 - share))
    return result.scatter_add_(1, lower.long() + 1, prob * share)


def _project_loses_exact_hits(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    position = _positions(reward, bootstrap, support)
    lower, upper = position.floor(), position.ceil()
    result = torch.zeros_like(prob)
    result.scatter_add_(1, lower.long(), prob * (upper - position))
    result.scatter_add_(1, upper.long(), prob * (position - lower))
    return result


def _project_to_the_nearest(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    return torch.zeros_like(prob).scatter_add_(1, _positions(reward, bootstrap, support).round().long(), prob)


def _project_down(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    return torch.zeros_like(prob).scatter_add_(1, _positions(reward, bootstrap, support).floor().long(), prob)


def _project_without_shrinking(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    return project(prob, reward, torch.ones_like(bootstrap), support)


def _project_without_reward(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    return project(prob, torch.zeros_like(reward), bootstrap, support)


def _project_shrinks_the_reward(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    return project(prob, bootstrap * reward, bootstrap, support)


def _project_shares_swapped(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    position = _positions(reward, bootstrap, support)
    lower = position.floor().clamp(max=len(support) - 2)
    result = torch.zeros_like(prob)
    result.scatter_add_(1, lower.long(), prob * (position - lower))
    result.scatter_add_(1, lower.long() + 1, prob * (1 - position + lower))
    return result


def _project_overwrites(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    position = _positions(reward, bootstrap, support)
    result = torch.zeros_like(prob)
    for b in range(len(prob)):
        for j in range(len(support)):
            lower = min(int(position[b, j]), len(support) - 2)
            result[b, lower] = prob[b, j] * (1 - position[b, j] + lower)
            result[b, lower + 1] = prob[b, j] * (position[b, j] - lower)
    return result


def _project_forgets_duplicates(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    position = _positions(reward, bootstrap, support)
    lower = position.floor().clamp(max=len(support) - 2).long()
    rows = torch.arange(len(prob))[:, None]
    result = torch.zeros_like(prob)
    result[rows, lower] += prob * (1 - position + lower)
    result[rows, lower + 1] += prob * (position - lower)
    return result


def _project_drops_the_ends(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    moved = reward[:, None] + bootstrap[:, None] * support
    inside = (moved >= support[0]) & (moved <= support[-1])
    return project(prob * inside, reward, bootstrap, support)


def _project_ignores_the_spacing(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    moved = reward[:, None] + bootstrap[:, None] * support
    return _shared(prob, (moved - support[0]).clamp(0, len(support) - 1))


def _project_unclipped(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    position = (reward[:, None] + bootstrap[:, None] * support - support[0]) / (support[1] - support[0])
    lower = position.floor()
    result = torch.zeros_like(prob)
    for atom, mass in ((lower, prob * (1 - position + lower)), (lower + 1, prob * (position - lower))):
        inside = (atom >= 0) & (atom < len(support))
        result.scatter_add_(1, atom.clamp(0, len(support) - 1).long(), mass * inside)
    return result


def _project_counts_from_zero(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    moved = reward[:, None] + bootstrap[:, None] * support
    return _shared(prob, (moved / (support[1] - support[0])).clamp(0, len(support) - 1))


# ---------------------------------------------------------------------------------------------------- 3.10 a noisy layer


def noisy_linear(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    """x W^T + b with W = mean_w + std_w * f(noise_out) f(noise_in)^T, b = mean_b + std_b * f(noise_out): [B, O]."""
    f_in, f_out = _f(noise_in), _f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


def _f(noise: Tensor) -> Tensor:
    return noise.sign() * noise.abs().sqrt()


def _noisy_raw(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return x @ (mean_w + std_w * torch.outer(noise_out, noise_in)).T + mean_b + std_b * noise_out


def _noisy_signless(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return noisy_linear(x, mean_w, std_w, mean_b, std_b, noise_in.abs(), noise_out.abs())


def _noisy_root_of_negative(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    f_in, f_out = noise_in.sqrt(), noise_out.sqrt()
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


def _noisy_outer_swapped(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    f_in, f_out = _f(noise_in), _f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_in, f_out)).T + mean_b + std_b * f_out


def _noisy_quiet_bias(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return noisy_linear(x, mean_w, std_w, mean_b, torch.zeros_like(std_b), noise_in, noise_out)


def _noisy_raw_bias(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return x @ (mean_w + std_w * torch.outer(_f(noise_out), _f(noise_in))).T + mean_b + std_b * noise_out


def _noisy_unscaled(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return noisy_linear(x, mean_w, torch.ones_like(std_w), mean_b, torch.ones_like(std_b), noise_in, noise_out)


def _noisy_unscaled_weights(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return noisy_linear(x, mean_w, torch.ones_like(std_w), mean_b, std_b, noise_in, noise_out)


def _noisy_one_noise(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return x @ (mean_w + std_w * _f(noise_in)).T + mean_b + std_b * _f(noise_out)


def _noisy_mean(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    return x @ mean_w.T + mean_b


def _noisy_not_transposed(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    f_in, f_out = _f(noise_in), _f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)) + mean_b + std_b * f_out


def _t(*entries: object) -> Tensor:
    return torch.tensor(entries)


_Q3 = _t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 7.0])
_OTHER3 = _t([1.0, 0.5, 0.0], [-1.0, 4.0, 0.25], [5.0, 1.0, -3.0])
_NO, _YES = _t(False), _t(True)


EXERCISES = (
    Exercise(
        number="3.1",
        title="The DQN target",
        reference=td_target,
        cases=(
            (_t(1.0, 2.0), _t([2.0, 4.0], [6.0, 0.0]), _t(False, False), 0.5),
            (_t(0.0, -1.0), _t([1.0, 5.0], [-2.0, -4.0]), _t(False, False), 0.9),
            (_t(10.0, 2.0), _t([1.0, 5.0], [8.0, 0.0]), _t(True, False), 0.9),
            (_t(0.5, -1.0, 3.0), _Q3, _t(False, True, False), 0.99),
        ),
        mistakes=(
            Mistake(
                _target_through_the_end,
                "this bootstraps through the end: where `terminated`, nothing follows and the target is the reward.",
            ),
            Mistake(_target_mean, "this is the mean over the next actions; the greedy policy takes the best one."),
            Mistake(_target_sum, "this sums over the next actions, but only one of them will be taken: the best one."),
            Mistake(_target_argmax, "argmax is the *number* of the best action; its value was asked for."),
            Mistake(
                _target_discounts_the_reward,
                "the reward is discounted too; it arrives now, and only what follows is worth less.",
            ),
            Mistake(_target_undiscounted, "the value of the next state is not discounted."),
            Mistake(
                _target_mask_inverted,
                "the mask is the wrong way round: here only the steps that *ended* an episode look ahead. `~` inverts it.",
            ),
            Mistake(
                _target_masks_the_reward,
                "the mask wipes out the reward as well; the last reward of an episode counts like any other.",
            ),
            Mistake(
                _target_over_the_batch,
                "the maximum runs over the batch (dim=0), as if one state could choose among the others' values; the actions are dim=1.",
            ),
            Mistake(
                _target_max_of_all,
                "this is the one largest number of the whole batch; every row has a maximum of its own: dim=1.",
            ),
            Mistake(
                _target_broadcast,
                "keepdim leaves [B, 1], and [B] with [B, 1] makes [B, B]: every reward meets every value. No error, and no sense.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Differentiable(
        number="3.2",
        title="Bug hunt: a network that gives everybody the same mark",
        reference=dqn_loss,
        cases=(
            (_t([1.0, 2.0]), _t(0), _t(5.0)),
            (_t([1.0, 0.0], [0.0, 3.0]), _t(0, 1), _t(1.0, 3.0)),
            (_t([1.0, 2.0], [3.0, 4.0]), _t(0, 1), _t(2.0, 4.0)),
            (_Q3, _t(2, 0, 1), _t(-1.0, 2.0, 4.0)),
            (_Q3.clone().requires_grad_(), _t(2, 0, 1), _t(-1.0, 2.0, 4.0)),  # as it comes from a network
        ),
        planted=broadcasting_loss,
        symptom="this batch is predicted perfectly, and the loss is not 0; with a batch of one all is well.",
        mistakes=(
            Mistake(
                _loss_detached,
                "the number is right, but no gradient leads back to q: nothing can learn from it. Detach the *target* if anything, and compute the loss outside no_grad.",
            ),
            Mistake(
                _loss_all_actions,
                "this pulls *all* actions towards the target; only the action that was taken has been tried.",
            ),
            Mistake(
                _loss_all_actions_summed,
                "this adds up the errors of *all* actions; only the action that was taken has been tried.",
            ),
            Mistake(
                _loss_columns,
                "q[:, action] takes all these columns from *every* row: [B, B] again. Each row needs its own column: `gather`.",
            ),
            Mistake(
                _loss_rows,
                "q[action] takes whole *rows*, as if the number of an action were that of a row; each row needs its own column: `gather`.",
            ),
            Mistake(
                _loss_of_the_mean,
                "the mean is taken before the square, so errors of opposite sign cancel: square first.",
            ),
            Mistake(_loss_summed, "this is the sum over the batch; the mean does not grow with the batch size."),
            Mistake(_loss_best_action, "this is the value of the best action, not of the one that was taken."),
            Mistake(
                _loss_absolute,
                "this is the mean absolute error; its gradient is as large for small errors as for great ones.",
            ),
            Mistake(_loss_halved, "only the factor is off: the mean of the squares was asked for, without a half."),
            Mistake(_loss_signed, "nothing is squared: this could be lowered for ever by predicting less and less."),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.3",
        title="Bug hunt: a target that gives way",
        reference=loss_gradient,
        cases=(
            (_t(1.0), _t([1.0]), _t([3.0]), _t(2.0), _YES, 0.9),
            (_t(1.0, 2.0), _t([1.0, 0.0]), _t([0.0, 1.0]), _t(1.0), _NO, 0.5),
            (_t(2.0, -1.0), _t([1.0, 1.0]), _t([1.0, 1.0]), _t(1.0), _NO, 0.9),
            (
                _t(1.0, -2.0),
                _t([1.0, 0.0], [0.0, 1.0], [1.0, 2.0]),
                _t([0.0, 1.0], [1.0, 1.0], [2.0, 1.0]),
                _t(1.0, 0.0, -1.0),
                _t(False, True, False),
                0.9,
            ),
        ),
        planted=leaking_gradient,
        symptom="only the first state was left, and yet the weight of the second one gets a gradient.",
        mistakes=(
            Mistake(
                _gradient_of_the_target,
                "the wrong side is held fixed: here the target moves towards the prediction. Detach the target, not the value.",
            ),
            Mistake(
                _gradient_of_nothing,
                "nothing is left to differentiate: only the target belongs under no_grad, the value does not.",
            ),
            Mistake(
                _gradient_descent, "the sign is turned: this is the direction of descent. The gradient points uphill."
            ),
            Mistake(_gradient_summed, "this is the gradient of the sum over the batch; the loss is the mean."),
            Mistake(_gradient_halved, "the factor 2 of the square is missing; the loss here has no half in front."),
            Mistake(
                _gradient_through_the_end,
                "the gradient is the right kind, but where `terminated` the target is the reward.",
            ),
            Mistake(
                _gradient_without_bootstrap,
                "the value of the next state is gone from the target. It must stay, as a number: detach it.",
            ),
            Mistake(
                _gradient_of_means,
                "this multiplies the mean error by the mean features; multiply first, row by row, then take the mean.",
            ),
            Mistake(
                _gradient_applied,
                "these are the new weights, after a step of size 1; only the gradient was asked for.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.4",
        title="Bug hunt: the clock that kills",
        reference=td_targets,
        cases=(
            (_t(1.0, 0.0), _t(5.0, 3.0), _t(5.0, 3.0), _t(False, False), _t(False, False), 0.9),
            (_t(1.0, -1.0), _t(2.0, 3.0), _t(7.0, 3.0), _t(True, False), _t(False, False), 0.9),
            (_t(1.0, 0.0), _t(2.0, 3.0), _t(10.0, 3.0), _t(False, False), _t(True, False), 0.9),
            (_t(1.0, 4.0), _t(2.0, 2.0), _t(10.0, 6.0), _t(True, False), _t(True, True), 0.5),
            (
                _t(1.0, 0.0, -1.0, 2.0),
                _t(0.5, 0.5, 3.0, 0.5),
                _t(8.0, -4.0, 3.0, 9.0),
                _t(True, False, False, True),
                _t(False, True, False, True),
                0.99,
            ),
        ),
        planted=deadly_time_limit,
        symptom="an agent that balances for ever is told, at every time limit, that it has just died.",
        mistakes=(
            Mistake(
                _limit_after_the_reset,
                "half mended: it looks on after a time limit now, but from where the *next* episode starts. step() has reset the copy already; the true next observation is the final one.",
            ),
            Mistake(
                _limit_never_ends,
                "now nothing ends at all: where `terminated`, nothing follows and the target is the reward.",
            ),
            Mistake(
                _limit_masks_truncation,
                "the wrong flag: this stops at the time limit and looks on after a true end. Mask with `terminated`.",
            ),
            Mistake(
                _limit_beats_death,
                "where both flags are set the episode did end, in the very step of the time limit: nothing follows.",
            ),
            Mistake(
                _limit_only_there,
                "this looks ahead at time limits only; all the steps in the middle of an episode must do so too.",
            ),
            Mistake(_limit_undiscounted, "after a time limit the value is discounted as everywhere else."),
            Mistake(
                _limit_both_needed,
                "this stops only where *both* flags are set; a termination alone is enough: mask with `terminated`.",
            ),
            Mistake(
                _limit_never_discounts,
                "the flags and the observation are right, but the value of the next observation is not discounted.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.5",
        title="One network chooses, the other judges",
        reference=double_dqn_target,
        cases=(
            (_t(0.0, 1.0), _t([1.0, 2.0], [4.0, 3.0]), _t([5.0, 3.0], [2.0, 7.0]), _t(False, False), 0.5),
            (_t(1.0, -1.0), _t([4.0, 1.0], [0.0, 2.0]), _t([-1.0, 6.0], [8.0, 0.5]), _t(False, False), 0.9),
            (_t(1.0, 2.0), _t([4.0, 1.0], [0.0, 2.0]), _t([2.0, 6.0], [8.0, 1.0]), _t(True, False), 0.9),
            (_t(0.5, 0.0, -2.0), _Q3, _OTHER3, _t(False, True, False), 0.99),
        ),
        mistakes=(
            Mistake(_double_swapped, "the roles are exchanged: the online network chooses, the target network judges."),
            Mistake(
                _double_plain,
                "this is the plain DQN target: the target network chooses and judges, and its luck counts twice.",
            ),
            Mistake(
                _double_online,
                "the online network chooses *and* judges: no target network, and the maximum of noisy numbers again.",
            ),
            Mistake(
                _double_smaller_maximum,
                "this is the smaller of the two maxima, a cousin called clipped double Q; here one network chooses and the other judges that very action.",
            ),
            Mistake(
                _double_smaller_entries,
                "this takes the smaller value of each action and then the best: too cautious. Choose with one network, judge with the other.",
            ),
            Mistake(_double_mean, "averaging the two before the maximum does not separate choosing from judging."),
            Mistake(_double_through_the_end, "where `terminated`, nothing follows and the target is the reward."),
            Mistake(
                _double_columns,
                "indexing [:, best] takes these columns from *every* row: [B, B]. Each row needs its own: `gather`.",
            ),
            Mistake(
                _double_broadcast,
                "gather leaves [B, 1], and [B] with [B, 1] makes [B, B]: squeeze it before you add the reward.",
            ),
            Mistake(
                _double_without_keepdim,
                "gather wants an index with as many axes as the table: argmax(dim=1) is [B], with keepdim=True it is [B, 1].",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.6",
        title="A value and some advantages make action values",
        reference=combine,
        cases=(
            (_t([1.0]), _t([2.0, 4.0])),
            (_t([0.0], [10.0]), _t([1.0, 2.0, 3.0], [0.0, 0.0, -3.0])),
            (_t([1.0], [2.0], [-1.0]), _Q3),
            (_t([1.0], [2.0], [-1.0]), _Q3 + _t([100.0], [-50.0], [0.0])),
        ),
        mistakes=(
            Mistake(
                _combine_plainly,
                "a plain sum: 100 more in the advantages and 100 less in the value give the same q, so neither means anything.",
            ),
            Mistake(
                _combine_max,
                "this subtracts the largest advantage. It also makes the split unique (and the value is the best action's then), but the mean was asked for.",
            ),
            Mistake(
                _combine_over_the_batch,
                "the mean runs over the batch (dim=0): what a state is worth must not depend on its neighbours in the batch.",
            ),
            Mistake(
                _combine_over_all, "this is one mean for the whole batch; each state has its own, over its actions."
            ),
            Mistake(_combine_added, "the mean is added; subtract it, so that the advantages that count have mean 0."),
            Mistake(
                _combine_without_keepdim,
                "without keepdim=True the mean is [B], and is taken for one number per *action*; it is one per row: [B, 1].",
            ),
            Mistake(_combine_without_value, "the value is missing: these are the advantages alone."),
            Mistake(
                _combine_sum,
                "this subtracts the sum of the advantages; subtract their mean, so that the mean of a row is its value.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.7",
        title="Several steps, and the end in between",
        reference=n_step_return,
        cases=(
            (_t(2.0), _NO, _NO, _t(4.0), 0.5),
            (_t(1.0, 2.0, 4.0), _t(False, False, False), _t(False, False, False), _t(10.0, 20.0, 8.0), 0.5),
            (_t(1.0, 2.0, 4.0), _t(False, True, False), _t(False, False, False), _t(10.0, 20.0, 8.0), 0.5),
            (_t(1.0, 2.0, 4.0), _t(False, False, False), _t(False, True, False), _t(10.0, 20.0, 8.0), 0.5),
            (_t(1.0, 2.0, 4.0), _t(False, False, True), _t(False, False, True), _t(10.0, 20.0, 8.0), 0.9),
            (
                _t(3.0, 2.0, 4.0, 1.0),
                _t(False, False, True, False),
                _t(True, False, False, False),
                _t(5.0, 6.0, 7.0, 8.0),
                0.9,
            ),
        ),
        mistakes=(
            Mistake(
                _n_step_over_the_end,
                "this runs over the end of the episode: what comes after it in the buffer belongs to the next one.",
            ),
            Mistake(
                _n_step_over_the_limit,
                "this stops at a termination, but runs over a time limit into the next episode; both end the window.",
            ),
            Mistake(
                _n_step_life_after_death,
                "the rewards are right; but after a termination nothing follows, so no value is added.",
            ),
            Mistake(
                _n_step_deadly_limit,
                "the rewards are right; but a time limit is not the end of the world: the value of the state where it struck has to be added.",
            ),
            Mistake(
                _n_step_limit_beats_death,
                "where both flags are set the episode did end: nothing follows, no value is added.",
            ),
            Mistake(
                _n_step_far_value,
                "the rewards stop in time, but the value is that of the end of the *window*, which lies in the next episode.",
            ),
            Mistake(
                _n_step_full_power,
                "the value is discounted by gamma to the n although the window was cut; it counts the steps really taken.",
            ),
            Mistake(
                _n_step_power_too_small,
                "the value comes after the last reward: its discount is one power higher than that one's.",
            ),
            Mistake(_n_step_rewards_discounted, "the first reward is discounted already; it counts in full."),
            Mistake(
                _n_step_last_reward_lost,
                "the reward of the step that ends the episode is lost: add it first, then look at the flags.",
            ),
            Mistake(
                _n_step_last_value,
                "the power of gamma is right, but the value is always next_value[-1]; after k steps it is next_value[k - 1].",
            ),
            Mistake(
                _n_step_value_undiscounted,
                "the rewards are right, but the value is not discounted: after k steps it counts gamma to the k.",
            ),
            Mistake(
                _n_step_stops_too_early,
                "it stops before the last reward: the step that ends the episode was taken too. Add its reward, count it, then stop.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.8",
        title="Surprises first, but weighed",
        reference=probabilities_and_weights,
        cases=(
            (_t(1.0, 3.0), 1.0, 1.0, 0.0),
            (_t(1.0, -3.0), 1.0, 1.0, 0.0),
            (_t(4.0, 1.0, 0.0, -9.0), 0.5, 1.0, 0.01),
            (_t(4.0, 1.0, 0.0, -9.0), 0.6, 0.4, 0.01),
            (_t(2.0, -5.0, 1.0), 0.0, 1.0, 0.1),
            (_t(2.0, -5.0, 1.0), 1.0, 0.0, 0.1),
        ),
        mistakes=(
            Mistake(
                _priority_weights_raw,
                "the weights are not divided by the largest: a rarely drawn step could make a giant update. After it, all lie in (0, 1].",
            ),
            Mistake(
                _priority_weights_summed,
                "the weights are divided by their sum; divide by the largest, so that it becomes 1.",
            ),
            Mistake(
                _priority_weights_inverted,
                "the exponent has the wrong sign: what is drawn often must count *less*, so that the average comes out right.",
            ),
            Mistake(
                _priority_weights_full,
                "beta does nothing here: it says how much of the bias is corrected, from 0 to 1.",
            ),
            Mistake(
                _priority_weights_alpha,
                "alpha is already in the probabilities; in the weights the only exponent is -beta.",
            ),
            Mistake(
                _priority_signed,
                "the sign of the error is kept: a surprise for the worse is a surprise too. (Powers of negative numbers are nan.)",
            ),
            Mistake(
                _priority_without_alpha,
                "alpha does nothing here: it says how strongly errors are preferred; 0 is uniform.",
            ),
            Mistake(
                _priority_alpha_last,
                "alpha comes after the normalisation, so these no longer sum to one: raise first, then divide by the sum.",
            ),
            Mistake(
                _priority_without_epsilon,
                "epsilon is missing: a step whose error was 0 once would never be drawn again, and its weight is infinite.",
            ),
            Mistake(
                _priority_epsilon_last,
                "epsilon is added after the power; it belongs to the error: (|error| + epsilon) to the alpha.",
            ),
            Mistake(
                _priority_exchanged,
                "both are right, but the pair is exchanged: the probabilities come first, then the weights.",
            ),
            Mistake(
                _priority_unnormalised,
                "the weights are right, but the first of the pair does not sum to one: divide the priorities by their sum.",
            ),
            Mistake(
                _priority_weights_averaged,
                "the weights are divided by their mean, so some are larger than 1; divide by the largest.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.9",
        title="A distribution that is moved, shrunk, and put back on its grid",
        reference=project,
        cases=(
            (_t([0.0, 1.0, 0.0]), _t(0.25), _t(1.0), _t(-1.0, 0.0, 1.0)),
            (_t([0.25, 0.5, 0.25]), _t(0.0), _t(1.0), _t(-1.0, 0.0, 1.0)),
            (_t([0.5, 0.0, 0.5]), _t(0.0), _t(0.5), _t(-1.0, 0.0, 1.0)),
            (_t([0.25, 0.5, 0.25]), _t(1.0), _t(0.0), _t(-1.0, 0.0, 1.0)),
            (_t([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]), _t(5.0, -0.75), _t(0.9, 0.9), _t(-1.0, 0.0, 1.0)),
            (
                _t([0.1, 0.2, 0.4, 0.2, 0.1], [0.0, 0.7, 0.0, 0.1, 0.2]),
                _t(1.0, -0.5),
                _t(0.8, 0.8),
                _t(-4.0, -2.0, 0.0, 2.0, 4.0),
            ),
        ),
        mistakes=(
            Mistake(
                _project_loses_exact_hits,
                "where a mass lands exactly on an atom, floor and ceil are the same and both shares are 0: it vanishes. Check that every row sums to 1.",
            ),
            Mistake(
                _project_to_the_nearest,
                "all the mass goes to the *nearest* atom; that shifts the mean. Share it between the two neighbours.",
            ),
            Mistake(
                _project_down,
                "all the mass goes to the atom *below*; that lowers the mean. Share it between the two neighbours.",
            ),
            Mistake(
                _project_without_shrinking,
                "the distribution is shifted but not shrunk: each atom z goes to reward + bootstrap * z, and to the reward alone where bootstrap is 0.",
            ),
            Mistake(_project_without_reward, "the distribution is shrunk but not shifted: the reward is missing."),
            Mistake(
                _project_shrinks_the_reward,
                "the reward is multiplied by `bootstrap` as well; it counts in full, at the end too.",
            ),
            Mistake(
                _project_shares_swapped,
                "the shares are exchanged: the *nearer* atom gets the larger one. At position 3.25 atom 3 gets 0.75.",
            ),
            Mistake(
                _project_overwrites,
                "several masses can land on one atom; here the later one overwrites the earlier. Add them up.",
            ),
            Mistake(
                _project_forgets_duplicates,
                "result[rows, index] += ... adds only once where an index repeats; `scatter_add_` (or a loop) adds every time.",
            ),
            Mistake(
                _project_drops_the_ends,
                "what lands beyond the ends is thrown away; it has to be put on the last atom there, so that rows still sum to 1.",
            ),
            Mistake(
                _project_ignores_the_spacing,
                "the position is counted in units of return; divide by the distance of two atoms to count in atoms.",
            ),
            Mistake(
                _project_unclipped,
                "nothing is clipped, and the mass beyond the ends is lost: clip the moved atoms to the support before you share.",
            ),
            Mistake(
                _project_counts_from_zero,
                "the position is counted from the return 0; count from the first atom: subtract support[0].",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
    Exercise(
        number="3.10",
        title="A layer that is not sure",
        reference=noisy_linear,
        cases=(
            (_t([2.0]), _t([3.0]), _t([0.5]), _t(1.0), _t(0.1), _t(4.0), _t(9.0)),
            (_t([2.0]), _t([3.0]), _t([0.5]), _t(1.0), _t(0.1), _t(-4.0), _t(9.0)),
            (
                _t([1.0, 2.0], [0.0, -1.0]),
                _t([1.0, 0.0], [2.0, -1.0]),
                _t([0.5, 0.1], [0.2, 0.4]),
                _t(0.0, 1.0),
                _t(0.3, 0.2),
                _t(0.25, -4.0),
                _t(1.0, -0.25),
            ),
            (
                _t([1.0, 2.0, -1.0]),
                _t([1.0, 0.0, 3.0], [2.0, -1.0, 0.5]),
                _t([0.5, 0.1, 0.2], [0.2, 0.4, 0.3]),
                _t(0.0, 1.0),
                _t(0.3, 0.2),
                _t(0.25, -4.0, 1.0),
                _t(1.0, -0.25),
            ),
        ),
        mistakes=(
            Mistake(_noisy_raw, "the noise goes in as drawn; f(e) = sign(e) sqrt(|e|) comes first."),
            Mistake(_noisy_signless, "f keeps the sign of the noise; here it is always positive, and only ever adds."),
            Mistake(
                _noisy_root_of_negative,
                "the root of a negative number is nan: take the root of |e|, then put the sign back.",
            ),
            Mistake(
                _noisy_outer_swapped,
                "the outer product is transposed: rows belong to outputs, columns to inputs, as in the weights [O, I].",
            ),
            Mistake(_noisy_quiet_bias, "the bias has noise too: mean_b + std_b * f(noise_out)."),
            Mistake(_noisy_raw_bias, "the weights are right; in the bias, too, the noise goes through f."),
            Mistake(
                _noisy_unscaled,
                "the standard deviations are missing: they are what the network learns, down to 0 where it has become sure.",
            ),
            Mistake(
                _noisy_unscaled_weights,
                "the noise of the weights is not scaled: multiply it by std_w, as you do with std_b in the bias.",
            ),
            Mistake(
                _noisy_one_noise,
                "all outputs get the same noise in their weights: f(noise_out) belongs there as well, one factor a row.",
            ),
            Mistake(
                _noisy_mean,
                "this is the layer without its noise: what is used when the agent shows what it has learned.",
            ),
            Mistake(
                _noisy_not_transposed,
                "the weights are [O, I] and the batch is [B, I]: multiply by the transposed weights.",
            ),
        ),
        rtol=RTOL,
        atol=ATOL,
    ),
)

PREDICTIONS = (
    Prediction(
        "3.P1",
        "Seven states, all rewards 0, so all values are 0, and a linear function of eight weights that can represent that exactly. "
        "You learn with semi-gradient TD(0) about one policy from the steps of another, and begin with weights that are not 0. What happens to them?",
        options=(
            Option(
                "the values go to 0, if the step size is small enough",
                "On-policy they would. Here some states are updated more often than the policy that is learned about would visit them, and each update pushes a shared weight the wrong way. A small step only makes it slower.",
            ),
            Option(
                "they settle somewhere else",
                "On-policy, linear TD settles at its fixed point, a compromise where the values cannot all be right. Here they *can* all be right, and the weights do not settle at all.",
            ),
            Option(
                "they grow without bound",
                "Each update is sensible on its own: it moves one state's value towards its target. But the weights are shared, so the target moves too, and further; and the states that would pull it back are updated too seldom.",
                right=True,
            ),
        ),
        why="This is Baird's counterexample. Function approximation, bootstrapping and off-policy data together are the **deadly triad**; leave out any one of the three, and this example is tame.",
        in_order=True,
    ),
    Prediction(
        "3.P2",
        "CartPole, the same network, the same number of steps. Replay is off (learn from the newest steps only) and so is the target network. Over several seeds it learns ...",
        options=(
            Option(
                "about as well: both only save data",
                "Replay does save data. But it also breaks the chain of near-identical neighbours, and a frozen target gives the regression something that stays put.",
            ),
            Option(
                "more slowly, but it gets there",
                "That would be so if each step's information were right and only used up too fast. But neighbouring steps all pull the network towards the same corner, and what it knew elsewhere is overwritten.",
            ),
            Option(
                "hardly at all, while the full agent is well under way",
                "In the measurement below each of the seeds without the two holds the pole for about 9 steps after 600 updates, fewer than random pushes do, and believes in values that no policy can earn; the full agent holds it for hundreds. Every update moves its own targets.",
                right=True,
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "3.P3",
        "The target network is copied from the online network only once every 10,000 updates, many times as seldom as usual. Learning ...",
        options=(
            Option(
                "diverges",
                "A frozen target cannot run away from the network: between two copies this is ordinary regression, the most stable thing there is.",
            ),
            Option(
                "hardly moves between two copies, and is slow",
                "Between two copies the network can at best fit the old targets; after that it waits. News travels one step of bootstrapping a copy, as in a sweep of value iteration: with a copy every 500 updates, values after 1,000 updates are still below 3, where 100 is possible.",
                right=True,
            ),
            Option(
                "is the same: the targets only have to be fixed",
                "Fixed targets make each regression easy. But the *values* improve only when the targets do, and these improve only at a copy.",
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "3.P4",
        "A world pays 1 at every step and never ends; with $\\gamma = 0.9$ it is worth 10. A time limit cuts every episode after 5 steps, and the observation is always the same. "
        "A learner treats the cut as the end of the world. Which value does it learn?",
        answer=3.57,
        tolerance=0.2,
        below="One step in five is told that nothing follows; the other four do bootstrap, from the same value.",
        above="If you said 4.1: that is $1 + \\gamma + \\dots + \\gamma^4$, the worth of five steps *from the start*. The learner cannot see the clock: it averages over all five. And 10 it would learn only without the mistake.",
        why="In one step of five the target is 1, in the other four it is $1 + \\gamma v$. So $v = 1 + 0.8\\,\\gamma v$ and $v = 1 / (1 - 0.72) \\approx 3.57$ instead of $1 / (1 - \\gamma) = 10$.",
    ),
    Prediction(
        "3.P5",
        "Ten actions are all worth exactly 0. Your estimate of each is off by normal noise with standard deviation 1, independently. What is the *largest* of the ten estimates, on average?",
        answer=1.54,
        tolerance=0.15,
        below="Each estimate is 0 on average. But the largest of ten is not an average one: it is the luckiest.",
        above="Being the luckiest of ten is worth about one and a half standard deviations; two and a half takes the best of a hundred.",
        why="No estimate is biased; the maximum is. DQN puts that maximum into its targets, learns it, and takes the maximum of *that*.",
    ),
    Prediction(
        "3.P6",
        "After one action a fair coin decides: $+10$ or $-10$, and the episode ends. DQN learns that it is worth 0. What does C51 learn for that action?",
        options=(
            Option(
                "one narrow peak at 0",
                "That is the distribution of somebody who is *sure* of getting 0. The mean is 0, but 0 never happens.",
            ),
            Option(
                "a wide hill around 0",
                "That would be a return that scatters around 0. A distribution with a mean and a width is one guess at its shape; C51 makes none.",
            ),
            Option(
                "two peaks, at -10 and at +10",
                "Each of the two outcomes puts its mass on its own atom, and cross-entropy makes the prediction match the frequencies: one half each. Their mean is 0, the same as DQN's.",
                right=True,
            ),
            Option(
                "the same mass on all atoms between",
                "That is where it may begin, before it has learned. Values that never occur lose their mass.",
            ),
        ),
        in_order=True,
    ),
)

QUESTIONS = (
    Question(
        "3.Q1",
        "Why does DQN compute its targets with a *second* network?",
        (
            Option(
                "so that the errors of two networks average out",
                "They never vote: one is an older copy of the other. Averaging several networks is an ensemble.",
            ),
            Option(
                "so that the targets hold still while the network is fitted to them",
                "With one network each update changes the prediction *and* the target, also in other states; the pursued thing runs along. A copy turns it into a series of ordinary regressions.",
                right=True,
            ),
            Option(
                "so that the maximum is no longer too large",
                "The target network's maximum is taken over noisy numbers too. That needs another cure: choose with one network, judge with the other (double DQN).",
            ),
            Option(
                "so that no gradient flows into the target",
                "For that, detaching it is enough; a detached target still moves at every update.",
            ),
        ),
    ),
    Question(
        "3.Q2",
        "Why does it hurt to train a network on steps in the order in which they happen?",
        (
            Option(
                "they look alike: the network fits the present corner and forgets the others",
                "A batch of near-copies says one thing many times, and weights are shared: fitting the present undoes the past. Drawing at random from a long memory mixes times and places.",
                right=True,
            ),
            Option(
                "the next state depends on the present one, which violates the Markov property",
                "That the next state depends on the present one, and on nothing before it, *is* the Markov property. The trouble is with gradient descent, which likes samples that are independent.",
            ),
            Option(
                "the gradient is biased towards large rewards",
                "The size of a reward has nothing to do with the order of the steps.",
            ),
            Option(
                "each step can be used only once and is then thrown away",
                "That is a waste, and replay ends it too. But even with data in plenty, the order would hurt.",
            ),
        ),
    ),
    Question(
        "3.Q3",
        "Can Sarsa, with its target $R + \\gamma\\, q(S', A')$, learn from a large replay buffer?",
        (
            Option(
                "yes: a step is a step, whoever took it",
                "The reward and the next state are fine, since $S$ and $A$ are given. But $A'$ was chosen by an *older* policy, and its value is what the target would teach.",
            ),
            Option(
                "not as it stands: the stored $A'$ is what an older policy did next",
                "It would learn the value of a mixture of old policies. Draw $A'$ anew from the present policy, or average over it (Expected Sarsa), and old steps are welcome. Q-learning's maximum never asks what was done.",
                right=True,
            ),
            Option(
                "no, replay needs a deterministic policy",
                "It needs a target that can be computed from $(S, A, R, S')$ alone, whatever the policy.",
            ),
            Option(
                "yes, if surprising steps are drawn more often, as in prioritised replay",
                "Priorities change how often a step is drawn, not what it says about the policy.",
            ),
        ),
    ),
    Question(
        "3.Q4",
        "Every estimate $Q(S', a)$ is right on average. Why is the target $R + \\gamma \\max_a Q(S', a)$ too large on average?",
        (
            Option(
                "because the maximum picks the luckiest error",
                "$\\mathbb E[\\max_a Q(a)] \\ge \\max_a \\mathbb E[Q(a)]$: errors that cancel in a mean do not cancel in a maximum. The more actions, and the more alike, the worse.",
                right=True,
            ),
            Option(
                "because each estimate is too large to begin with",
                "None is, by assumption; the bias is born in the maximum. (Once learned, it does go into the estimates and from there into the next targets.)",
            ),
            Option(
                "because discounting makes errors grow",
                "Discounting shrinks an error by $\\gamma$ at every step. It is what keeps this one finite.",
            ),
            Option(
                "because exploration visits good states more often",
                "It happens with data from any policy, also if all states are visited alike.",
            ),
        ),
    ),
    Question(
        "3.Q5",
        "What does double DQN change?",
        (
            Option(
                "it trains two networks on different data and takes the smaller value",
                "The smaller of two is another remedy (clipped double Q). Double DQN needs no further network and trains nothing more: it uses the two that DQN has.",
            ),
            Option(
                "the online network chooses the next action, the target network judges it",
                "An action chosen for its luck in one network has no special luck in the other. Since one is an older copy of the other, their errors are related: the bias shrinks, it does not vanish.",
                right=True,
            ),
            Option(
                "the target network chooses the next action, the online network judges it",
                "That would separate the two as well, but judge with the network that is being changed. The newest network should say what it *would do*.",
            ),
            Option(
                "it learns with smaller steps, so that the estimates in the maximum are less noisy and the bias is smaller",
                "Less noise means less bias; but a maximum of noisy numbers stays too large at any learning rate.",
            ),
        ),
    ),
    Question(
        "3.Q6",
        "A dueling network computes $q(s, a) = v(s) + a(s, a) - \\frac1A \\sum_{a'} a(s, a')$. What is the subtraction for?",
        (
            Option(
                "it makes the split into $v$ and $a$ unique",
                "Without it, add 7 to one, take 7 from the other, and $q$ is the same: from $q$ alone one cannot tell how it splits. Fixing the mean advantage at 0 makes the split unique, and forces what all actions share into $v$.",
                right=True,
            ),
            Option(
                "it keeps the action values small",
                "It does not: $v(s)$ is free to be as large as it likes.",
            ),
            Option(
                "it makes $v(s)$ the value of the best action, as in the Bellman optimality equation",
                "It makes it the *mean* of the action values. Subtracting the maximum would make it the best one's; both versions exist.",
            ),
            Option(
                "it changes which action is best, towards the mean",
                "The same number is subtracted from all actions of a state: their order stays.",
            ),
        ),
    ),
    Question(
        "3.Q7",
        "A robot arm has seven joints, each with a torque between -1 and 1. Why is DQN the wrong tool?",
        (
            Option(
                "a network has finitely many outputs and inputs, so that it cannot tell real numbers apart",
                "Its inputs *are* real numbers: feed the action in beside the observation, out comes $q(s, a)$. It is what one then has to *do* with it that fails.",
            ),
            Option(
                "$\\max_a q(s, a)$ becomes a search, at every step",
                "With a few actions one reads off the largest output; over a continuum one has to look for it. Seven joints in only five steps each are $5^7 = 78{,}125$ outputs. Policies that *produce* an action (notebook 04) or a second network that learns the argmax are the way out.",
                right=True,
            ),
            Option(
                "its rewards must be whole numbers",
                "Any real rewards will do: they only enter the target.",
            ),
            Option(
                "replay does not work with continuous actions",
                "It does; the well-known off-policy methods for continuous actions all use it.",
            ),
        ),
    ),
    Question(
        "3.Q8",
        "Prioritised replay draws surprising steps more often. Why are their losses multiplied by *smaller* weights?",
        (
            Option(
                "otherwise the draws would be undone",
                "The other way round: with $\\beta = 1$ the weights undo the change in the *average*. What stays is that surprising steps come often in small bites rather than seldom in large ones.",
            ),
            Option(
                "because large errors are usually mistakes in the data, and should not count in full",
                "They may be exactly what is worth learning. (If rewards are noisy they are not, and there prioritising does waste draws.)",
            ),
            Option(
                "because a value is a mean, and drawing by surprise changes the mean",
                "If a prize of 10 comes once in ten times, it surprises, is drawn more often, and the step looks worth more than 1. Weights $\\propto 1/P(i)^\\beta$ take that back, in full when $\\beta = 1$.",
                right=True,
            ),
            Option(
                "to save computation",
                "Multiplying saves nothing. What the sum tree saves is the time to draw.",
            ),
        ),
    ),
    Question(
        "3.Q9",
        "C51 learns the whole distribution of returns, and then acts on its mean. If only the mean counts, why may that help?",
        (
            Option(
                "the mean of a distribution is a better estimate of the expected return",
                "In a table, with matching updates from the same data, both learn the *same* mean. So the gain has to come from somewhere else: from how a network learns.",
            ),
            Option(
                "it acts carefully and avoids risk",
                "It could, with another rule for acting. As published it is as indifferent to risk as DQN.",
            ),
            Option(
                "the network has more to predict, and its gradients stay bounded",
                "Fifty-one questions instead of one shape better features, and with cross-entropy a rare huge return cannot make a huge step. It is measured to help; *why* is still argued about.",
                right=True,
            ),
            Option(
                "it needs no bootstrapping",
                "It bootstraps: its target is the next state's distribution, shrunk, shifted and projected.",
            ),
        ),
    ),
    Question(
        "3.Q10",
        "Epsilon-greedy tosses its coin anew at every step. What is different if the noise sits in the *weights* and is held for a while, say for an episode?",
        (
            Option(
                "nothing: both make the action random",
                "Seen from one step, both do. Seen over twenty steps, one dithers and the other follows a plan, if an odd one.",
            ),
            Option(
                "the same state gets the same action each time: exploration has a direction",
                "That is why holding it matters: far-away things are reached by going one way for long. If the noise is redrawn at every step, as in the published noisy DQN, less of this is left, but its size is still *learned*.",
                right=True,
            ),
            Option(
                "the agent explores less and less by itself, because the noise averages out",
                "It fades only if the network learns to make its standard deviations small. Noise that is drawn again does not run out.",
            ),
            Option(
                "the policy that acts becomes the policy that is learned about",
                "Its target is still a maximum: off-policy, as before.",
            ),
        ),
    ),
    Question(
        "3.Q11",
        "Rainbow draws three-step returns from a replay buffer, without correcting for the old policy. What is the price?",
        (
            Option(
                "none: Q-learning is off-policy",
                "With *one* step it is: the action is given, and the rest is a maximum. With three, the second and third reward came from actions that an older, exploring policy chose.",
            ),
            Option(
                "a bias: the later rewards are those of an older policy",
                "Ratios of probabilities would correct it, at the price of variance. With $n = 3$ the bias is small and news travels three times as fast: a bargain, and not more than that.",
                right=True,
            ),
            Option(
                "three times the memory",
                "The steps are stored once; the sum is made when they are drawn.",
            ),
            Option(
                "a bias: the later rewards are discounted too little",
                "The powers of $\\gamma$ are right. It is whose actions earned the rewards that is not.",
            ),
        ),
    ),
    Question(
        "3.Q12",
        "Three things together can make values diverge: the deadly triad. Which three?",
        (
            Option(
                "large networks, large learning rates, sparse rewards",
                "All of them make life hard. But Baird's counterexample has eight weights, any step size, and no rewards at all.",
            ),
            Option(
                "function approximation, bootstrapping, off-policy training",
                "Leave out any one and the simple case is safe: a table, or complete returns, or data from the policy itself. DQN has all three, and lives with them: replay and target network are what tames it, without a proof.",
                right=True,
            ),
            Option(
                "exploration, function approximation, discounting",
                "Exploring and discounting are harmless here; discounting is even what makes targets shrink.",
            ),
            Option(
                "replay, target network, the maximum",
                "The first two are remedies. And it happens without any maximum: Baird's example only evaluates a policy.",
            ),
        ),
    ),
    Question(
        "3.Q13",
        "The loss of your DQN has been falling for ten minutes. What do you know?",
        (
            Option(
                "it learns: the loss measures how far its values are from the true ones",
                "It measures how far they are from its *own* targets. A network that says 0 everywhere in a world that has not paid yet has loss 0, and knows nothing.",
            ),
            Option(
                "that the predictions agree with their own targets",
                "That is all, and a *rising* loss may be good news: new states, larger values, more to learn. Judge by the return of greedy episodes, and by values beside the returns really got.",
                right=True,
            ),
            Option(
                "that it overfits",
                "One cannot tell from this number either. What an agent that overfits its buffer shows is values that drift away from returns.",
            ),
            Option(
                "that the learning rate is right",
                "A loss can fall at many learning rates, and for reasons of the data alone: an agent that repeats itself is easy to predict.",
            ),
        ),
    ),
    Question(
        "3.Q14",
        "Which list holds the six parts that the published Rainbow adds to DQN?",
        (
            Option(
                "double, dueling, prioritised, noisy, distributional, asynchronous (A3C)",
                "One finds it in lectures, since multi-step targets were known from A3C. But A3C is an algorithm of its own, with a policy and many workers; what Rainbow took is the multi-step return.",
            ),
            Option(
                "double, dueling, prioritised, noisy, distributional, multi-step",
                "In its ablations on Atari, leaving out prioritised replay or the multi-step returns hurt most, and leaving out double Q hardly at all. On other tasks the order may differ: see what you measured above.",
                right=True,
            ),
            Option(
                "replay, target network, double, dueling, prioritised, noisy",
                "The first two are DQN already.",
            ),
            Option(
                "double, dueling, prioritised, noisy, multi-step, an entropy bonus",
                "An entropy bonus belongs to methods that learn a policy. The sixth part is the distribution of returns.",
            ),
        ),
    ),
    Question(
        "3.Q15",
        "DQN's greedy policy always does the same in the same state. When is that *not* good enough?",
        (
            Option(
                "never: some deterministic policy is always optimal",
                "In an MDP whose state you see, yes. In rock-paper-scissors against somebody who watches you, or where two different states look alike, every deterministic policy can be beaten by a random one.",
            ),
            Option(
                "when an opponent adapts, or different states look the same",
                "Then the best policy may have to toss a coin, with the right odds. Values with an argmax cannot say that; notebook 04 learns the odds themselves.",
                right=True,
            ),
            Option(
                "when rewards and transitions of the environment are random",
                "Random rewards and transitions are averaged in the values. A deterministic policy is still among the best.",
            ),
            Option(
                "when it has to explore",
                "To *learn*, yes, hence epsilon. The question is what to do in the end.",
            ),
        ),
    ),
)
