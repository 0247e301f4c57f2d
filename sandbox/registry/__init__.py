"""An image registry that answers as Artifact Registry does."""
