"""What a row of the table is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """`before` stands in the file exactly once; with `after` in its place one of the tests must fail."""

    says: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


def row(says: str, file: str, before: str, after: str, tests: tuple[str, ...]) -> Mutation:
    """One in a file of functions/."""
    return Mutation(says=says, file=f"functions/{file}", before=before, after=after, tests=tests)
