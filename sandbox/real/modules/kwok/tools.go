//go:build tools

// Package tools names the nodes that only have to be many.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
