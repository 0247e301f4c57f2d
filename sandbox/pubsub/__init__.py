"""Pub/Sub: the real emulator where gcloud has it, else an embedded queue that behaves as Pub/Sub does towards us."""
