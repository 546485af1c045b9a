import base64
import html
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from rlcourse import mdp, tabular
from rlcourse.mdp import FiniteMDP
from rlcourse.notebook import play, setup
from rlcourse.notebook.panels.play_expert import Expert, Move, decimals, sentence

STICK, HIT = 0, 1


@pytest.fixture(scope="module")
def table():
    return mdp.blackjack()


NO_COMMENT = "Here the expert comments on your moves."  # and no list of them, so nothing moves when it comes


def chain(rewards=(1.0, 4.0), discount=0.5, **fields):
    """Two states: go (to the next) or stay; going on from 0 pays the first reward, from 1 the second, and ends."""
    next_state = np.array([[[1], [0]], [[2], [1]], [[2], [2]]])
    reward = np.array([[[rewards[0]], [0]], [[rewards[1]], [0]], [[0], [0]]], dtype=float)
    names = {"action_names": ("go", "stay"), "state_names": ("first", "second", "end"), **fields}
    start, terminal = np.array([1.0, 0, 0]), np.array([False, False, True])
    ones = np.ones((3, 2, 1))
    return FiniteMDP(
        prob=ones, next_state=next_state, reward=reward, discount=discount, terminal=terminal, start=start, **names
    )


def coin(entry=None):
    """One state: `toss` ends in +1 or -1 alike, `run` ends in -0.25; before it another, if `entry` is its reward."""
    return FiniteMDP(
        prob=np.array([[[0.5, 0.5], [1, 0]], [[1, 0], [1, 0]], [[1, 0], [1, 0]]]),
        next_state=np.array([[[1, 1], [1, 1]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]]),
        reward=np.array([[[1, -1], [-0.25, 0]], [[0, 0], [0, 0]], [[entry or 0, 0], [entry or 0, 0]]]),
        discount=1.0,
        terminal=np.array([False, True, False]),
        start=np.array([1.0, 0, 0] if entry is None else [0, 0, 1.0]),
        action_names=("toss", "run"),
        state_names=("to be < or not", "end", "entry"),
    )


def words(widget):
    """The text of an HTML widget, its pieces one behind the other."""
    return [html.unescape(text) for text in re.findall(r">([^<]+)<", widget.value)]


def finish(panel, action):
    while not panel.over:
        panel.action_buttons[action].click()


# --- the expert -------------------------------------------------------------------------------------


def test_sixteen_against_ten_to_the_last_digit_that_counts(table):
    expert = Expert(table)
    state = table.state_names.index("hard 16 against 10")
    stick, hit = tabular.action_values(table, tabular.solve(table).value)[state]
    assert expert.cost(Move(state, STICK)) == pytest.approx(hit - stick, abs=1e-12) and hit > stick
    assert expert.comment(Move(state, STICK), "16 against 10") == (
        "16 against 10: you chose stick (−0.5758). The best move was hit (−0.5693): that cost you 0.0065."
    )
    assert (round(stick, 4), round(hit, 4)) == (-0.5758, -0.5693)  # and that is what they are
    assert expert.comment(Move(state, HIT), "16") == (
        "16: you chose hit (−0.5693), the best move; the next best, stick, is worth −0.5758."
    )
    assert expert.cost(Move(state, HIT)) == 0


def test_what_equally_good_moves_are_called():
    grid = mdp.corner_grid()
    expert, up, right, down = Expert(grid), 0, 1, 2
    middle = next(s for s, place in enumerate(grid.positions.tolist()) if place == [1, 2])  # 3 steps to both corners
    assert expert.comment(Move(middle, up), "here") == "here: you chose up (−3.00), and no move is better than another."
    edge = next(s for s, place in enumerate(grid.positions.tolist()) if place == [3, 0])
    assert expert.comment(Move(edge, right), "here") == (
        "here: you chose right (−3.00), as good as up; the next best, down, is worth −4.00."
    )
    assert expert.comment(Move(edge, down), "here") == (
        "here: you chose down (−4.00). The best moves were up and right (−3.00): that cost you 1.00."
    )
    assert expert.cost(Move(edge, up)) == 0 == expert.cost(Move(edge, right))


def test_an_action_that_cannot_be_taken_is_no_next_best():
    world = chain(available=np.array([[True, False], [True, True], [True, True]]))
    assert Expert(world).comment(Move(0, 0), "first") == "first: you chose go (3.00), the only move."


def test_a_return_is_promise_less_what_was_given_away_plus_luck(table):
    """On random rounds of a discounted game, luck is exactly the sum of surprises about the optimal values."""
    world = mdp.blackjack(discount=0.9)
    expert, env, rng = Expert(world), mdp.MDPEnv(world), np.random.default_rng(0)
    longest = 0
    for seed in range(40):
        (s, _), moves, total, luck = env.reset(seed=seed), [], 0.0, 0.0
        while not world.terminal[s]:
            a, weight = int(rng.integers(2)), 0.9 ** len(moves)
            after, r, *_ = env.step(a)
            moves.append(Move(int(s), a))
            total += weight * r
            luck += weight * (r + 0.9 * expert.value[after] - expert.q[s, a])
            s = after
        account = expert.account(moves, total)
        assert account.luck == pytest.approx(luck, abs=1e-12)
        assert account.promised == pytest.approx(expert.value[moves[0].state])
        longest = max(longest, len(moves))
    assert longest >= 3


def test_what_is_given_away_later_counts_less_at_the_start():
    expert = Expert(chain())  # q: first: go 3, stay 1.5; second: go 4, stay 2
    moves = [Move(0, 1), Move(0, 0), Move(1, 1), Move(1, 0)]
    account = expert.account(moves, total=0.5 * 1 + 0.125 * 4)
    assert account == pytest.approx((1.0, 3.0, 1.5 + 0.25 * 2, 0.0))


def test_numbers_that_are_shown_add_up():
    assert decimals([-0.5693, 0.5758], 0.0065) == 4  # 0.0065 is no 0.01, and 0.576 - 0.569 no 0.006
    assert decimals([0.246, -0.1344], 0.1116) == 3  # 0.25 - 0.13 is no 0.11
    assert decimals([0.5, -0.25], 0.25) == 2
    assert decimals([0.3, -0.0004], 0.2996) == 4  # 0.30 - 0.00: what is not nothing is not shown as nothing
    assert decimals([1 / 3, 1e-7], 1 / 3 + 1e-7) == 6  # there is an end
    assert decimals([0.3, 1e-12], 0.3) == 2


def test_skill_and_luck_in_a_sentence():
    expert = Expert(coin())
    lost, won = (sentence(expert.account([Move(0, 0)], total)) for total in (-1.0, 1.0))
    assert lost.startswith("Your moves gave nothing away. The start was worth 0.00 ") and "luck took 1.00." in lost
    assert "luck gave you 1.00." in won
    ran = sentence(expert.account([Move(0, 1)], -0.25))
    assert ran.startswith("Given away by your moves: 0.25.") and ran.endswith("luck played no part.")


# --- the panel --------------------------------------------------------------------------------------


def test_one_button_an_action_and_the_state_in_large(table):
    panel = play(table)
    assert [b.description for b in panel.action_buttons] == ["stick", "hit"]
    assert words(panel.text) == [table.state_names[panel.state]]
    assert table.start[panel.state] > 0 and panel.new_button.disabled
    assert panel.summary == f"Round 1, {table.state_names[panel.state]}: choose stick or hit." == panel.status.text
    assert not any(b.disabled for b in panel.action_buttons) and NO_COMMENT in panel.comments.value


def test_a_round_as_the_model_has_it_and_what_is_said_of_it():
    panel = play(chain())
    for action in (1, 0, 1):
        panel.action_buttons[action].click()
        assert NO_COMMENT in panel.comments.value and not panel.over
    assert words(panel.text) == ["second"]
    panel.action_buttons[0].click()
    assert panel.over and words(panel.text) == ["second → 1"]
    assert panel.summary.startswith("The round is over, with a return of 1. Given away by your moves: 2.00. ")
    assert words(panel.comments) == [
        "✗ first: you chose stay (1.50). The best move was go (3.00): that cost you 1.50.",
        "✓ first: you chose go (3.00), the best move; the next best, stay, is worth 1.50.",
        "✗ second: you chose stay (2.00). The best move was go (4.00): that cost you 2.00.",
        "✓ second: you chose go (4.00), the best move; the next best, stay, is worth 2.00.",
    ]
    assert words(panel.tally)[-11:-7] == ["You", "1", "1.000", "2.000"]


def test_the_end_of_a_round_and_the_next():
    panel = play(chain())
    panel.new_round()
    assert panel.moves == [] and panel.summary.startswith("Round 1,")  # not before this one is over
    finish(panel, 0)
    assert all(b.disabled for b in panel.action_buttons) and not panel.new_button.disabled
    panel.take(0)  # a double click
    assert len(panel.moves) == 2 and len(panel.returns) == 1
    panel.new_button.click()
    assert panel.summary == "Round 2, first: choose go or stay." and NO_COMMENT in panel.comments.value
    assert panel.new_button.disabled and not panel.over
    finish(panel, 0)
    panel.new_button.click()
    panel.take(1)
    finish(panel, 0)
    assert words(panel.tally)[-11:-7] == ["You", "3", "2.500 ± 1.000", "0.500"]  # 3, 3, 1.5


def test_the_keys_follow_the_round(monkeypatch, table):
    panel, focused = play(table), []
    for button in (*panel.action_buttons, panel.new_button):
        monkeypatch.setattr(button, "focus", lambda name=button.description: focused.append(name))
    panel.action_buttons[STICK].click()
    panel.new_button.click()
    assert focused == ["New round", "stick"]
    world = chain(available=np.array([[False, True], [True, True], [True, True]]), discount=0.9)
    world = FiniteMDP(**{**vars_of(world), "next_state": np.array([[[1], [1]], [[2], [1]], [[2], [2]]])})
    panel, focused = play(world), []
    for button in panel.action_buttons:
        monkeypatch.setattr(button, "focus", lambda name=button.description: focused.append(name))
    panel.take(1)
    panel.take(0)
    panel.new_round()
    assert focused == ["stay"]  # the last move was to go, which the start does not allow


def vars_of(world):
    return {field: getattr(world, field) for field in world.__dataclass_fields__}


def test_unavailable_actions_are_no_choice():
    panel = play(chain(available=np.array([[True, False], [True, True], [True, True]])))
    assert [b.disabled for b in panel.action_buttons] == [False, True]
    assert panel.summary == "Round 1, first: choose go."
    panel.take(1)
    assert panel.moves == []
    panel.take(0)
    assert [b.disabled for b in panel.action_buttons] == [False, False]


def test_comments_after_each_move():
    panel = play(chain(), comment="each move")
    assert NO_COMMENT in panel.comments.value
    panel.take(1)
    assert words(panel.comments) == ["✗ first: you chose stay (1.50). The best move was go (3.00): that cost you 1.50."]
    finish(panel, 0)
    assert len(words(panel.comments)) == 3
    panel.new_round()
    assert NO_COMMENT in panel.comments.value


def test_of_a_long_round_the_last_moves_are_commented_and_the_others_summed_up():
    panel = play(chain())
    for _ in range(20):
        panel.take(1)
    finish(panel, 0)
    said = words(panel.comments)
    assert len(said) == 13 and said[0] == "10 earlier moves, which cost you 15.00, and then:"
    assert said[1].startswith("✗ first") and said[-1].startswith("✓ second")


@pytest.mark.parametrize(("outcome", "said"), [(1, "You won the round: 1. "), (-1, "You lost the round: −1. ")])
def test_a_contest_is_won_or_lost(outcome, said):
    panel = next(p for p in (play(coin(), seed=seed) for seed in range(20)) if p.take(0) or p.returns == [outcome])
    assert panel.summary.startswith(said)
    assert words(panel.text) == [f"to be < or not → {'1' if outcome > 0 else '−1'}"]
    assert "✓ to be &lt; or not: you chose toss" in panel.comments.value


def test_a_round_without_winners_is_none():
    panel = play(coin(entry=0.5))  # pays on the way
    finish(panel, 1)
    assert "over, with a return of 0.25" in panel.summary
    panel = play(chain(rewards=(0.0, 4.0)))  # nobody can lose
    finish(panel, 0)
    assert "over, with a return of 2" in panel.summary


def test_a_draw(table):
    panel = play(table, seed=0)
    while not panel.returns or panel.returns[-1] != 0:
        panel.new_round()
        panel.take(STICK)
    assert panel.summary.startswith("The round is a draw: 0. ")


def test_the_same_seed_and_moves_are_the_same_rounds(table):
    def story(seed, panel=None, expert=False):
        panel, seen = panel or play(table, seed=seed), []
        for k in range(12):
            seen.append((panel.state, panel.summary))
            if expert:
                panel.let_the_expert_play()
            panel.new_round() if panel.over else panel.take(k % 2)
        return panel, seen

    panel, first = story(3)
    assert story(3)[1] == first != story(4)[1]
    panel.reset_button.click()
    assert panel.returns == [] and words(panel.tally)[-11:-7] == ["You", "0", "–", "–"]
    assert story(3, panel)[1] == first
    assert [state for state, _ in story(3, expert=True)[1]] == [state for state, _ in first]


def test_the_expert_plays_as_well_as_one_can(table):
    panel = play(table)
    panel.expert_button.click()
    exact = float(table.start @ tabular.solve(table).value)
    played = np.array(panel._expert_returns)
    error = 2 * played.std(ddof=1) / np.sqrt(1000)
    assert panel.summary == (
        f"1000 rounds of the expert: mean return {played.mean():.3f} ± {error:.3f} (two standard errors). "
        f"Exactly, optimal play is worth {exact:.4f} a round."
    ).replace("-", "−")
    assert len(played) == 1000 and abs(played.mean() - exact) < 2.5 * error and 0.055 < error < 0.065
    for _ in range(19):
        panel.expert_button.click()
    played = np.array(panel._expert_returns)
    assert len(played) == 20_000 and len({tuple(part) for part in played.reshape(20, 1000)}) == 20  # other rounds
    assert abs(played.mean() - exact) < 4.5 * played.std() / np.sqrt(20_000)
    assert words(panel.tally)[-3:] == ["Exactly", "−0.047", "0"] and "20000" in words(panel.tally)
    assert panel.returns == []
    panel.reset()
    panel.expert_button.click()
    assert panel._expert_returns == played[:1000].tolist()


def test_what_playing_badly_costs_is_what_the_exact_values_say(table):
    """Always hitting loses all: the mean of promise less given away is the value of that policy, luck aside."""
    panel = play(table)
    for _ in range(300):
        finish(panel, HIT)
        panel.new_round()
    value = tabular.evaluate_policy_exactly(table, tabular.deterministic_policy(table, [HIT] * 201))
    expert = panel.expert
    mean_given = expert.mean - table.start @ value
    given = np.array(panel.given_away)
    assert abs(given.mean() - mean_given) < 4.5 * given.std() / np.sqrt(300)
    assert panel.returns == [-1.0] * 300


def test_a_state_is_described_in_words_or_drawn(table):
    panel = play(table, describe=lambda s: f"your <hand>\nof {s}")
    assert "your &lt;hand&gt;\nof" in panel.text.value and panel.image.layout.display == "none"
    assert panel.summary.startswith(f"Round 1, your <hand>, of {panel.state}: choose")

    def drawn(state):
        figure = Figure(figsize=(2, 1))
        figure.text(0.5, 0.5, str(state))
        return figure

    grid = mdp.grid_world("S.G")
    panel = play(grid, describe=drawn)
    first = bytes(panel.image.value)
    assert first.startswith(b"\x89PNG") and panel.text.layout.display == "none" and panel.image.layout.display == ""
    assert panel.picture().png == first and "Round 1, (0, 0):" in panel.summary
    panel.take(1)
    assert bytes(panel.image.value) != first
    panel.take(1)
    assert panel.over and panel.comments.value.count("✓ (0, ") == 2


def test_the_picture_is_the_same_every_time_and_shows_the_choice(table):
    setup()
    (data, meta), (again, _) = (play(table)._repr_mimebundle_() for _ in range(2))
    assert data["image/png"] == again["image/png"] and data["text/plain"] == play(table).summary
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG") and meta["image/png"]["width"] == 600
    other = play(table, seed=1)
    assert other.state != play(table).state and other.picture() != play(table).picture()
    panel = play(chain(available=np.array([[True, False], [True, True], [True, True]])))
    assert panel.picture() != play(chain()).picture()


def test_an_error_of_describe_is_seen():
    def fussy(state):
        if state == 1:
            raise KeyError("no words for this")
        return "fine"

    panel = play(chain(), describe=fussy)
    panel.action_buttons[0].click()
    assert panel.status.warn and "KeyError" in panel.summary and "no words" in panel.summary
    assert play(chain(state_names=None)).summary.startswith("Round 1, state 0:")
    with pytest.raises(KeyError):
        play(chain(), describe=lambda s: {}[s])


def test_what_makes_no_sense_is_refused(table):
    endless = FiniteMDP.from_dense(np.ones((1, 1, 1)), np.ones((1, 1)), discount=0.9)
    with pytest.raises(ValueError, match="no terminal state"):
        play(endless)
    with pytest.raises(ValueError, match="comment is 'never'"):
        play(table, comment="never")
    with pytest.raises(TypeError, match="describe must be a function"):
        play(table, describe="hand")
    with pytest.raises(TypeError, match="describe returned int; expected text or a matplotlib Figure"):
        play(table, describe=lambda s: s)
