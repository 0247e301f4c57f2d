"""A small GKE cluster and the Google Cloud around it, on loopback, for the demo and the tests. Never deployed."""
