"""2.1 A mean kept up to date, one number at a time."""

from rlcourse.exercises.format import exercise


@exercise(
    "2.1",
    "A mean that remembers only itself",
    cases=((0.0, 0, 5.0), (5.0, 1, 7.0), (6.0, 2, 0.0), (1.5, 99, 2.5)),
)
def new_mean(mean: float, count: int, value: float) -> float:
    """The mean of count + 1 numbers from the mean of the first count."""
    return mean + (value - mean) / (count + 1)


@new_mean.wrong("this divides by the old count; with the new number there are count + 1 of them.")
def _(mean, count, value):
    return mean + (value - mean) / max(count, 1)


@new_mean.wrong("the new number is added in full; add its *difference* from the old mean.")
def _(mean, count, value):
    return mean + value / (count + 1)


@new_mean.wrong("this is the midpoint of the old mean and the new number: it forgets how many came before.")
def _(mean, count, value):
    return (mean + value) / 2


@new_mean.wrong("the sign is wrong: this moves away from the new number.")
def _(mean, count, value):
    return mean + (mean - value) / (count + 1)
