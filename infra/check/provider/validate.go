package main

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unconfigurable finds what the configuration sets although it is Google's to say. Terraform leaves that one question
// about the schema to the provider.
func unconfigurable(block *tfprotov5.SchemaBlock, config tftypes.Value, path *tftypes.AttributePath) ([]*tfprotov5.Diagnostic, error) {
	if config.IsNull() || !config.IsKnown() {
		return nil, nil
	}
	var values map[string]tftypes.Value
	if err := config.As(&values); err != nil {
		return nil, err
	}
	var found []*tfprotov5.Diagnostic
	for _, attribute := range block.Attributes {
		if attribute.Computed && !attribute.Optional && !values[attribute.Name].IsNull() {
			found = append(found, &tfprotov5.Diagnostic{
				Severity:  tfprotov5.DiagnosticSeverityError,
				Summary:   "Value for unconfigurable attribute",
				Detail:    fmt.Sprintf("Can't configure a value for %q: Google decides it.", attribute.Name),
				Attribute: path.WithAttributeName(attribute.Name),
			})
		}
	}
	for _, each := range block.BlockTypes {
		inside, err := unconfigurableInside(each, values[each.TypeName], path.WithAttributeName(each.TypeName))
		if err != nil {
			return nil, err
		}
		found = append(found, inside...)
	}
	return found, nil
}

func unconfigurableInside(nested *tfprotov5.SchemaNestedBlock, config tftypes.Value, path *tftypes.AttributePath) ([]*tfprotov5.Diagnostic, error) {
	if nested.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
		return unconfigurable(nested.Block, config, path)
	}
	if config.IsNull() || !config.IsKnown() {
		return nil, nil
	}
	var elements []tftypes.Value
	if err := config.As(&elements); err != nil {
		return nil, err
	}
	var found []*tfprotov5.Diagnostic
	for at, element := range elements {
		step := path.WithElementKeyInt(at)
		if nested.Nesting == tfprotov5.SchemaNestedBlockNestingModeSet {
			step = path.WithElementKeyValue(element)
		}
		inside, err := unconfigurable(nested.Block, element, step)
		if err != nil {
			return nil, err
		}
		found = append(found, inside...)
	}
	return found, nil
}
