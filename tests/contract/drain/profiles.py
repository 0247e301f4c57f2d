"""How much is generated: as much as CI has time for and the same every time, or by hand more and others each time."""

from hypothesis import Phase, settings

LARGE = "large"


def generating(*, fixed: int) -> settings:
    """`fixed` examples that are always the same, or those of the large profile. What fails is small: no shrinking."""
    large = settings.get_current_profile_name() == LARGE
    how_many = settings().max_examples if large else fixed
    return settings(
        max_examples=how_many, derandomize=not large, database=None, deadline=None, phases=(Phase.generate,)
    )
