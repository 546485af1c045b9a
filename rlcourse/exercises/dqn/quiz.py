"""The quiz questions of notebook 03."""

from rlcourse.exercises.format import Option, Question

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
