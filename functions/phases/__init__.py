"""One file per phase of a node's road, each with one `step(hold) -> Result`.

A step looks at the world first: what is so already is not done again, so a repeated step is harmless.
"""
