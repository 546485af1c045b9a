"""Returns: by hand, and against the loop over single episodes."""

import torch

from rlcourse.returns import discounted_return


def test_by_hand():
    """Copy 0 terminates at step 1 and is cut at step 2; copy 1 is both at step 0, and the record ends under way."""
    reward = torch.tensor([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0], [8.0, 8.0]])
    next_value = torch.full((4, 2), 100.0)
    terminated = torch.tensor([[0, 1], [1, 0], [0, 0], [0, 0]], dtype=torch.bool)
    done = torch.tensor([[0, 1], [1, 0], [1, 0], [1, 0]], dtype=torch.bool)
    found = discounted_return(reward, next_value, terminated, done, 0.5)
    assert found[:, 0].tolist() == [1 + 0.5 * 2, 2, 4 + 50, 8 + 50]
    assert found[:, 1].tolist() == [1, 2 + 0.5 * (4 + 0.5 * 58), 4 + 0.5 * 58, 8 + 50]
    assert found.shape == (4, 2) and reward[0, 0] == 1


def test_against_the_loop():
    generator = torch.Generator().manual_seed(0)
    reward, next_value = torch.randn(2, 30, 7, generator=generator).double()
    terminated, truncated = torch.rand(2, 30, 7, generator=generator) < 0.15
    found = discounted_return(reward, next_value, terminated, terminated | truncated, 0.9)
    for i in range(7):
        for t in range(30):
            total, power = 0.0, 1.0
            for k in range(t, 30):
                total, power = total + power * reward[k, i].item(), power * 0.9
                if terminated[k, i]:
                    break
                if truncated[k, i] or k == 29:
                    total += power * next_value[k, i].item()
                    break
            assert abs(found[t, i].item() - total) < 1e-12
