"""4.10 The whole loop of a one-step actor-critic on a table (Sutton & Barto, 2nd edition, section 13.5)."""

from collections.abc import Callable

import numpy as np

from rlcourse.exercises.format import Floats, exercise
from rlcourse.exercises.policy_gradient.one_line_exchanged import learn, one_hot, softmax, td_error
from rlcourse.exercises.policy_gradient.small_worlds import Draw, World, one_step, three_in_a_row, with_a_trap


def show(env: World, draw: Draw, episodes: int, alpha_actor: float, alpha_critic: float, discount: float) -> str:
    """A case in a line."""
    how_many = f"{episodes} episode{'s' if episodes > 1 else ''}"
    return (
        f"a world of {env.num_states} states and {env.num_actions} actions, {how_many}, "
        f"alpha_actor = {alpha_actor:g}, alpha_critic = {alpha_critic:g}, discount = {discount:g}"
    )


@exercise(
    "4.10",
    "A whole actor-critic",
    show=show,
    cases=lambda: (
        (one_step(), Draw(0), 1, 0.5, 0.25, 1.0),
        (one_step(), Draw(1), 4, 0.5, 0.25, 1.0),
        (three_in_a_row(), Draw(2), 1, 0.3, 0.2, 0.5),
        (three_in_a_row(), Draw(3), 6, 0.3, 0.2, 0.9),
        (with_a_trap(), Draw(4), 12, 0.15, 0.25, 0.9),
    ),
)
def actor_critic(
    env: World,
    draw: Callable[[Floats], int],
    episodes: int,
    alpha_actor: float,
    alpha_critic: float,
    discount: float,
) -> tuple[Floats, Floats]:
    """Logits [S, A] and values [S], both learned from every TD error as it comes."""
    theta, v = np.zeros((env.num_states, env.num_actions)), np.zeros(env.num_states)
    for _ in range(episodes):
        state, terminated = env.reset(), False
        while not terminated:
            pi = softmax(theta[state])
            action = draw(pi)
            next_state, reward, terminated = env.step(action)
            delta = reward + discount * v[next_state] * (not terminated) - v[state]
            v[state] += alpha_critic * delta
            theta[state] += alpha_actor * delta * (one_hot(action, pi) - pi)
            state = next_state
    return theta, v


@actor_critic.wrong(
    "where `terminated`, nothing follows: the TD error there is R - v(s), whatever v says of the next state's number."
)
def _(*case):
    return learn(*case, error=lambda x: x.r + x.discount * x.v[x.s2] - x.v[x.s])


@actor_critic.wrong("the mask is turned round: v(s') counts where the episode goes *on*, times (not terminated).")
def _(*case):
    return learn(*case, error=lambda x: x.r + x.discount * x.v[x.s2] * x.end - x.v[x.s])


@actor_critic.wrong("the mask covers the reward too; at the end only v(s') is 0, and the last reward counts in full.")
def _(*case):
    return learn(*case, error=lambda x: (x.r + x.discount * x.v[x.s2]) * (not x.end) - x.v[x.s])


@actor_critic.wrong(
    "the last step of each episode is not learned from: the loop ends before the update, or the mask covers all of δ. Update first, then stop."
)
def _(*case):
    return learn(*case, error=lambda x: td_error(x) * (not x.end))


@actor_critic.wrong("the discount is missing from the TD error: δ = R + γ v(s') - v(s).")
def _(*case):
    return learn(*case, error=lambda x: x.r + x.v[x.s2] * (not x.end) - x.v[x.s])


@actor_critic.wrong("v(s) is not subtracted: R + γ v(s') is a target, the TD error is the target less v(s).")
def _(*case):
    return learn(*case, error=lambda x: td_error(x) + x.v[x.s])


@actor_critic.wrong("the sign of δ is turned: it is positive where things went better than v(s) said.")
def _(*case):
    return learn(*case, error=lambda x: -td_error(x))


@actor_critic.wrong("v(s') is missing: δ = R + γ v(s') - v(s). Without it only the immediate reward is learned.")
def _(*case):
    return learn(*case, error=lambda x: x.r - x.v[x.s])


@actor_critic.wrong(
    "the actor is moved by v(s) instead of δ: that praises every action in a good state, also the bad ones."
)
def _(*case):
    return learn(*case, actor=lambda x: x.v[x.s] * x.score)


@actor_critic.wrong(
    "the actor is moved by the reward alone; δ also says what the action led to, and what was expected anyway."
)
def _(*case):
    return learn(*case, actor=lambda x: x.r * x.score)


@actor_critic.wrong("the actor is moved by the target R + γ v(s'), without the baseline: use δ, as the critic does.")
def _(*case):
    return learn(*case, error=lambda x: td_error(x) + x.v[x.s], critic=td_error)


@actor_critic.wrong(
    "the critic adds the whole target instead of δ: v(s) then grows without end. It moves *towards* the target."
)
def _(*case):
    return learn(*case, critic=lambda x: x.delta + x.v[x.s])


@actor_critic.wrong("the critic never learns: v stays where it was. It needs its own step, v(s) += alpha_critic δ.")
def _(*case):
    return learn(*case, critic=lambda x: 0.0)


@actor_critic.wrong("the actor never learns: theta stays where it was. It needs its own step, along δ (1[a] - π).")
def _(*case):
    return learn(*case, actor=lambda x: 0.0)


@actor_critic.wrong("the critic steps away from its target: v(s) += alpha_critic δ, with a plus.")
def _(*case):
    return learn(*case, critic=lambda x: -x.delta)


@actor_critic.wrong("the actor goes downhill: this is *ascent*, theta += alpha_actor δ (1[a] - π).")
def _(*case):
    return learn(*case, actor=lambda x: -x.delta * x.score)


@actor_critic.wrong(
    "all logits of the row are moved alike, and a softmax does not notice that: the direction is 1[a] - π, up for the action taken and down for the others."
)
def _(*case):
    return learn(*case, actor=lambda x: x.delta)


@actor_critic.wrong(
    "only the logit of the action taken is moved, by δ: the gradient of log π(a|s) is 1[a] - π, so every logit of the row moves."
)
def _(*case):
    return learn(*case, actor=lambda x: x.delta * x.taken)


@actor_critic.wrong(
    "the logit of the action taken is right, by 1 - π(a|s); the others are to go down, each by its π(b|s)."
)
def _(*case):
    return learn(*case, actor=lambda x: x.delta * x.taken * x.score)


@actor_critic.wrong(
    "this is the gradient of π, not of log π: there is a factor π(a|s) too many. Rare actions are drawn rarely already."
)
def _(*case):
    return learn(*case, actor=lambda x: x.delta * x.pi[x.a] * x.score)


@actor_critic.wrong(
    "the step is divided by π(a|s): the gradient of log π has that division in it already, and is 1[a] - π."
)
def _(*case):
    return learn(*case, actor=lambda x: x.delta / x.pi[x.a] * x.score)


@actor_critic.wrong(
    "the 1 of the action taken is missing: 1[a] - π, not -π, or the action that was drawn does not matter."
)
def _(*case):
    return learn(*case, actor=lambda x: -x.delta * x.pi)


@actor_critic.wrong(
    "δ is computed a second time for the actor, after v(s) has moved, and has shrunk by then. Compute it once; then the order of the two steps does not matter."
)
def _(*case):
    return learn(*case, actor=lambda x: td_error(x) * x.score)


@actor_critic.wrong("the two step sizes are exchanged: alpha_actor belongs to theta, alpha_critic to v.")
def _(*case):
    env, draw, episodes, alpha_actor, alpha_critic, discount = case
    return learn(env, draw, episodes, alpha_critic, alpha_actor, discount)


@actor_critic.wrong("the critic changes v(s'), where the step led; what it has learned about is v(s), where it began.")
def _(*case):
    return learn(*case, critic_state=lambda x: x.s2)


@actor_critic.wrong("the actor changes the row of s'; the action was taken in s.")
def _(*case):
    return learn(*case, actor_state=lambda x: x.s2)


@actor_critic.wrong(
    "s = s' comes too early, before the two updates: they then learn about s', and δ compares v(s') with itself."
)
def _(*case):
    return learn(
        *case,
        error=lambda x: x.r + x.discount * x.v[x.s2] * (not x.end) - x.v[x.s2],
        critic_state=lambda x: x.s2,
        actor_state=lambda x: x.s2,
    )


@actor_critic.wrong(
    "s = s' is missing at the end of the loop: the world walks on, and every step is booked on the first state."
)
def _(*case):
    return learn(*case, moves=False)


@actor_critic.wrong(
    "theta and v are set to 0 at the start of each episode, and all that was learned is thrown away. Make them once, before the loop."
)
def _(*case):
    return learn(*case, start=lambda x: (x.theta.fill(0), x.v.fill(0)))


@actor_critic.wrong(
    "theta is set to 0 at the start of each episode: the critic remembers, the actor does not. Make both once, before the loop."
)
def _(*case):
    return learn(*case, start=lambda x: x.theta.fill(0))


@actor_critic.wrong(
    "v is set to 0 at the start of each episode: the actor remembers, the critic does not. Make both once, before the loop."
)
def _(*case):
    return learn(*case, start=lambda x: x.v.fill(0))


@actor_critic.wrong(
    "this is the book's box to the letter, with γ to the t in front of the actor's step. The task leaves that factor out, as nearly everybody does."
)
def _(*case):
    return learn(*case, actor=lambda x: x.discount**x.t * x.delta * x.score)


@actor_critic.wrong(
    "theta is taken for action values, with the maximum over the next row in the target: that is Q-learning. Logits move by δ (1[a] - π)."
)
def _(*case):
    return learn(
        *case, actor=lambda x: (x.r + x.discount * x.theta[x.s2].max() * (not x.end) - x.theta[x.s, x.a]) * x.taken
    )


@actor_critic.wrong(
    "this draws a next action in s' as well and learns from it: Sarsa, with theta for action values. δ needs only v(s'), and logits move by δ (1[a] - π)."
)
def _(*case):
    def sarsa(x):
        following = 0.0 if x.end else x.theta[x.s2, x.draw(softmax(x.theta[x.s2]))]
        return (x.r + x.discount * following - x.theta[x.s, x.a]) * x.taken

    return learn(*case, actor=sarsa)


@actor_critic.wrong("this always takes the likeliest action; the policy has to be *drawn* from: action = draw(pi).")
def _(*case):
    env, _, *rest = case
    return learn(env, np.argmax, *rest)


@actor_critic.wrong("all is learned rightly, but the pair is exchanged: theta first, then v.")
def _(*case):
    theta, v = learn(*case)
    return v, theta


@actor_critic.wrong("all is learned rightly, but this returns the probabilities; the logits theta were asked for.")
def _(*case):
    theta, v = learn(*case)
    return np.array([softmax(row) for row in theta]), v


@actor_critic.wrong(
    "this waits for the end of the episode and uses G - v(s): REINFORCE with a baseline. An actor-critic learns at every step, from R + γ v(s')."
)
def _(*case):
    env, draw, episodes, alpha_actor, alpha_critic, discount = case
    theta, v = np.zeros((env.num_states, env.num_actions)), np.zeros(env.num_states)
    for _ in range(episodes):
        s, end, steps, g, returns = env.reset(), False, [], 0.0, []
        while not end:
            a = draw(softmax(theta[s]))
            s2, r, end = env.step(a)
            steps.append((s, a, r))
            s = s2
        for _, _, r in reversed(steps):
            g = r + discount * g
            returns.insert(0, g)
        for (s, a, _), g in zip(steps, returns, strict=True):
            delta, pi = g - v[s], softmax(theta[s])
            v[s] += alpha_critic * delta
            theta[s] += alpha_actor * delta * (one_hot(a, pi) - pi)
    return theta, v


@actor_critic.wrong(
    "the policy is computed once an episode and is stale by its second step: compute π from theta[s] at every step."
)
def _(*case):
    return learn(*case, start=lambda x: setattr(x, "old", x.theta.copy()), policy=lambda x: softmax(x.old[x.s]))


@actor_critic.wrong(
    "the actor is moved by v(s), as it was before the critic's step, instead of δ: that praises every action in a good state, also the bad ones."
)
def _(*case):
    return learn(*case, actor=lambda x: (x.v[x.s] - case[4] * x.delta) * x.score)


@actor_critic.wrong(
    "δ is missing from the actor's step: every action that was drawn becomes likelier, whatever came of it."
)
def _(*case):
    return learn(*case, actor=lambda x: x.score)


@actor_critic.wrong("log π(a|s) itself is added; the direction is its *gradient*, 1[a] - π.")
def _(*case):
    return learn(*case, actor=lambda x: x.delta * np.log(x.pi[x.a]) * x.taken)


@actor_critic.wrong(
    "the reward is discounted too: δ = R + γ v(s') - v(s); the reward of the step itself counts in full."
)
def _(*case):
    return learn(*case, error=lambda x: x.discount * (x.r + x.v[x.s2] * (not x.end)) - x.v[x.s])


@actor_critic.wrong("γ is multiplied with v(s) too: δ = R + γ v(s') - v(s).")
def _(*case):
    return learn(*case, error=lambda x: x.r + x.discount * (x.v[x.s2] * (not x.end) - x.v[x.s]))


@actor_critic.wrong(
    "the critic's step is twice as long: the gradient of a squared error has a 2, the rule v(s) += alpha_critic δ has none."
)
def _(*case):
    return learn(*case, critic=lambda x: 2 * x.delta)


@actor_critic.wrong("both use alpha_actor; the critic has a step size of its own.")
def _(*case):
    env, draw, episodes, alpha_actor, _, discount = case
    return learn(env, draw, episodes, alpha_actor, alpha_actor, discount)


@actor_critic.wrong("both use alpha_critic; the actor has a step size of its own.")
def _(*case):
    env, draw, episodes, _, alpha_critic, discount = case
    return learn(env, draw, episodes, alpha_critic, alpha_critic, discount)


@actor_critic.wrong("the step sizes are not used at all.")
def _(*case):
    env, draw, episodes, _, _, discount = case
    return learn(env, draw, episodes, 1.0, 1.0, discount)


@actor_critic.wrong("all rows of theta are moved: only the state in which the action was taken learns, theta[s].")
def _(*case):
    return learn(*case, actor_state=lambda x: slice(None))


@actor_critic.wrong("draw is called once too often, after the end of each episode: one action for each step.")
def _(*case):
    def drawing_again(x):
        if x.end:
            x.draw(x.pi)
        return x.delta * x.score

    return learn(*case, actor=drawing_again)


@actor_critic.wrong("only the first episode is run: `terminated` has to be False again at the start of each one.")
def _(*case):
    env, draw, _, *rest = case
    return learn(env, draw, 1, *rest)
