"""What runs in the cloud.

Start at `main.py`: it wires the two entry points to `functions.diagnosis` (a pull failure comes in) and
`functions.refresh` (a step of a refresh comes in). Decisions are pure and live beside them; `ports` names the outside.
"""
