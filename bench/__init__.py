"""Figures, each with its floor: `make bench`."""
