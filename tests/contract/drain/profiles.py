"""How much is generated: as much as CI has time for and the same every time, or by hand more and others each time."""

from hypothesis import Phase, settings

LARGE = "large"


def large() -> bool:
    """Whether this run was asked to take its time."""
    return settings.get_current_profile_name() == LARGE


def generating(*, fixed: int) -> settings:
    """`fixed` examples that are always the same, or those of the large profile. What fails is small: no shrinking."""
    return settings(
        max_examples=settings().max_examples if large() else fixed,
        derandomize=not large(),
        database=None,
        deadline=None,
        phases=(Phase.generate,),
    )
