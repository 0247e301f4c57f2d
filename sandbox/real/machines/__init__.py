"""Real machines: kubelet and containerd in namespaces and cgroups of their own, which lose their power together."""
