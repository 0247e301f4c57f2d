"""What keeps a node from being touched, a row each: one story, in which only the obstacle differs."""

from sandbox.scenarios import doors, drains, holds, methods, nodes, outages

REFUSALS = (*drains.ROWS, *nodes.ROWS, *methods.ROWS, *outages.ROWS, *holds.ROWS, *doors.ROWS)
