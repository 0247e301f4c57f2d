// A Terraform provider that has hashicorp/google's schema and nothing else: it checks and plans a configuration where
// the real one can't be fetched. It reads nothing, and creates nothing.
package main

import (
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

const address = "registry.terraform.io/hashicorp/google"

func main() {
	schemas, err := read(packed)
	if err != nil {
		log.Fatal(err)
	}
	if err := tf5server.Serve(address, func() tfprotov5.ProviderServer { return &provider{schemas: schemas} }); err != nil {
		log.Fatal(err)
	}
}
