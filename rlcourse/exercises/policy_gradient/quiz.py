"""Notebook 04: its quiz questions; every wrong option explains its misconception."""

from rlcourse.exercises.format import Option, Question

QUESTIONS = (
    Question(
        "4.Q1",
        "In which of these worlds is it enough to learn good action values and to take the best action?",
        (
            Option(
                "rock, paper, scissors against somebody who learns your habits",
                "Where nobody can exploit you, all three actions are worth the same: values say nothing about the odds, and the odds are all that counts. (In chess, with turns and open cards, some deterministic policy *is* among the best.)",
            ),
            Option(
                "a robot arm whose seven torques are real numbers",
                "A network can well learn $q(s, a)$ for real $a$. But then $\\max_a$ over seven real numbers is a search, at every step; a policy *produces* the action.",
            ),
            Option(
                "a slippery grid of 1,000 cells, each with its own number",
                "Chance in the transitions is averaged in the values, and where the state is seen and actions are few, some deterministic policy is optimal and an argmax finds it. One may learn a policy here; one need not.",
                right=True,
            ),
            Option(
                "a corridor in which two cells look alike but need different moves",
                "*If* you could tell them apart, yes: the world is an ordinary MDP. As you cannot, any fixed move is wrong in one of the two cells and may loop forever, while a coin gets you out.",
            ),
        ),
    ),
    Question(
        "4.Q2",
        "$\\nabla \\log p_\\theta(\\tau)$ contains no transition probability. Why not?",
        (
            Option(
                "because the policy has no influence on where one ends up",
                "It has: other actions lead to other states. That influence is in the estimate, through the returns that follow each action.",
            ),
            Option(
                "because the logarithm makes a sum, and their terms do not contain $\\theta$",
                "A product of policy and world becomes policy *plus* world, and a derivative by $\\theta$ sees only the first. So you need not know the world, only to have been there.",
                right=True,
            ),
            Option(
                "because their terms have expectation 0, so that they cancel on average",
                "They are 0 in every single trajectory: no average is needed. (What does cancel only on average is the score of an action, weighted with rewards from before it.)",
            ),
            Option(
                "because the critic estimates them from samples",
                "A critic estimates values, not probabilities. And REINFORCE has no critic; its gradient does not contain them either.",
            ),
        ),
    ),
    Question(
        "4.Q3",
        "What is the average of $\\nabla \\log \\pi_\\theta(A \\mid s)$ over many actions $A$ in one state $s$?",
        (
            Option(
                "0, whoever draws the actions",
                "Drawn with probabilities $b$, it is $\\sum_a b\\, \\nabla \\pi / \\pi$. For $b = \\pi$ that is 0, since $\\pi$ cancels. With somebody else's actions it is not: then it says how $\\theta$ should move to imitate *them*.",
            ),
            Option(
                "0, if $\\pi_\\theta$ itself draws the actions",
                "$\\sum_a \\pi\\, \\nabla \\pi / \\pi = \\nabla \\sum_a \\pi = \\nabla 1 = 0$: probability that goes to one action is taken from others. Reward-to-go and baselines rest on this line, and it asks for actions of the *present* policy.",
                right=True,
            ),
            Option(
                "0, once $\\pi_\\theta$ is the optimal policy",
                "At an optimum it is $\\nabla J$ that vanishes. The expected score contains no reward at all, and is 0 for good and bad policies alike.",
            ),
            Option(
                "it points towards the likely actions, since they are drawn more often",
                "They are drawn more often and pushed up less each time: a likely action's score is short, a rare one's long. The two cancel exactly.",
            ),
        ),
    ),
    Question(
        "4.Q4",
        "You weight each score with the return from its own step on, no longer with that of the whole episode. What changes?",
        (
            Option(
                "the expected gradient: with the past in it, it was wrong",
                "Praise for what came before is misplaced, but on average it pushes nowhere, exactly. The whole return is unbiased, too.",
            ),
            Option(
                "the variance, and not the expected gradient",
                "A past reward is fixed when the action is drawn; times an expected score of 0 it adds nothing but noise. Mostly the variance falls, often by much. (It need not: a past reward may happen to cancel noise that comes later.)",
                right=True,
            ),
            Option(
                "the objective: now early steps count for less",
                "The objective is the same expected return. What is left out had no part in its gradient.",
            ),
            Option(
                "nothing: the past rewards cancel within every episode",
                "They cancel only in the *average* over episodes. In a single one they are there, and that is what makes it noisy.",
            ),
        ),
    ),
    Question(
        "4.Q5",
        "Every episode pays between 5 and 7, at its end. One that pays 7 contains a blunder. What does REINFORCE, without a baseline, do to the blunder's probability?",
        (
            Option(
                "it raises it, as it always will, since all rewards are positive",
                "Sampled actions are all pushed up, but not alike, and probabilities must sum to 1. After many episodes the better actions have been pushed more, and the blunder comes out lower.",
            ),
            Option(
                "it raises it now; only many episodes together lower it",
                "One episode cannot tell which of its actions were good: all get the same praise. Episodes with the blunder end worse *on average* than those without, and only an average shows that.",
                right=True,
            ),
            Option(
                "it raises it, and a baseline $v_\\pi(s)$ would have lowered it",
                "A baseline says how good things usually are *here*. The episode still ended above that, so the blunder is praised, if less. What could tell is a critic that looks at the *next* state and finds it worse.",
            ),
            Option(
                "it lowers it, since the step after the blunder was worth less",
                "That would need values of states. REINFORCE knows only what was paid: 7, at this step as at all others.",
            ),
        ),
    ),
    Question(
        "4.Q6",
        "Something is subtracted from $G_t$ before it weights the score of $A_t$. Which of these changes the *expected* gradient?",
        (
            Option(
                "the number 1,000, though no return is above 10",
                "The mean does not move, for any constant. The variance does, enormously: allowed and useful are two things.",
            ),
            Option(
                "$\\hat v(S_t)$ of a poor critic, trained on earlier episodes",
                "However wrong, it is fixed before $A_t$ is drawn, and a fixed number times an expected score of 0 is 0. A poor baseline costs variance, not truth.",
            ),
            Option(
                "$q_\\pi(S_t, A_t)$ of a perfect critic",
                "It depends on the action. The noise is gone, and so is the signal: given $S_t$ and $A_t$, what is left of $G_t$ has mean 0, whatever the action. The expected gradient is now 0.",
                right=True,
            ),
            Option(
                "the sum of the rewards that were earned before step $t$",
                "The past, the state, the time: all of it is known when $A_t$ is drawn, and may be subtracted.",
            ),
        ),
    ),
    Question(
        "4.Q7",
        "From all returns of a batch you subtract their mean, then you divide by their standard deviation. What do you get?",
        (
            Option(
                "the least variance that any constant baseline can give",
                "Near it, but the best constant is $\\mathbb E[|g|^2 G] \\,/\\, \\mathbb E[|g|^2]$ with $g$ the score: returns of actions with long scores weigh more. Likewise $v_\\pi(s)$ is a good baseline of a state, and not quite the best.",
            ),
            Option(
                "a decent baseline, and steps that ignore the rewards' scale",
                "Rewards ten times as large now give the same step, and one learning rate serves many tasks. It is not quite unbiased: each return is part of its own mean, and of the number it is divided by. In large batches that hardly matters.",
                right=True,
            ),
            Option(
                "a clearer direction, since dividing makes the noise smaller",
                "It divides the signal by the same number. Within a batch the direction stays; only the length of the step is another.",
            ),
            Option(
                "a policy that unlearns good actions when all of them are good",
                "Actions below the mean are pushed down, yes, but probabilities sum to 1: something has to give. What counts is better or worse than the others.",
            ),
        ),
    ),
    Question(
        "4.Q8",
        "Most programs sum $G_t\\, \\nabla \\log \\pi_\\theta(A_t \\mid S_t)$, with discounted $G_t$ but without the $\\gamma^t$ in front. What is their expected step?",
        (
            Option(
                "the gradient of the discounted return: $\\gamma^t$ only scales",
                "It scales each *step* differently, early against late. Where states share parameters, or come at different times, the sum points elsewhere.",
            ),
            Option(
                "the gradient of the undiscounted return: nothing else is left",
                "$G_t$ is still discounted: what an action brings much later hardly counts for it. For $\\gamma$ close to 1 it comes near.",
            ),
            Option(
                "in general the gradient of no function at all",
                "States are weighted as if $\\gamma$ were 1, actions judged with $\\gamma < 1$: two objectives in one formula. It works since the true factor would leave late steps unlearned, and for $\\gamma$ close to 1 the two are nearly one.",
                right=True,
            ),
            Option(
                "the discounted gradient: late states are sampled less often",
                "They are sampled as often as the policy gets there. Only episodes that really stop with probability $1 - \\gamma$ after each step would have the discount in their lengths, and then $G_t$ needs none.",
            ),
        ),
    ),
    Question(
        "4.Q9",
        "The critic is wrong, in every state. With which $\\lambda$ does GAE still give the right gradient in expectation? (Episodes run to their true ends.)",
        (
            Option(
                "$\\lambda = 0$: $R + \\gamma \\hat v(S') - \\hat v(S)$ holds a true reward, and errors cancel",
                "They cancel only if both errors happen to match. $\\hat v(S)$ is a baseline and harmless; $\\hat v(S')$ depends on the action, through where it led, and *its* error is the bias of actor-critic methods.",
            ),
            Option(
                "$\\lambda = 1$: of the critic only $-\\hat v(S_t)$ remains, a baseline",
                "The sum of $\\gamma^k \\delta_{t+k}$ telescopes to $G_t - \\hat v(S_t)$: no bias, all of the noise. At $\\lambda = 0$ stands the single $\\delta_t$: little noise, all of the bias. In between, the dial of notebook 02.",
                right=True,
            ),
            Option(
                "every $\\lambda$: a critic is a baseline, and baselines do not bias",
                "As far as it is *subtracted at* $S_t$, yes. Once it also stands in for later rewards, it is part of the target, and its errors are learned.",
            ),
            Option(
                "none: a gradient that uses a wrong critic is wrong",
                "It depends on where it is used. As a baseline, any function of $S_t$ leaves the mean alone, even nonsense.",
            ),
        ),
    ),
    Question(
        "4.Q10",
        "A3C: many workers, each with its own copy of the environment, change shared weights whenever they are ready. A2C steps all copies together. What is lost?",
        (
            Option(
                "the noise of asynchronous updates, which made A3C explore",
                "A plausible guess of the time; synchronous versions turned out to learn as well without it. Workers that follow somewhat different policies can be had in lockstep, too.",
            ),
            Option(
                "nothing that mattered, and the gradients are no longer stale",
                "What helped were many copies in different places. A worker that comes late pushes weights with a gradient of *older* ones; in lockstep all data comes from one policy, and one large batch suits vector units and GPUs.",
                right=True,
            ),
            Option(
                "the variety of the data, so that a replay buffer is needed",
                "The copies are in different states whether they step together or not. And old steps from a buffer would be off-policy.",
            ),
            Option(
                "the speed: waiting for the slowest copy costs more than it gains",
                "It does cost where steps take very different times. For equal copies, one large matrix product beats many small ones by far.",
            ),
        ),
    ),
    Question(
        "4.Q11",
        "The loss is the policy's loss $-\\, c\\, H(\\pi)$, with entropy $H$ and a constant $c > 0$. What does that do?",
        (
            Option(
                "with its minus sign, it makes the policy more certain",
                "What is *minimised* is $-cH$, so $H$ grows. With $+cH$, a policy without any rewards collapses onto one action, and nothing crashes.",
            ),
            Option(
                "it leads the agent to states that it has not seen",
                "It pays for spread-out *actions*, wherever one is, and does not know what is new. It explores as dice do.",
            ),
            Option(
                "it moves the optimum: the best policy stays uncertain",
                "Chance is now paid for, for ever. In a single state the best policy is $\\pi \\propto e^{q/c}$: two actions worth 1 and .9, with $c = .1$, are taken 73 % and 27 % of the time. Hence a small $c$, often one that shrinks.",
                right=True,
            ),
            Option(
                "it slows learning down, but the optimum stays where it was",
                "The optimum moves, for any fixed $c$: a bonus for chance is part of what is maximised. It returns only as $c \\to 0$.",
            ),
        ),
    ),
    Question(
        "4.Q12",
        "A Gaussian policy has become precise: $\\sigma$ fell from 1 to .01. Learning rate and noise of the returns are as before, yet now the mean $\\mu$ jumps about. Why?",
        (
            Option(
                "the density exceeds 1, so $\\log \\pi$ is positive and pushes the wrong way",
                "A density may exceed 1 (here it reaches 39.9). Its logarithm's *sign* does nothing; only the gradient counts, and that still points from $\\mu$ to $a$.",
            ),
            Option(
                "the score $(a - \\mu) / \\sigma^2$ is about $1 / \\sigma$ long: 100 instead of 1",
                "The deviation shrinks like $\\sigma$, what it is divided by like $\\sigma^2$. Times noise of the old size, steps are a hundred times as long. A smaller learning rate, a floor for $\\sigma$ or a limit to the step (notebook 05) helps.",
                right=True,
            ),
            Option(
                "$a - \\mu$ goes to 0, so the gradient vanishes and noise takes over",
                "It goes to 0, but is divided by $\\sigma^2$, which goes there faster. The gradient does not vanish: it explodes.",
            ),
            Option(
                "actions are not squashed by a tanh, which would bound the score",
                "Squashing bounds the *action*. Its Jacobian corrects the density, but contains neither $\\mu$ nor $\\sigma$: for the same sample before squashing, the score is the same, and as long.",
            ),
        ),
    ),
    Question(
        "4.Q13",
        "REINFORCE's loss $-\\frac1n \\sum G\\, \\log \\pi_\\theta(A \\mid S)$ looks like a weighted cross-entropy. It rises, and so do the returns. What is wrong?",
        (
            Option(
                "the sign: a loss that rises is not being minimised",
                "With the wrong sign the *returns* would fall. They are what to look at.",
            ),
            Option(
                "nothing: only its gradient means something, its value does not",
                "The labels are the policy's own actions, so each update changes the data and the weights: next time it is another function. Returns of 10 at 50 : 50 give 6.9, returns of 100 at 90 : 10 give 32.5: worse, by this number.",
                right=True,
            ),
            Option(
                "the labels: actions that were merely sampled are noisy targets",
                "They are no targets. A cross-entropy asks for the given label whatever happens; here the weight says whether the action deserved it, and a negative one pushes away.",
            ),
            Option(
                "the weights: had one subtracted a baseline, the loss would fall",
                "A baseline changes the value at will and the expected gradient not at all, which shows how little the value says. It need not fall then either.",
            ),
        ),
    ),
    Question(
        "4.Q14",
        "DQN learns from a step many times. Why should REINFORCE not go on with a batch after its first update?",
        (
            Option(
                "it can go on, if the batch is shuffled well enough",
                "Shuffling makes samples independent, and that is not the point. The formula asks for actions drawn by the *present* policy; these were drawn by an older one.",
            ),
            Option(
                "after an update the batch's gradient is zero, nothing is left in it",
                "It is far from zero: on one batch the loss can go on falling until the policy is certain, and where weights are negative it has no lower bound.",
            ),
            Option(
                "the gradient is an average over what the present policy does",
                "The old batch shows what another policy did, and what stood out in it by luck is pushed on and on. DQN's target asks nothing of who acted. Ratios of probabilities can mend it, for a few small steps: notebook 05.",
                right=True,
            ),
            Option(
                "the network would memorise the states, as in supervised learning",
                "That can happen on top. But the trouble is there with a table, two actions and a single state: on luck alone, the policy becomes certain.",
            ),
        ),
    ),
)
