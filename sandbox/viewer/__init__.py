"""Shows what happens. It reads the world and the audit trail, and nothing depends on it."""
