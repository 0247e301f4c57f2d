"""Deliberate breakages of what must always hold, each with a plan that must find it: `teeth` makes and tries them."""

from tests.proof.disorder.leaving import LEAVING
from tests.proof.disorder.taking import TAKING

BREAKAGES = (*TAKING, *LEAVING)
