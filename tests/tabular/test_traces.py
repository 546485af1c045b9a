"""Traces: what a visit makes of one, on hand numbers."""

import numpy as np
import pytest

from rlcourse.tabular.traces import validated_trace, visited


@pytest.mark.parametrize(
    ("trace", "after"), [("accumulating", [1.0, 1.5, 3.0]), ("replacing", [1.0] * 3), ("dutch", [1.0, 1.25, 2.5])]
)
def test_one_more_visit(trace, after):
    z = np.array([0.0, 0.5, 2.0])
    assert visited(z, trace, np.array([0.1, 0.5, 0.25])).tolist() == after
    assert z.tolist() == [0.0, 0.5, 2.0]


def test_unknown_traces():
    assert validated_trace("dutch") == "dutch"
    with pytest.raises(ValueError, match="trace is 'Dutch'; expected one of accumulating, replacing, dutch"):
        validated_trace("Dutch")
