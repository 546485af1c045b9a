"""Notebook 04: what the reader commits to before seeing the answer."""

from rlcourse.exercises.format import Option, Prediction

PREDICTIONS = (
    Prediction(
        "4.P1",
        "Three cells in a row, the exit at the right end, every step costs 1. In the middle cell *left* leads right and *right* leads left, and you cannot tell which cell you are in. "
        "Which probability of going right is best for somebody who starts at the left end?",
        options=(
            Option(
                "0: always left",
                "At the left end that runs into the wall for ever: the start is never left.",
            ),
            Option(
                "1: always right",
                "From the first cell into the middle, from the middle back to the first, for ever: the exit is never reached.",
            ),
            Option(
                "near 1, a few per cent of left thrown in to get through the middle",
                "It does get out, after 44 steps on average: it waits in the middle for one of its rare moves to the left. Those can be had more often, and cheaply.",
            ),
            Option(
                "somewhat above one half",
                "It takes *right* in two cells of three and *left* in one. A coin that is a little in favour of right gets out in fewer than 12 steps on average.",
                right=True,
            ),
        ),
        why="The three cells look alike, so what is seen is not a Markov state. Then the best policy may have to be random, and no greedy or nearly greedy one comes close.",
    ),
    Prediction(
        "4.P2",
        "The gradient is estimated as a mean over 100 episodes. You want the typical distance from the truth *half* as large. How many episodes?",
        options=(
            Option("about 140", "The factor is not the square root of 2: halving an error is not halving a variance."),
            Option(
                "200",
                "That would be so if errors fell like 1/n. Independent errors partly cancel, but only as the square root of their number.",
            ),
            Option(
                "400",
                "The variance of a mean of n independent numbers is 1/n of theirs, its standard deviation $1/\\sqrt{n}$. Half the error, four times the episodes.",
                right=True,
            ),
            Option("10,000", "That is the square of 100: it divides the error by 10."),
        ),
        why="One digit more costs a hundred times the episodes. So it pays to make each *single* episode's estimate less noisy first.",
        in_order=True,
    ),
    Prediction(
        "4.P3",
        "Three actions pay 5, 6 and 7, always. You add 100 to all of them. What happens to the expected policy gradient, and what to the noise of its one-sample estimate?",
        options=(
            Option(
                "neither changes: a constant is a constant",
                "In the mean it does cancel, but in each sample it multiplies the score of whatever was taken.",
            ),
            Option(
                "the gradient grows, and the noise with it",
                "The expected score is zero, so a constant times it is zero too: the mean stays where it was.",
            ),
            Option(
                "the gradient stays, the noise grows enormously",
                "The constant times the expected score is zero. But each single sample now pushes its own action by over 100, whichever it was.",
                right=True,
            ),
            Option(
                "the gradient vanishes, because all actions look equally good",
                "Relative to 100 they do, but the gradient does not divide by anything: the differences of 1 are as large as before.",
            ),
        ),
        why="The mean does not depend on a constant, and the variance does: so choose the constant that makes it small. That is a baseline.",
    ),
    Prediction(
        "4.P4",
        "CartPole, four learners, 100,000 environment steps each: REINFORCE with the whole return; with reward-to-go; with reward-to-go and a learned baseline (16 copies each); "
        "and A2C, whose 64 copies take 32 steps for every update. Who is ahead when the steps are used up?",
        options=(
            Option(
                "the whole return: it knows how the episode really ended",
                "It does, and it praises each action for everything, the past included. That is all noise.",
            ),
            Option(
                "reward-to-go: unbiased, and no second network to train",
                "A baseline is unbiased too, and takes away most of the noise that reward-to-go leaves: all weights are positive without it.",
            ),
            Option(
                "the learned baseline",
                "Little noise, no bias, and an update as soon as 16 episodes are over, which at first takes some 400 steps.",
                right=True,
            ),
            Option(
                "A2C: it need not wait for the end of an episode",
                "It does not wait, and its single estimates are the least noisy. But 2,048 steps go into each of its updates, so 100,000 are fewer than fifty. In *seconds* it is the fastest.",
            ),
        ),
        why="All four follow (nearly) the same gradient in expectation. What decides is how noisy a batch is, and how many updates the steps are spent on.",
    ),
    Prediction(
        "4.P5",
        "A REINFORCE agent on CartPole learns well. You plot its loss, minus the mean of return times log-probability, update by update. What do you see?",
        options=(
            Option(
                "it falls, as in supervised learning",
                "There the data stay the same and the loss measures how well they are fitted. Here every update has new data and new weights.",
            ),
            Option(
                "it rises, or wanders about without a trend that means anything",
                "The returns in it grow as the agent improves, and so does the loss. Its value says nothing; only its gradient, at one moment, does.",
                right=True,
            ),
            Option(
                "it falls to 0 and stays there",
                "That it would do if all log-probabilities went to 0, a deterministic policy, good or bad.",
            ),
        ),
        why="The loss is a device to make automatic differentiation compute the policy gradient *here*. Watch returns and entropy, not the loss.",
    ),
)
