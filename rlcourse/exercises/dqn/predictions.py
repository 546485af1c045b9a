"""The predictions of notebook 03."""

from rlcourse.exercises.format import Option, Prediction

PREDICTIONS = (
    Prediction(
        "3.P1",
        "Seven states, all rewards 0, so all values are 0, and a linear function of eight weights that can represent that exactly. "
        "You learn with semi-gradient TD(0) about one policy from the steps of another, and begin with weights that are not 0. What happens to them?",
        options=(
            Option(
                "the values go to 0, if the step size is small enough",
                "On-policy they would. Here some states are updated more often than the policy that is learned about would visit them, and each update pushes a shared weight the wrong way. A small step only makes it slower.",
            ),
            Option(
                "they settle somewhere else",
                "On-policy, linear TD settles at its fixed point, a compromise where the values cannot all be right. Here they *can* all be right, and the weights do not settle at all.",
            ),
            Option(
                "they grow without bound",
                "Each update is sensible on its own: it moves one state's value towards its target. But the weights are shared, so the target moves too, and further; and the states that would pull it back are updated too seldom.",
                right=True,
            ),
        ),
        why="This is Baird's counterexample. Function approximation, bootstrapping and off-policy data together are the **deadly triad**; leave out any one of the three, and this example is tame.",
        in_order=True,
    ),
    Prediction(
        "3.P2",
        "CartPole, the same network, the same number of steps. Replay is off (learn from the newest steps only) and so is the target network. Over several seeds it learns ...",
        options=(
            Option(
                "about as well: both only save data",
                "Replay does save data. But it also breaks the chain of near-identical neighbours, and a frozen target gives the regression something that stays put.",
            ),
            Option(
                "more slowly, but it gets there",
                "That would be so if each step's information were right and only used up too fast. But neighbouring steps all pull the network towards the same corner, and what it knew elsewhere is overwritten.",
            ),
            Option(
                "hardly at all, while the full agent is well under way",
                "In the measurement below each of the seeds without the two holds the pole for about 9 steps after 600 updates, fewer than random pushes do, and believes in values that no policy can earn; the full agent holds it for hundreds. Every update moves its own targets.",
                right=True,
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "3.P3",
        "The target network is copied from the online network only once every 10,000 updates, many times as seldom as usual. Learning ...",
        options=(
            Option(
                "diverges",
                "A frozen target cannot run away from the network: between two copies this is ordinary regression, the most stable thing there is.",
            ),
            Option(
                "hardly moves between two copies, and is slow",
                "Between two copies the network can at best fit the old targets; after that it waits. News travels one step of bootstrapping a copy, as in a sweep of value iteration: with a copy every 500 updates, values after 1,000 updates are still below 3, where 100 is possible.",
                right=True,
            ),
            Option(
                "is the same: the targets only have to be fixed",
                "Fixed targets make each regression easy. But the *values* improve only when the targets do, and these improve only at a copy.",
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "3.P4",
        "A world pays 1 at every step and never ends; with $\\gamma = 0.9$ it is worth 10. A time limit cuts every episode after 5 steps, and the observation is always the same. "
        "A learner treats the cut as the end of the world. Which value does it learn?",
        answer=3.57,
        tolerance=0.2,
        below="One step in five is told that nothing follows; the other four do bootstrap, from the same value.",
        above="If you said 4.1: that is $1 + \\gamma + \\dots + \\gamma^4$, the worth of five steps *from the start*. The learner cannot see the clock: it averages over all five. And 10 it would learn only without the mistake.",
        why="In one step of five the target is 1, in the other four it is $1 + \\gamma v$. So $v = 1 + 0.8\\,\\gamma v$ and $v = 1 / (1 - 0.72) \\approx 3.57$ instead of $1 / (1 - \\gamma) = 10$.",
    ),
    Prediction(
        "3.P5",
        "Ten actions are all worth exactly 0. Your estimate of each is off by normal noise with standard deviation 1, independently. What is the *largest* of the ten estimates, on average?",
        answer=1.54,
        tolerance=0.15,
        below="Each estimate is 0 on average. But the largest of ten is not an average one: it is the luckiest.",
        above="Being the luckiest of ten is worth about one and a half standard deviations; two and a half takes the best of a hundred.",
        why="No estimate is biased; the maximum is. DQN puts that maximum into its targets, learns it, and takes the maximum of *that*.",
    ),
    Prediction(
        "3.P6",
        "After one action a fair coin decides: $+10$ or $-10$, and the episode ends. DQN learns that it is worth 0. What does C51 learn for that action?",
        options=(
            Option(
                "one narrow peak at 0",
                "That is the distribution of somebody who is *sure* of getting 0. The mean is 0, but 0 never happens.",
            ),
            Option(
                "a wide hill around 0",
                "That would be a return that scatters around 0. A distribution with a mean and a width is one guess at its shape; C51 makes none.",
            ),
            Option(
                "two peaks, at -10 and at +10",
                "Each of the two outcomes puts its mass on its own atom, and cross-entropy makes the prediction match the frequencies: one half each. Their mean is 0, the same as DQN's.",
                right=True,
            ),
            Option(
                "the same mass on all atoms between",
                "That is where it may begin, before it has learned. Values that never occur lose their mass.",
            ),
        ),
        in_order=True,
    ),
)
