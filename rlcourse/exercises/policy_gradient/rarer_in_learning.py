"""Rarer wrong answers of exercises 4.7, 4.8 and 4.10, and two mistakes at once."""

import numpy as np
import torch

from rlcourse.exercises.policy_gradient.actor_critic import actor_critic
from rlcourse.exercises.policy_gradient.exact_critic import advantages
from rlcourse.exercises.policy_gradient.gae import gae, summed
from rlcourse.exercises.policy_gradient.one_line_exchanged import learn, one_hot, softmax

__all__ = ["actor_critic", "advantages", "gae"]


@gae.wrong("these are TD errors alone, λ = 0, and where `terminated` they must not hold a next value.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value - value


@gae.wrong(
    "two things: λ is missing from the factor discount * lam, and the sum runs through the ends: cut it where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount)


@gae.wrong(
    "two things: λ is missing from the factor discount * lam, and truncations are taken for the end of the world."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * ~done)


@gae.wrong("two things: these are returns, advantage + value, and truncations are taken for the end of the world.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~done) + value


@gae.wrong("two things: these are returns, advantage + value, and the sum runs through the ends: cut it where `done`.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam) + value


@gae.wrong("these are discounted returns: λ is missing from the sum, and the value is not subtracted.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * ~done) + value


@gae.wrong("the flag of the sum is turned round: it goes on where the episode does, ~done.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * done)


@gae.wrong("the flag of the value is turned round: it counts where the world goes on, ~terminated.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * terminated - value, discount * lam * ~done)


@gae.wrong("v(S) is added where it is to be subtracted: δ = R + γ v(S') - v(S).")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated + value, discount * lam * ~done)


@gae.wrong("this is the target R + γ v(S') alone: subtract v(S), and add what comes after, weighed with γλ.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value * ~terminated


@gae.wrong(
    "two things: value[t + 1] is of the next *row*, another episode's at a truncation, and the sum is cut one row late."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    late = torch.cat([done[1:], torch.zeros_like(done[:1])])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~late)


@gae.wrong("the reward is missing: δ = R + γ v(S') - v(S).")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(discount * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("these are normalised (by the deviation with ddof 0); here the advantages themselves were asked for.")
def _(reward, value, next_value, terminated, done, discount, lam):
    advantage = summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)
    return (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)


@gae.wrong(
    "rewards are summed and the value taken off once; what is summed with γλ are the TD *errors*, each with both its values."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward, discount * lam * ~done) - value


@gae.wrong(
    "discounted rewards less the value: λ is missing, and so is v of where the record or a truncated episode stopped."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward, discount * ~done) - value


@advantages.wrong("nothing is summed (λ = 0), and where `terminated` the TD error still holds a next value.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value - value


@advantages.wrong("two things: the next row still lends its value at a truncation, and the sum is cut one row late.")
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    late = torch.cat([done[1:], torch.zeros_like(done[:1])])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~late)


@advantages.wrong(
    "two things: the next row still lends its value, and the sum is cut at truncations *instead of* terminations; `done` is either."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~(done & ~terminated))


@advantages.wrong(
    "two things: the next row still lends its value, and the last step of an episode is wiped out. Its own TD error counts."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~done) * ~done


@advantages.wrong("the sum is cut one row early: done[t] cuts the link from row t to row t + 1.")
def _(reward, value, next_value, terminated, done, discount, lam):
    early = torch.cat([torch.zeros_like(done[:1]), done[:-1]])
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~early)


@advantages.wrong("the advantage is right, but the value has been added to it: that is a return.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done) + value


@actor_critic.wrong("two things: no v(s') where `terminated`, and the discount in front of it: δ = R + γ v(s') - v(s).")
def _(*case):
    return learn(*case, error=lambda x: x.r + x.v[x.s2] - x.v[x.s])


@actor_critic.wrong(
    "two things: no v(s') where `terminated`, and the direction is 1[a] - π, so every logit of the row moves."
)
def _(*case):
    return learn(*case, error=lambda x: x.r + x.discount * x.v[x.s2] - x.v[x.s], actor=lambda x: x.delta * x.taken)


@actor_critic.wrong(
    "two things: no v(s') where `terminated`, and γ to the t, which the task leaves out of the actor's step."
)
def _(*case):
    return learn(
        *case,
        error=lambda x: x.r + x.discount * x.v[x.s2] - x.v[x.s],
        actor=lambda x: x.discount**x.t * x.delta * x.score,
    )


@actor_critic.wrong(
    "the actor is moved by v(s'), the value of where the action led; δ also has the reward, and what was expected."
)
def _(*case):
    return learn(*case, actor=lambda x: x.v[x.s2] * x.score)


@actor_critic.wrong("v(s) is *set* to its step: the step is added, +=.")
def _(*case):
    return learn(*case, critic=lambda x: x.delta - x.v[x.s] / case[4])


@actor_critic.wrong("v(s) jumps to the target; it moves there by a small step, alpha_critic δ.")
def _(*case):
    return learn(*case, critic=lambda x: x.delta / case[4])


@actor_critic.wrong("at the end v(s) is masked too; only v(s') is: δ = R - v(s) there.")
def _(*case):
    return learn(*case, error=lambda x: x.r + (x.discount * x.v[x.s2] - x.v[x.s]) * (not x.end))


@actor_critic.wrong("the actor skips the last step of each episode; the action that ended it is learned about as well.")
def _(*case):
    return learn(*case, actor=lambda x: x.delta * x.score * (not x.end))


@actor_critic.wrong(
    "γ to the t stands in front of both steps; the task leaves it out, and the book has it in the actor's alone."
)
def _(*case):
    return learn(*case, actor=lambda x: x.discount**x.t * x.delta * x.score, critic=lambda x: x.discount**x.t * x.delta)


@actor_critic.wrong("the score takes π from the row of s', but the action was drawn in s.")
def _(*case):
    return learn(*case, actor=lambda x: x.delta * (x.taken - softmax(x.theta[x.s2])))


@actor_critic.wrong(
    "the logit of the action taken is moved first, and π computed again: subtract the π that the action was drawn from."
)
def _(*case):
    def one_after_the_other(x):
        up = x.delta * x.taken
        moved = softmax(x.theta[x.s] + case[3] * up)
        return up - x.delta * moved

    return learn(*case, actor=one_after_the_other)


@actor_critic.wrong("the actor is moved by R - v(s): v(s'), what the action led to, is missing. Use δ.")
def _(*case):
    return learn(*case, actor=lambda x: (x.r - x.v[x.s]) * x.score)


@actor_critic.wrong("both step sizes are multiplied into the actor's step; it has alpha_actor alone.")
def _(*case):
    return learn(*case, actor=lambda x: case[4] * x.delta * x.score)


@actor_critic.wrong("only the sign of δ is used; a great surprise has to move more than a small one.")
def _(*case):
    return learn(*case, actor=lambda x: np.sign(x.delta) * x.score)


@actor_critic.wrong("actions are drawn from the uniform policy; draw them from π, which is what is being learned.")
def _(*case):
    env, draw, *rest = case
    return learn(env, lambda p: draw(np.full(len(p), 1 / len(p))), *rest)


@actor_critic.wrong("the signs inside the score: 1[a] - π, not 1[a] + π.")
def _(*case):
    return learn(*case, actor=lambda x: x.delta * (x.taken + x.pi))


@actor_critic.wrong(
    "two things: only the logit of the action taken moves (the direction is 1[a] - π), and it goes downhill."
)
def _(*case):
    return learn(*case, actor=lambda x: -x.delta * x.taken)


@actor_critic.wrong("changes are saved up and made at the end of the episode; an actor-critic learns at every step.")
def _(*case):
    env, draw, episodes, alpha_actor, alpha_critic, discount = case
    theta, v = np.zeros((env.num_states, env.num_actions)), np.zeros(env.num_states)
    for _ in range(episodes):
        s, end, d_theta, d_v = env.reset(), False, np.zeros_like(theta), np.zeros_like(v)
        while not end:
            pi = softmax(theta[s])
            a = draw(pi)
            s2, r, end = env.step(a)
            delta = r + discount * v[s2] * (not end) - v[s]
            d_v[s] += alpha_critic * delta
            d_theta[s] += alpha_actor * delta * (one_hot(a, pi) - pi)
            s = s2
        theta, v = theta + d_theta, v + d_v
    return theta, v


@gae.wrong("these are TD errors alone, λ = 0, and truncations are taken for the end of the world.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value * ~done - value


@gae.wrong(
    "two things: these are returns, advantage + value, and the sum runs through truncations: cut it where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~terminated) + value


@gae.wrong(
    "two things: the last row has lost its next value, and at truncations the next *row* lends its value and its advantage."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], torch.zeros_like(value[:1])])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~terminated)


@gae.wrong(
    "this runs forwards, so the advantage of row t + 1 is still 0 when row t reads it, and the last row is left out."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    delta[-1] = 0.0
    return delta


@gae.wrong("a power of λ too many in the sum: from one row to the next the factor is discount * lam.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam**2 * ~done)


@advantages.wrong(
    "two things: the next value is not masked where `terminated`, and the sum still runs through truncations."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam * ~terminated)


@actor_critic.wrong("each entry of the score is multiplied with its π: the gradient of log π is 1[a] - π as it is.")
def _(*case):
    return learn(*case, actor=lambda x: x.delta * x.pi * x.score)


@actor_critic.wrong(
    "two things: no v(s') where `terminated`, and δ is computed a second time for the actor, after v(s) has moved."
)
def _(*case):
    return learn(
        *case,
        error=lambda x: x.r + x.discount * x.v[x.s2] - x.v[x.s],
        actor=lambda x: (x.r + x.discount * x.v[x.s2] - x.v[x.s]) * x.score,
    )


@actor_critic.wrong(
    "the logit of every action drawn goes up by alpha_actor, whatever came of it: the step is δ (1[a] - π)."
)
def _(*case):
    return learn(*case, actor=lambda x: x.taken)


@actor_critic.wrong("the discount stands at the wrong value: δ = R + γ v(s') - v(s).")
def _(*case):
    return learn(*case, error=lambda x: x.r + x.v[x.s2] * (not x.end) - x.discount * x.v[x.s])


@gae.wrong(
    "where `done`, the whole advantage is wiped out, its own TD error too. The last step of an episode keeps its own error; what is cut is only the sum that comes from *later* rows."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    advantage, following = torch.zeros_like(delta), torch.zeros_like(delta[0])
    for t in reversed(range(len(delta))):
        following = advantage[t] = (delta[t] + discount * lam * following) * ~done[t]
    return advantage
