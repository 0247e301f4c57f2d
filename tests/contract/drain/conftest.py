"""Two ways to generate: a few hundred nodes that are the same every time, or by hand more of them and others each time.

`pytest --hypothesis-profile=large tests/contract/drain` is the second.
"""

from hypothesis import settings

from tests.contract.drain.profiles import LARGE

settings.register_profile(LARGE, max_examples=1000)
