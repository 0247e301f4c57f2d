"""What a node that is given back instead of renewed looks like, and its refresh."""

from sandbox import judge
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story


def given_back(here: Laboratory, story: Story, named: str, *, cordoned: tuple[str, ...] = ()) -> None:
    """Nothing was reset, nothing is left but what is `cordoned`, and the refresh has failed for what is `named`."""
    for check in (
        judge.were_reset(here.world, ()),
        judge.refresh_ended(here.world, "Failed", "Failed", naming=(named,)),
        judge.nothing_is_left(here.world, cordoned=cordoned),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"
