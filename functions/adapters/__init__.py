"""The outside, as it really is: each adapter implements one of `functions.ports`, translates, and does nothing else."""
