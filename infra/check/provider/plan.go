package main

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// planned has "known after apply" wherever Google would fill in what the configuration leaves open.
func planned(block *tfprotov5.SchemaBlock, proposed tftypes.Value) (tftypes.Value, error) {
	if proposed.IsNull() || !proposed.IsKnown() {
		return proposed, nil
	}
	var values map[string]tftypes.Value
	if err := proposed.As(&values); err != nil {
		return proposed, err
	}
	for _, attribute := range block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() {
			values[attribute.Name] = tftypes.NewValue(attribute.Type, tftypes.UnknownValue)
		}
	}
	for _, each := range block.BlockTypes {
		inside, err := plannedInside(each, values[each.TypeName])
		if err != nil {
			return proposed, err
		}
		values[each.TypeName] = inside
	}
	return tftypes.NewValue(proposed.Type(), values), nil
}

func plannedInside(nested *tfprotov5.SchemaNestedBlock, proposed tftypes.Value) (tftypes.Value, error) {
	if nested.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
		return planned(nested.Block, proposed)
	}
	if proposed.IsNull() || !proposed.IsKnown() {
		return proposed, nil
	}
	var elements []tftypes.Value
	if err := proposed.As(&elements); err != nil {
		return proposed, err
	}
	for at, element := range elements {
		inside, err := planned(nested.Block, element)
		if err != nil {
			return proposed, err
		}
		elements[at] = inside
	}
	return tftypes.NewValue(proposed.Type(), elements), nil
}
