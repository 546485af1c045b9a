"""Notebook 01: its quiz questions; every wrong option explains its misconception."""

from rlcourse.exercises.format import Option, Question

QUESTIONS = (
    Question(
        "1.Q1",
        "A robot vacuum earns +1 for every bit of dust it picks up. After a week it has learned to tip out its own bag and "
        "pick the dust up again. What went wrong?",
        (
            Option(
                "the discount was too large",
                "It does maximise what it was told to, with any discount: emptying the bag pays again and again.",
            ),
            Option(
                "it has not learned long enough",
                "More learning makes it better at *this*: it is near the optimum of the reward that it was given.",
            ),
            Option(
                "the reward does not say what was wanted",
                "The agent maximises the reward, not the intention. Reward the state you want (a clean floor), not the "
                "activity that usually leads there.",
                right=True,
            ),
            Option("the task has no Markov state", "Bag and floor may well be in the state. The goal itself is off."),
        ),
    ),
    Question(
        "1.Q2",
        "A ball rolls along a line. Which observation is a Markov state for predicting its next position?",
        (
            Option(
                "its position", "Two balls in the same place may roll in different directions: the past still matters."
            ),
            Option(
                "its position and velocity",
                "Given both, earlier positions add nothing to the prediction: that is the Markov property.",
                right=True,
            ),
            Option(
                "the whole list of past positions, and nothing less",
                "That is a Markov state as well, but far more than needed: the last two positions carry the same information.",
            ),
            Option("its velocity", "Without the position you know how it moves, but not where it is."),
        ),
    ),
    Question(
        "1.Q3",
        "You know $q_*(s, a)$ for all actions of a state. How do you get $v_*(s)$?",
        (
            Option(
                "the mean over the actions",
                "That is the value of one random action, followed by optimal ones; the optimal policy does not average.",
            ),
            Option(
                "the maximum over the actions",
                "$v_*(s) = \\max_a q_*(s, a)$: acting optimally means taking a best action.",
                right=True,
            ),
            Option("the sum over the actions", "Values are expectations; only one of the actions is taken."),
            Option(
                "not at all without the model",
                "It is the other direction that needs a model: from $v$ to $q$ you must know where actions lead.",
            ),
        ),
    ),
    Question(
        "1.Q4",
        "In a maze each step pays 0 and the exit pays 1, at $\\gamma = 0.9$. A colleague adds 0.2 to *every* reward, the exit "
        "included. What can happen?",
        (
            Option(
                "nothing: a constant does not change the optimal policy",
                "True only if the episode never ends. Here staying alive now pays 0.2 a step for ever, worth "
                "$0.2 / (1 - 0.9) = 2$.",
            ),
            Option(
                "the agent never leaves the maze",
                "Walking about for ever is worth $0.2/(1-0.9) = 2$, the exit only 1.2. Where episodes end, a constant changes "
                "the goal.",
                right=True,
            ),
            Option("the agent hurries more", "The opposite: every further step is paid for."),
            Option("value iteration diverges", "With $\\gamma < 1$ and bounded rewards it always converges."),
        ),
    ),
    Question(
        "1.Q5",
        "How do policy iteration and value iteration differ?",
        (
            Option(
                "policy iteration finds a better policy in the end",
                "Both end at the same optimal values: there is only one solution of the optimality equation.",
            ),
            Option(
                "value iteration needs no model",
                "Both use $p$ and $r$ in every backup; neither learns from experience.",
            ),
            Option(
                "policy iteration evaluates each policy fully before it improves it; value iteration improves after every sweep",
                "Two nested loops against one: few expensive steps, or many cheap ones.",
                right=True,
            ),
            Option(
                "policy iteration works without discounting, value iteration does not",
                "Both work at $\\gamma = 1$ if episodes end, and both need care there.",
            ),
        ),
    ),
    Question(
        "1.Q6",
        "An MDP has two different optimal policies. What can you say of their values?",
        (
            Option(
                "they are equal in every state",
                "Both reach the maximum in every state, so both values are $v_*$. Policies may differ, the optimal value is "
                "unique.",
                right=True,
            ),
            Option(
                "one may be better in some states, the other elsewhere",
                "Then neither would be optimal: taking the better one in each state would beat both.",
            ),
            Option(
                "they are equal at the start, but may differ elsewhere", "Optimal here means best in *every* state."
            ),
            Option(
                "two optimal policies cannot exist",
                "Ties are common: on an open grid many shortest paths are equally good.",
            ),
        ),
    ),
    Question(
        "1.Q7",
        "You can play a game as often as you like, but nobody tells you its transition probabilities. Which of these can you "
        "still do directly?",
        (
            Option("value iteration", "Each backup needs $p(s' \\mid s, a)$ and $r(s, a)$ for every state: the model."),
            Option("solve the Bellman equation as a linear system", "The matrix of that system *is* the model."),
            Option(
                "average the returns of many episodes played with one policy",
                "An average over samples needs no probabilities. That is Monte Carlo, and notebook 02.",
                right=True,
            ),
            Option(
                "policy improvement from $v_\\pi$", "From $v$ to $q$ you need the model; from $q_\\pi$ you would not."
            ),
        ),
    ),
    Question(
        "1.Q8",
        "What makes reinforcement learning different from supervised learning on the same network?",
        (
            Option(
                "rewards are labels that may be noisy",
                "A label says what the right answer was. A reward only grades the answer that was given, perhaps long after.",
            ),
            Option(
                "the data depend on what the learner does, and feedback is delayed and says how good, not what is right",
                "Hence its two basic problems: exploration (you only see what you try) and credit assignment (which of many "
                "actions earned the reward).",
                right=True,
            ),
            Option("it needs no data", "It needs a great deal, and has to collect it itself."),
            Option(
                "it has no loss function",
                "It can have several (you will meet them from notebook 03 on). The difference lies in where the data come from.",
            ),
        ),
    ),
)
