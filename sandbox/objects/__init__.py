"""Facts about Kubernetes objects, kept as plain JSON: what controllers and kubelets both have to know."""
