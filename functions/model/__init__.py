"""The words of the domain: names, cluster objects as we see them, verdicts, refreshes.

Frozen values, no behaviour beyond parsing.
"""
