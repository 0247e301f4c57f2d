"""What a large cluster costs, and what we cost beside a script of kubectl: `make bench SCALE=1`, on ring 2.

Whatever may be probed or renewed is a simulated machine whose kubelet is an ordinary client of the real API server, so
that no answer of a probe is scripted; the crowd around it are KWOK's nodes.
"""
