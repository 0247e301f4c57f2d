"""Virtual machines with kubelets that are ordinary API clients: register, heartbeat, pull, report, back off, boot."""
