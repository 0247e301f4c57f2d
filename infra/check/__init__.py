"""What can be said of `infra/terraform` without a cloud; `make infra-check` runs it and README.md tells how."""
