"""Notebook 02: what the reader commits to before seeing the answer."""

from rlcourse.exercises.format import Option, Prediction

PREDICTIONS = (
    Prediction(
        "2.P1",
        "Estimates from 100 explorers are off by about 0.03 on average. How many explorers do you need to be off by 0.003?",
        options=(
            Option(
                "1,000",
                "The error of a mean shrinks with the *square root* of the number of samples: ten times the samples, about three times the accuracy.",
            ),
            Option(
                "10,000",
                "The error of a mean is its standard deviation over $\\sqrt N$: one digit more costs a hundred times the samples.",
                right=True,
            ),
            Option("100,000", "That would be an accuracy 30 times better: $\\sqrt{1000} \\approx 32$."),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P2",
        "Eight episodes: one went A, 0, B, 0 (from A with reward 0 to B, then reward 0 and the end); six were B, 1; one was B, 0. "
        "B is worth 3/4, everybody agrees. What is A worth?",
        options=(
            Option(
                "0",
                "That is what Monte Carlo says, and it fits the data best: the one return that was ever seen from A is 0. But will it fit the next episode?",
            ),
            Option(
                "3/4",
                "That is what TD says: every time A was visited it led to B, and B is worth 3/4. It is the right answer for the *process* that most likely made the data.",
            ),
            Option(
                "both are right answers, to different questions",
                "0 minimises the squared error on the data, 3/4 is the value in the most likely Markov process. If the world is Markov, the second will usually predict better.",
                right=True,
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P3",
        "On the 19-state walk with 10 episodes: which n gives the smallest error, at its best step size?",
        options=(
            Option(
                "n = 1, plain TD",
                "Ten episodes are few: with n = 1 the news of the ends creeps inwards one state an episode.",
            ),
            Option(
                "something in between, such as n = 4",
                "A compromise: short returns are biased by wrong guesses, long ones are noisy. Here n = 4 wins.",
                right=True,
            ),
            Option(
                "n = 512, that is Monte Carlo", "Unbiased, but each return carries the luck of about a hundred steps."
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P4",
        "On the cliff, with $\\epsilon = 0.1$ for ever: which learner falls off more often *while learning*, Sarsa or Q-learning?",
        options=(
            Option("Sarsa", "Sarsa knows that it explores, and keeps a row away from the edge."),
            Option(
                "Q-learning",
                "It learns the values of the greedy policy, whose best path runs along the edge, and then explores there: one exploring step in four falls.",
                right=True,
            ),
            Option("both alike, they explore equally", "The exploration is the same; where it happens is not."),
        ),
        in_order=True,
    ),
)
