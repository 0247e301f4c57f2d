"""The controllers of a cluster, each an ordinary API client: watch, compare, write."""
