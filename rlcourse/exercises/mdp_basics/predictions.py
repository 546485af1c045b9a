"""Notebook 01: what the reader commits to before seeing the answer."""

from rlcourse.exercises.format import Option, Prediction

PREDICTIONS = (
    Prediction(
        "1.P1",
        "You stand 3 steps from a prize of 1 and 6 steps from a prize of 3. The reward of the $k$-th step counts "
        "$\\gamma^{k-1}$. At which discount do you change your mind?",
        answer=0.693,
        tolerance=0.03,
        below="Lower: there the near prize still wins, since three more steps cost too much.",
        above="Higher: by then the far prize has long been the better one.",
        why="The near prize is worth $\\gamma^{2}$, the far one $3\\gamma^{5}$; they are equal where $\\gamma^3 = 1/3$, at "
        "$\\gamma = 3^{-1/3} = 0.693$. Only the *difference* in distance counts.",
    ),
    Prediction(
        "1.P2",
        "In the grid above, each action in **A** pays 10 and takes you to **a**; in **B** it pays 5 and takes you to **b**. "
        "Running off the edge costs 1. An explorer wanders at random, $\\gamma = 0.9$. What is $v(\\mathrm{A})$, the "
        "expected return from A?",
        options=(
            Option(
                "more than 10",
                "A does pay 10 at once, and one might expect more to come. But A throws you to the bottom edge, where a "
                "random walker bumps into the wall again and again: what follows is worth less than nothing.",
            ),
            Option(
                "exactly 10",
                "10 is the *reward*. The value also holds everything that comes after, discounted, and that is not 0.",
            ),
            Option(
                "less than 10",
                "A pays 10, then throws you to the bottom edge, where a random walker loses more by bumping than it "
                "finds: $v(\\mathrm{A}) = 10 + 0.9 \\cdot v(\\mathrm{a}) = 10 + 0.9 \\cdot (-1.345) = 8.79$.",
                right=True,
            ),
        ),
        in_order=True,
        why="B is the other way round: $v(\\mathrm{B}) = 5.32 > 5$, because b lies in the middle, in reach of A and B.",
    ),
    Prediction(
        "1.P3",
        "Value iteration sweeps until its error is a millionth of what it was at the start. The discount goes from 0.9 to "
        "0.99. How many times as many sweeps does it need now?",
        options=(
            Option(
                "about the same",
                "Every sweep shrinks the error by the factor $\\gamma$, and 0.99 shrinks far less than 0.9.",
            ),
            Option(
                "about 10 times",
                "$k$ sweeps shrink the error by $\\gamma^k$, so $k = \\ln \\epsilon / \\ln \\gamma$, and $\\ln 0.9 / \\ln 0.99 = "
                "10.5$. The horizon $1/(1-\\gamma)$ grows from 10 to 100: that is the same factor.",
                right=True,
            ),
            Option(
                "about 100 times",
                "That would be the square. The horizon $1/(1-\\gamma)$ goes from 10 to 100, and the sweeps go with it.",
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "1.P4",
        "FrozenLake, slippery: every move goes where you want with probability 1/3, and 1/3 to either side. You stand just "
        "left of a hole (the cell in column 0 of row 1) and the goal lies to the lower right. What is the best move?",
        options=(
            Option("down, towards the goal", "One time in three this slips right, into the hole."),
            Option("right", "That is the hole itself: one time in three you fall in at once."),
            Option(
                "left, into the wall",
                "Pushing against the wall, you can only slip up or down, or stay: the hole is out of reach. Patience costs "
                "nothing at $\\gamma = 1$.",
                right=True,
            ),
            Option("up", "One time in three this slips right, into the hole."),
        ),
    ),
)
