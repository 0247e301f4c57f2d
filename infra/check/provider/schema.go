package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What `terraform providers schema -json` prints of the real provider; the README has its source.
//
//go:embed google-7.45.0-schema.json.gz
var packed []byte

// schemas are the same in the protocol's terms.
type schemas struct {
	provider    *tfprotov5.Schema
	resources   map[string]*tfprotov5.Schema
	dataSources map[string]*tfprotov5.Schema
}

type document struct {
	Providers map[string]struct {
		Provider    schema            `json:"provider"`
		Resources   map[string]schema `json:"resource_schemas"`
		DataSources map[string]schema `json:"data_source_schemas"`
	} `json:"provider_schemas"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes map[string]attribute `json:"attributes"`
	Blocks     map[string]nested    `json:"block_types"`
	Deprecated bool                 `json:"deprecated"`
}

type attribute struct {
	Type       json.RawMessage `json:"type"`
	Required   bool            `json:"required"`
	Optional   bool            `json:"optional"`
	Computed   bool            `json:"computed"`
	Sensitive  bool            `json:"sensitive"`
	Deprecated bool            `json:"deprecated"`
	WriteOnly  bool            `json:"write_only"`
}

type nested struct {
	Nesting string `json:"nesting_mode"`
	Block   block  `json:"block"`
	Min     int64  `json:"min_items"`
	Max     int64  `json:"max_items"`
}

var nestings = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
}

// read fails on whatever it doesn't know: a schema that is half understood would let mistakes pass.
func read(packed []byte) (*schemas, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var found document
	decoder := json.NewDecoder(unpacked)
	if err := decoder.Decode(&found); err != nil {
		return nil, err
	}
	google, there := found.Providers[address]
	if !there {
		return nil, fmt.Errorf("no schema of %s", address)
	}
	read := &schemas{}
	if read.provider, err = google.Provider.translated(); err != nil {
		return nil, err
	}
	if read.resources, err = all(google.Resources); err != nil {
		return nil, err
	}
	if read.dataSources, err = all(google.DataSources); err != nil {
		return nil, err
	}
	return read, nil
}

func all(of map[string]schema) (map[string]*tfprotov5.Schema, error) {
	translated := make(map[string]*tfprotov5.Schema, len(of))
	for name, each := range of {
		one, err := each.translated()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		translated[name] = one
	}
	return translated, nil
}

func (s schema) translated() (*tfprotov5.Schema, error) {
	block, err := s.Block.translated()
	return &tfprotov5.Schema{Version: s.Version, Block: block}, err
}

func (b block) translated() (*tfprotov5.SchemaBlock, error) {
	translated := &tfprotov5.SchemaBlock{Deprecated: b.Deprecated}
	for name, each := range b.Attributes {
		kind, err := tftypes.ParseJSONType(each.Type) //nolint:staticcheck // made for exactly this document
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		translated.Attributes = append(translated.Attributes, &tfprotov5.SchemaAttribute{
			Name:       name,
			Type:       kind,
			Required:   each.Required,
			Optional:   each.Optional,
			Computed:   each.Computed,
			Sensitive:  each.Sensitive,
			Deprecated: each.Deprecated,
			WriteOnly:  each.WriteOnly,
		})
	}
	for name, each := range b.Blocks {
		nesting, known := nestings[each.Nesting]
		if !known {
			return nil, fmt.Errorf("%s: nesting mode %q", name, each.Nesting)
		}
		inside, err := each.Block.translated()
		if err != nil {
			return nil, fmt.Errorf("%s.%w", name, err)
		}
		translated.BlockTypes = append(translated.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name,
			Nesting:  nesting,
			Block:    inside,
			MinItems: each.Min,
			MaxItems: each.Max,
		})
	}
	return translated, nil
}
