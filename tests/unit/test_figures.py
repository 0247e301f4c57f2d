"""What the bench says of a figure."""

import pytest

from bench.figures import Figure, table


@pytest.mark.parametrize(
    "value, at_least, without, verdict, said",
    [
        pytest.param(0.5, False, "", "pass", "22 gaps", id="holds"),
        pytest.param(1.5, False, "", "SHORT", "22 gaps", id="too-much"),
        pytest.param(1.5, True, "", "pass", "22 gaps", id="enough"),
        pytest.param(0.5, True, "", "SHORT", "22 gaps", id="too-little"),
        pytest.param(0.5, False, "the queue", "SHORT", "22 gaps; measured without the queue", id="of-something-else"),
    ],
)
def test_a_figure_is_short_where_its_promise_was_not_shown(
    value: float, *, at_least: bool, without: str, verdict: str, said: str
) -> None:
    figure = Figure(name="gap", floor=1, unit="s", detail="22 gaps", value=value, at_least=at_least, without=without)

    assert figure.passes is (verdict == "pass")
    assert " ".join(table([figure]).split()).endswith(f" {verdict} {said}")
