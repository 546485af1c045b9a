"""The definitions, written as slow loops and linear programs that share no code with the package."""

import numpy as np
from scipy.optimize import linprog

from rlcourse.mdp import FiniteMDP


def dense(mdp: FiniteMDP) -> tuple[np.ndarray, np.ndarray]:
    """p(s' | s, a) as [S, A, S] and r(s, a) as [S, A], both 0 where an action is unavailable."""
    states, actions, outcomes = mdp.prob.shape
    transition, reward = np.zeros((states, actions, states)), np.zeros((states, actions))
    for s in range(states):
        for a in range(actions):
            if mdp.available is not None and not mdp.available[s, a]:
                continue
            for k in range(outcomes):
                transition[s, a, mdp.next_state[s, a, k]] += mdp.prob[s, a, k]
                reward[s, a] += mdp.prob[s, a, k] * mdp.reward[s, a, k]
    return transition, reward


def look_ahead(mdp: FiniteMDP, value: np.ndarray, s: int, a: int) -> float:
    """q(s, a) by the definition: the expected reward plus the discounted value of where it leads."""
    total = 0.0
    for p, successor, reward in zip(mdp.prob[s, a], mdp.next_state[s, a], mdp.reward[s, a], strict=True):
        future = 0.0 if mdp.terminal[successor] else value[successor]
        total += p * (reward + mdp.discount * future)
    return total


def allowed_actions(mdp: FiniteMDP, s: int) -> list[int]:
    return [a for a in range(mdp.num_actions) if mdp.available is None or mdp.available[s, a]]


def expectation_backup(mdp: FiniteMDP, policy: np.ndarray, value: np.ndarray, s: int) -> float:
    return sum(policy[s, a] * look_ahead(mdp, value, s, a) for a in allowed_actions(mdp, s))


def optimality_backup(mdp: FiniteMDP, value: np.ndarray, s: int) -> float:
    return max(look_ahead(mdp, value, s, a) for a in allowed_actions(mdp, s))


def value_by_linear_algebra(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """v_pi from (I - discount P_pi) v = r_pi over the non-terminal states, all dense."""
    transition, reward = dense(mdp)
    chain = np.einsum("sa,sat->st", policy, transition)
    live = ~mdp.terminal
    value = np.zeros(mdp.num_states)
    system = np.eye(live.sum()) - mdp.discount * chain[np.ix_(live, live)]
    value[live] = np.linalg.inv(system) @ (policy * reward).sum(axis=1)[live]
    return value


def optimal_value_by_linear_program(mdp: FiniteMDP) -> np.ndarray:
    """v* as the least v with v(s) >= r(s, a) + discount * sum_s' p(s' | s, a) v(s') for every allowed action."""
    transition, reward = dense(mdp)
    rows, bounds = [], []
    for s in range(mdp.num_states):
        for a in allowed_actions(mdp, s):
            rows.append(mdp.discount * transition[s, a] - np.eye(mdp.num_states)[s])
            bounds.append(-reward[s, a])
    box = [(0, 0) if end else (None, None) for end in mdp.terminal]
    answer = linprog(np.ones(mdp.num_states), A_ub=rows, b_ub=bounds, bounds=box)
    assert answer.success, answer.message
    return np.asarray(answer.x)
