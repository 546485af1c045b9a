"""play(mdp): a model played by hand, one button an action, and an expert who tells a bad move from bad luck."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from rlcourse.mdp import FiniteMDP, MDPEnv
from rlcourse.notebook.panels.panel import Status, row, together, worded
from rlcourse.notebook.panels.play_expert import Expert, Move, actions_of, is_a_contest, listed, sentence
from rlcourse.notebook.panels.play_view import card, comments, large, tally, with_error
from rlcourse.notebook.pictures.numbers import number
from rlcourse.notebook.pictures.png import Picture, checked_figure, picture_of
from rlcourse.notebook.pictures.static_box import StaticBox
from rlcourse.tabular import sample_episodes

COMMENTS = ("each round", "each move")
EXPERT_ROUNDS = 1000
LISTED = 12  # moves that are commented one by one, the last of a long round
Describe = Callable[[int], "str | Figure"]


def play(mdp: FiniteMDP, *, describe: Describe | None = None, comment: str = "each round", seed: int = 0) -> Play:
    """A panel on which a model with an end is played by hand, one button an action, with an expert's comments.

    `describe(state)` is shown, plain text (of one line or more) or a Figure made without pyplot; by default the name
    of the state. The expert knows the optimal action values exactly and speaks after "each round" or after "each
    move". Returns are discounted as the model says. The same seed and the same moves give the same rounds.

    Raises ValueError for a model without an end or for which no policy ends, or another `comment`; TypeError for a
    description of another kind, and whatever `describe` raises for the first state.
    """
    if not mdp.terminal.any():
        raise ValueError("this model has no terminal state, so a round would never end; play one that has")
    if comment not in COMMENTS:
        raise ValueError(f'comment is {comment!r}; expected "each round" or "each move"')
    if describe is not None and not callable(describe):
        raise TypeError(f"describe must be a function of a state, got {type(describe).__name__}")
    return Play(mdp, describe, comment == "each move", seed)


class Play(StaticBox):
    """What is to be seen of the state, buttons, a line of text, the expert's comments, and the tally."""

    state: int
    moves: list[Move]  # of this round
    returns: list[float]  # of the rounds that are over
    given_away: list[float]  # by the player's moves in each of them

    def __init__(self, mdp: FiniteMDP, describe: Describe | None, at_once: bool, seed: int) -> None:
        self.mdp, self.expert, self.seed = mdp, Expert(mdp), seed
        self.describe: Describe = describe or partial(state_name, mdp)
        self._at_once = at_once
        self._names = actions_of(mdp)
        self._wins = is_a_contest(mdp)
        self.text, self.image = widgets.HTML(), widgets.Image(format="png", layout=widgets.Layout())
        self.status = Status()
        self.status.add_class("rlcourse-two-lines")
        self.comments, self.tally = widgets.HTML(), widgets.HTML()
        self.action_buttons = [self._button(name, partial(self.take, a)) for a, name in enumerate(self._names)]
        self.new_button = self._button("New round", self.new_round)
        for button in (*self.action_buttons, self.new_button):
            button.button_style = "primary"
        self.expert_button = self._button(f"Let the expert play {EXPERT_ROUNDS} rounds", self.let_the_expert_play)
        self.reset_button = self._button("Reset", self.reset, icon="undo", tooltip="Reset: back to the first round")
        moves = row([together(self.action_buttons), self.new_button])
        below = row([self.expert_button, self.reset_button])
        shown = [self.text, self.image, moves, self.status, self.comments, self.tally, below]
        super().__init__(shown, layout=widgets.Layout(align_items="flex-start", width="min(100%, 52em)"))
        self.add_class("rlcourse-panel")
        self._begin()

    def _button(self, label: str, act: Callable[[], None], **more: str) -> widgets.Button:
        made = widgets.Button(description=label, **more)
        made.on_click(lambda _: self._guarded(act))
        return made

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # in a callback nobody would see it
            self.say(worded(error), warn=True)

    # --- what a person does ----------------------------------------------------------------------------------------

    def take(self, action: int) -> None:
        """Take an action, as a click on its button does; nothing happens if it cannot be taken now."""
        if self.over or not self.mdp.allowed[self.state, action]:
            return
        self.moves.append(Move(self.state, action))
        state, reward, *_ = self._env.step(np.int64(action))
        self._return += self.mdp.discount ** (len(self.moves) - 1) * reward
        self.state = int(state)
        self._show()

    def new_round(self) -> None:
        """Begin the next round, if this one is over."""
        if self.over:
            again = self.moves[-1].action
            self._deal()
            if self.action_buttons[again].disabled:
                again = int(self.mdp.allowed[self.state].argmax())
            self.action_buttons[again].focus()  # the button that was pressed is disabled now, and would lose the keys

    def let_the_expert_play(self) -> None:
        """Let the optimal policy play 1000 rounds more, which are its own, and add them to the tally."""
        played = sample_episodes(
            self.mdp, self.expert.policy, runs=1, episodes=EXPERT_ROUNDS, seed=int(self._seeds.integers(2**32))
        )
        self._expert_returns += played.returns[played.start].tolist()
        self._show_tally()
        mean = f"{len(self._expert_returns)} rounds of the expert: mean return {with_error(self._expert_returns)}"
        self.say(f"{mean} (two standard errors). Exactly, optimal play is worth {number(self.expert.mean, 4)} a round.")

    def reset(self) -> None:
        """Back to the first round, with an empty tally; the same rounds will be dealt again."""
        self._begin()

    # --- a round ---------------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether the round has ended."""
        return bool(self.mdp.terminal[self.state])

    def _begin(self) -> None:
        self._env = MDPEnv(self.mdp)
        self._seeds = np.random.default_rng([self.seed, 1])  # the expert's rounds do not disturb the player's
        self.returns, self.given_away, self._expert_returns = [], [], list[float]()
        self._deal(seed=self.seed)

    def _deal(self, seed: int | None = None) -> None:
        state, _ = self._env.reset(seed=seed)
        self.state, self.moves, self._return = int(state), [], 0.0
        self._show()

    def _show(self) -> None:
        for action, button in enumerate(self.action_buttons):
            button.disabled = self.over or not self.mdp.allowed[self.state, action]
        self.new_button.disabled = not self.over
        self.comments.value = comments(self._comments() if self.over or self._at_once else [])
        if self.over:
            account = self.expert.account(self.moves, self._return)
            self.returns.append(account.total)
            self.given_away.append(account.given_away)
            self.say(f"{self._verdict()}. {sentence(account)}")
            self.new_button.focus()
        else:
            able = [name for name, ok in zip(self._names, self.mdp.allowed[self.state], strict=True) if ok]
            self.say(f"Round {len(self.returns) + 1}, {self._described(self.state)}: choose {listed(able, 'or')}.")
        self._show_tally()
        self._show_state()

    def _verdict(self) -> str:
        if not self._wins:
            return f"The round is over, with a return of {self._return_text()}"
        if self._return == 0:
            return "The round is a draw: 0"
        return f"You {'won' if self._return > 0 else 'lost'} the round: {self._return_text()}"

    def _return_text(self) -> str:
        return number(self._return, 2).removesuffix(".00")

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        seen: str | Figure = self.describe(self.state)
        if isinstance(seen, str):
            self._view: str | Picture = seen
            if self.over:
                self._view = f"{self.describe(self.moves[-1].state)} → {self._return_text()}"
            self.text.value = large(self._view)
        elif isinstance(seen, Figure):
            self._view = picture_of(checked_figure(seen, "describe"))
            self.image.layout.width = self._view.css_width
            self.image.value = self._view.png
        else:
            raise TypeError(f"describe returned {type(seen).__name__}; expected text or a matplotlib Figure")
        self.text.layout.display = "" if isinstance(seen, str) else "none"
        self.image.layout.display = "none" if isinstance(seen, str) else ""

    def _described(self, state: int) -> str:
        """A state in a sentence: as it is described, if that is text."""
        seen = self.describe(state)
        return ", ".join(seen.split("\n")) if isinstance(seen, str) else state_name(self.mdp, state)

    def _comments(self) -> list[tuple[str, str]]:
        """The moves of this round: a mark and the expert's word on each."""
        said = []
        if earlier := self.moves[:-LISTED]:
            cost = number(sum(map(self.expert.cost, earlier)), 2)
            said.append(("", f"{len(earlier)} earlier moves, which cost you {cost}, and then:"))
        for move in self.moves[-LISTED:]:
            mark = "✓" if self.expert.cost(move) == 0 else "✗"
            said.append((mark, self.expert.comment(move, self._described(move.state))))
        return said

    def _show_tally(self) -> None:
        given_away = number(float(np.mean(self.given_away)), 3) if self.given_away else "–"
        lines = [("", "rounds", "mean return", "given away a round")]
        lines.append(("You", str(len(self.returns)), with_error(self.returns), given_away))
        lines.append(("The expert", str(len(self._expert_returns)), with_error(self._expert_returns), "0"))
        exactly = number(self.expert.mean, 3) if self._expert_returns else "–"  # told when the expert has played
        lines.append(("Exactly", "", exactly, "0"))
        self.tally.value = tally(lines)

    def say(self, line: str, *, warn: bool = False) -> None:
        """Put one line below the buttons."""
        self.summary = self.status.say(line, warn=warn)

    def picture(self) -> Picture:
        """The state, and below it the choice."""
        if isinstance(self._view, Picture):
            return self._view
        return picture_of(card(self._view, [b.description for b in self.action_buttons if not b.disabled]))


def state_name(mdp: FiniteMDP, state: int) -> str:
    """The name of a state, or its number if it has none."""
    return mdp.state_names[state] if mdp.state_names is not None else f"state {state}"
