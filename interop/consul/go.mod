module consul-agent

go 1.22

require (
	github.com/hashicorp/consul v1.10.12
	github.com/hashicorp/consul/api v1.13.0
	github.com/hashicorp/consul/sdk v0.13.0
	golang.org/x/net v0.23.0
)
