//go:build tools

// Package consulagent holds the versions that the Consul agent of the tests is built from.
package consulagent

import _ "github.com/hashicorp/consul"
