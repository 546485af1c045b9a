import base64

import numpy as np
import pytest

from rlcourse import mdp
from rlcourse.notebook import set_arrows
from rlcourse.tabular import evaluate_policy_exactly, greedy_policy, solve, uniform_policy

UP = 0


@pytest.fixture
def corner():
    return mdp.corner_grid()


def responder(world):
    def respond(policy):
        value = evaluate_policy_exactly(world, policy)
        return value, f"sum of values: {value.sum():.0f}"

    return respond


def edit(panel, row, column, put, seq=1, stroke="a"):
    content = {"kind": "edit", "seq": seq, "stroke": stroke, "row": row, "column": column, "put": put}
    panel.grid._handle_custom_msg(content, [])
    panel.wait()


def shown(panel, row, column):
    return panel.grid.picture["rows"][row][column]


def test_it_begins_with_all_actions_alike(corner):
    panel = set_arrows(corner, responder(corner), decimals=0)
    assert np.array_equal(panel.policy, uniform_policy(corner)) and panel.summary == "sum of values: −256"
    assert len(shown(panel, 1, 1)["arrows"]) == 4 and shown(panel, 0, 1)["text"] == "−14"
    assert panel.grid.mode == "arrows"


def test_an_edit_of_the_browser_turns_an_arrow_and_the_values_follow(corner):
    panel = set_arrows(corner, responder(corner), decimals=0)
    edit(panel, 0, 1, "left", seq=4)
    assert panel.policy[1].tolist() == [0, 0, 0, 1] and shown(panel, 0, 1)["arrows"] == ((-1, 0, 1.0),)
    assert shown(panel, 0, 1)["text"] == "−1" and panel.grid.picture["last_edit"] == 4
    assert np.array_equal(panel.policy[2:], uniform_policy(corner)[2:])


def test_names_decide_not_the_order_of_the_actions():
    lake = mdp.frozen_lake(0.9)
    panel = set_arrows(lake, responder(lake))
    edit(panel, 0, 0, "left")
    assert panel.policy[0].tolist() == [1, 0, 0, 0]


def test_improving_reaches_the_optimum_and_says_so(corner):
    panel = set_arrows(corner, responder(corner))
    for _ in range(3):
        panel.improve_button.click()
        panel.wait()
    best = solve(corner)
    assert np.allclose(evaluate_policy_exactly(corner, panel.policy), best.value)
    assert "No arrow changes" in panel.summary and panel.summary.startswith("sum of values: −28")


def test_improving_is_greedy_everywhere_and_leaves_arrows_that_are_so_already():
    world = mdp.corner_grid(0.9)
    start = np.eye(4)[solve(world).policy.argmax(axis=1)]
    start[1] = np.eye(4)[UP]
    panel = set_arrows(world, responder(world), policy=start)
    greedy = greedy_policy(world, evaluate_policy_exactly(world, start))
    panel.improve_button.click()
    panel.wait()
    already = (start * greedy).sum(axis=1) > 0
    assert already[4:].any() and not already[1]
    assert np.array_equal(panel.policy[already], start[already])
    assert np.array_equal(panel.policy[~already], greedy[~already])


def test_a_policy_without_a_value_is_explained_and_can_be_mended(corner):
    panel = set_arrows(corner, responder(corner))
    edit(panel, 0, 1, "up")
    assert panel.status.warn and "never ends" in panel.summary and panel.grid.picture["stale"]
    assert shown(panel, 0, 1)["arrows"] == ((0, -1, 1.0),)
    panel.improve_button.click()
    assert "no value yet" in panel.summary
    panel.undo_button.click()
    panel.wait()
    assert panel.summary == "sum of values: −256" and not panel.grid.picture["stale"]


def test_even_the_first_policy_may_be_without_a_value(corner):
    panel = set_arrows(corner, responder(corner), policy=np.eye(4)[np.zeros(16, dtype=int)])
    assert "never ends" in panel.summary and len(shown(panel, 1, 1)["arrows"]) == 1
    assert base64.b64decode(panel._repr_mimebundle_()[0]["image/png"]).startswith(b"\x89PNG")


def test_random_policies_are_the_same_every_time(corner):
    discounted = mdp.corner_grid(0.9)
    panels = [set_arrows(discounted, responder(discounted)) for _ in range(2)]
    drawn = []
    for panel in panels:
        panel.random_button.click()
        panel.wait()
        drawn.append(panel.policy)
    assert np.array_equal(*drawn) and (drawn[0].max(axis=1) == 1).all()
    panels[0].random_button.click()
    assert not np.array_equal(panels[0].policy, drawn[0])
    panels[0].reset_button.click()
    panels[0].random_button.click()
    assert np.array_equal(panels[0].policy, drawn[0])
    panels[0].wait()


def test_random_policies_take_available_actions_only():
    world = mdp.grid_world("S..\n...\n..G", bump="forbid")
    panel = set_arrows(world, responder(world))
    panel.random_button.click()
    assert (panel.policy <= world.allowed).all()
    panel.wait()


def test_an_unavailable_action_is_refused_and_the_browser_knows():
    world = mdp.grid_world("S..\n...\n..G", bump="forbid")
    panel = set_arrows(world, responder(world))
    assert shown(panel, 0, 0)["can"] == ["right", "down"]
    before = panel.policy
    edit(panel, 0, 0, "up", seq=9)
    assert "not possible" in panel.summary and np.array_equal(panel.policy, before)
    assert panel.grid.picture["last_edit"] == 9


@pytest.mark.parametrize(("row", "column", "put"), [(0, 0, "up"), (7, 0, "up"), (1, 1, "jump")])
def test_there_is_no_arrow_on_a_goal_outside_or_of_another_name(corner, row, column, put):
    panel = set_arrows(corner, responder(corner))
    edit(panel, row, column, put)
    assert "no arrow" in panel.summary and np.array_equal(panel.policy, uniform_policy(corner))


def test_turn_is_what_a_click_does(corner):
    panel = set_arrows(corner, responder(corner))
    panel.turn(4, UP)
    panel.wait()
    assert panel.policy[4].tolist() == [1, 0, 0, 0] and shown(panel, 1, 0)["text"] == "−1.00"


def test_respond_cannot_change_the_policy_behind_the_panels_back(corner):
    def meddling(policy):
        policy[:] = np.nan
        return np.zeros(16), "zero"

    panel = set_arrows(corner, meddling)
    assert np.array_equal(panel.policy, uniform_policy(corner))


def test_the_stored_output_is_the_same_every_time(corner):
    (data, _), (again, _) = (set_arrows(corner, responder(corner))._repr_mimebundle_() for _ in range(2))
    assert data["image/png"] == again["image/png"] and data["text/plain"] == "sum of values: −256"


def test_what_does_not_fit_is_refused(corner):
    with pytest.raises(ValueError, match="no direction"):
        set_arrows(mdp.car_rental(), lambda policy: (None, ""))
    with pytest.raises(ValueError, match="policy has shape"):
        set_arrows(corner, responder(corner), policy=np.ones((2, 4)))
    with pytest.raises(TypeError, match="respond returned NoneType"):
        set_arrows(corner, lambda policy: None)
    with pytest.raises(TypeError, match="by position"):
        set_arrows(corner, lambda: None)
