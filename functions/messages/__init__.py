"""Pub/Sub payloads, parsed once at the door. Behind this folder there are no dicts of strangers."""
