"""What an operator runs: a thin door to the same checks, messages and objects that the functions use."""
