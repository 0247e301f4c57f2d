"""Debian's docker-registry as the place where images lie, behind the front that makes it Artifact Registry."""
