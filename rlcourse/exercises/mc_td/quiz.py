"""Notebook 02: its quiz questions; every wrong option explains its misconception."""

from rlcourse.exercises.format import Option, Question

QUESTIONS = (
    Question(
        "2.Q1",
        "Which of these needs a model of the world?",
        (
            Option("Monte Carlo prediction", "It averages returns of episodes; probabilities are never asked for."),
            Option(
                "TD(0)", "It samples one next state; the model's sum over all next states is replaced by that sample."
            ),
            Option(
                "value iteration",
                "Each backup sums over all next states with their probabilities: that is the model.",
                right=True,
            ),
            Option(
                "Q-learning", "The maximum runs over actions, whose values are stored; no probabilities are needed."
            ),
        ),
    ),
    Question(
        "2.Q2",
        "What does it mean that TD *bootstraps*?",
        (
            Option(
                "it draws samples with replacement", "That is the bootstrap of statistics: the same word, another idea."
            ),
            Option(
                "its target contains its own estimate of the next state",
                "A guess is learned from a guess. That lets it learn before the end, and makes its early targets wrong.",
                right=True,
            ),
            Option("it starts from random values", "Any start will do, zero included. It is the target that matters."),
            Option(
                "it learns several values at a time",
                "One update changes one value; bootstrapping is about where the target comes from.",
            ),
        ),
    ),
    Question(
        "2.Q3",
        "Monte Carlo targets are unbiased, TD targets are not. Why does TD often learn faster all the same?",
        (
            Option(
                "its variance is much smaller: only one reward and one transition are random",
                "A return sums the luck of a whole episode. Error is bias squared plus variance; the bias of TD fades as its guesses improve, the variance of Monte Carlo does not.",
                right=True,
            ),
            Option(
                "it uses larger step sizes", "It can often afford them, but that follows from the smaller variance."
            ),
            Option("it uses the model", "Neither of them does; both learn from sampled steps alone."),
            Option(
                "its bias points in the right direction",
                "The bias is towards the initial guess, right or wrong; it fades as the guesses improve.",
            ),
        ),
    ),
    Question(
        "2.Q4",
        "On-policy, off-policy and offline: which statement is right?",
        (
            Option(
                "off-policy and offline mean the same",
                "Q-learning is off-policy, and learns online from steps that it takes itself.",
            ),
            Option(
                "off-policy: the policy learned about is not the one that acts; offline: the data were collected before learning began",
                "Two different questions: *whose* values, and *when* the data come. Improving a policy from fixed data is off-policy as well; learning online may be either.",
                right=True,
            ),
            Option(
                "on-policy means that learning happens during the episode",
                "That is online against off-line updating. Monte Carlo control is on-policy and waits for the end.",
            ),
            Option(
                "Sarsa is off-policy because it explores",
                "It learns the value of the very policy that explores: on-policy.",
            ),
        ),
    ),
    Question(
        "2.Q5",
        "Sarsa's target is $R + \\gamma\\, q(S', A')$ where $A'$ is the action taken next. You act $\\epsilon$-greedily but use $R + \\gamma \\max_a q(S', a)$. What do you have?",
        (
            Option(
                "Sarsa with less noise",
                "Less noise without another target is Expected Sarsa; the maximum changes *what* is learned.",
            ),
            Option(
                "Q-learning",
                "The policy that acts explores, the policy learned about is greedy: off-policy.",
                right=True,
            ),
            Option("Monte Carlo control", "It would wait for the whole return."),
            Option(
                "a mistake: target and behaviour must agree",
                "They need not, and that is the point of off-policy learning. Every action has to be tried, though.",
            ),
        ),
    ),
    Question(
        "2.Q6",
        "Why does Q-learning overestimate at first?",
        (
            Option(
                "the step size is too large",
                "A smaller one shrinks the bias and slows the learning; the maximum of noisy numbers is too large at any step size.",
            ),
            Option(
                "the maximum over noisy estimates picks the luckiest",
                "$\\mathbb E[\\max_a Q(a)] \\ge \\max_a \\mathbb E[Q(a)]$. Two tables, one to choose and one to judge, take the luck out.",
                right=True,
            ),
            Option("it explores too much", "Without exploration the bias is there as well."),
            Option(
                "rewards are positive",
                "It happens with negative rewards just the same: in the example the mean is -0.1.",
            ),
        ),
    ),
    Question(
        "2.Q7",
        "An n-step method with n = 3 on an episode that ends after 2 more steps uses the target ...",
        (
            Option(
                "the two rewards, discounted, and nothing else",
                "Behind the end there is nothing to add: the return is complete.",
                right=True,
            ),
            Option(
                "the two rewards plus the value of the terminal state as the table has it",
                "Its value is 0 by definition; what a table holds there must not be read.",
            ),
            Option(
                "nothing: the update is skipped",
                "Then the last n - 1 states of every episode would never learn from its end, which is where the reward often is.",
            ),
            Option(
                "the first rewards of the next episode",
                "Episodes are independent; a return never crosses their border.",
            ),
        ),
    ),
    Question(
        "2.Q8",
        "Ordinary importance sampling is unbiased, weighted is not. Which one do you use?",
        (
            Option(
                "ordinary, always: bias is worse than variance",
                "Its variance may be infinite. What counts is the total error.",
            ),
            Option(
                "usually the weighted one",
                "Its bias vanishes with the number of episodes, and one huge ratio cannot carry the estimate outside the range of the returns.",
                right=True,
            ),
            Option(
                "neither: take the plain mean of the returns",
                "That is the value of the behaviour policy, a different number.",
            ),
            Option("it makes no difference", "It makes a great one: see the panel."),
        ),
    ),
)
