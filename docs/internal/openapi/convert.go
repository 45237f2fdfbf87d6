package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3conv"

	"github.com/patchmedic/patchmedic/docs/internal/schema"
	"github.com/patchmedic/patchmedic/facts"
)

type object = map[string]any

// convert makes OpenAPI 3.1 of Swagger 2. report holds the schemas of a report,
// which take the place of the one that swag made.
func convert(swagger []byte, report object) ([]byte, error) {
	swagger = bytes.ReplaceAll(swagger, []byte("advisor.Advice"), []byte("Advice"))
	swagger = bytes.ReplaceAll(swagger, []byte("advisor."), []byte("Advice"))
	var v2 openapi2.T
	if err := json.Unmarshal(swagger, &v2); err != nil {
		return nil, err
	}
	v3, err := openapi2conv.ToV3(&v2)
	if err != nil {
		return nil, err
	}
	openapi3conv.Upgrade(v3)
	data, err := json.Marshal(v3)
	if err != nil {
		return nil, err
	}
	var doc object
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	mend(doc, report)
	if data, err = schema.Marshal(doc); err != nil {
		return nil, err
	}
	return data, check(data)
}

// mend puts right what Swagger 2 cannot say.
func mend(doc, report object) {
	doc["openapi"] = "3.1.1"
	doc["servers"] = []object{{"url": "/", "description": "This service"}}
	delete(doc["info"].(object), "contact")
	components := doc["components"].(object)
	components["securitySchemes"] = object{"Bearer": object{
		"type": "http", "scheme": "bearer", "description": "A token with one of the scopes that the call needs. On the service's own machine, reading and reporting need none.",
	}}
	schemas := components["schemas"].(object)
	for name, s := range schemas {
		if strings.HasSuffix(name, "Body") {
			omissible(s.(object))
		}
	}
	maps.Copy(schemas, report)
	nullable(schemas["Advice"].(object), "wait")
	for _, s := range schemas {
		refer(s.(object))
	}
	for path, item := range doc["paths"].(object) {
		for method, operation := range item.(object) {
			mendOperation(path, method, operation.(object))
		}
	}
}

// refer makes references of properties whose Go type holds ready JSON: their tag
// x-ref names the schema.
func refer(s object) {
	properties, _ := s["properties"].(object)
	for name, p := range properties {
		if to, ok := p.(object)["x-ref"].(string); ok {
			properties[name] = object{"$ref": "#/components/schemas/" + to}
		}
	}
}

// omissible lets the optional fields of a body be null, and their words empty:
// that is how scripts write a variable that has no value. The service takes both
// for a field that is left out.
func omissible(s object) {
	for name, p := range s["properties"].(object) {
		p := p.(object)
		if kind, ok := p["type"].(string); ok && !slices.Contains(list(s["required"]), any(name)) {
			p["type"] = []string{kind, "null"}
			if words := list(p["enum"]); words != nil {
				p["enum"] = append(words, "", nil)
			}
		}
	}
}

// nullable lets a property that refers to a schema be null.
func nullable(s object, name string) {
	properties := s["properties"].(object)
	old := properties[name].(object)
	of := []any{old, object{"type": "null"}}
	if all := list(old["allOf"]); len(all) == 1 {
		of[0] = all[0] // swag wraps a reference to put a description beside it
	}
	properties[name] = object{"anyOf": of, "description": old["description"]}
}

// examples are bodies to begin with, by path.
var examples = map[string]object{
	"/api/v1/advice": {
		"schema":   facts.Schema,
		"os":       object{"build": 26100, "revision": 4061},
		"symptoms": object{"codes": []string{"0x80070306"}, "kbs": []string{"KB5058411"}},
	},
	"/api/v1/codes/extract": {"text": "KB5058411 fails with 0x80070306 (-2147024122)"},
}

var binary = object{"type": "string", "format": "binary"}

// uploads are the schemas of bodies that are no text, by media type.
var uploads = map[string]object{
	"application/zip":              binary,
	"application/x-zip-compressed": binary, // what Windows calls it
	"multipart/form-data": {
		"type": "object", "additionalProperties": true, // parts of any name
		"properties": object{"file": object{"type": "array", "items": binary, "description": "A file in each part, named with or without its path."}},
	},
}

func mendOperation(path, method string, op object) {
	op["operationId"] = operationID(path, method)
	for _, p := range list(op["parameters"]) {
		if p := p.(object); p["in"] == "query" {
			delete(p, "required") // swag takes a field for required
		}
	}
	if body, ok := op["requestBody"].(object); ok {
		delete(body, "x-originalParamName")
		document, ok := body["content"].(object)["application/json"].(object)
		if example := examples[path]; ok && example != nil {
			document["example"] = example
		}
		for kind, schema := range uploads {
			if upload, ok := body["content"].(object)[kind].(object); ok {
				upload["schema"] = schema
			}
		}
	}
	administration := slices.Contains(list(op["tags"]), any("administration"))
	switch {
	case op["security"] == nil:
		op["security"] = []object{}
	case !administration:
		op["security"] = []object{{"Bearer": []string{}}, {}} // a service on loopback asks readers for none
	}
	responses := op["responses"].(object)
	for status, response := range responses {
		mendResponse(status, response.(object))
	}
	if method == "get" && strings.HasPrefix(path, "/api/") && !administration {
		responses["304"] = object{"description": "Not modified: the client has it already (If-None-Match)"}
		responses["200"].(object)["headers"] = object{"ETag": object{
			"description": "Changes with the content; send it back in If-None-Match.", "schema": object{"type": "string"},
		}}
	}
}

// usual are descriptions by status and by what swag puts where there is none.
var usual = map[[2]string]string{
	{"default", ""}:                     "Anything else that goes wrong",
	{"400", "Bad Request"}:              "Not JSON, or a parameter is at fault",
	{"413", "Request Entity Too Large"}: "The body is too large",
	{"415", "Unsupported Media Type"}:   "The body is not application/json",
	{"422", "Unprocessable Entity"}:     "Well-formed JSON that cannot be used: errors say where",
}

func mendResponse(status string, response object) {
	if text, ok := usual[[2]string{status, response["description"].(string)}]; ok {
		response["description"] = text
	}
	content, _ := response["content"].(object)
	if len(content) == 0 {
		return
	}
	if !strings.HasPrefix(status, "2") {
		for _, media := range content {
			response["content"] = object{"application/problem+json": media}
		}
		return
	}
	for _, kind := range []string{"application/jsonl", "text/markdown", "text/plain"} {
		if content[kind] != nil {
			content[kind] = object{"schema": object{"type": "string"}}
		}
	}
}

// operationID names an operation for generated clients: getArticlesById.
func operationID(path, method string) string {
	id := method
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/api/v1"), "/") {
		part, isParam := strings.CutPrefix(part, "{")
		part = strings.TrimSuffix(strings.TrimSuffix(part, "}"), ".json")
		if part == "" {
			continue
		}
		if isParam {
			id += "By"
		}
		id += strings.ToUpper(part[:1]) + part[1:]
	}
	return id
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// check refuses a document that a client could not use.
func check(data []byte) error {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	for name, s := range doc.Components.Schemas {
		if s.Value.Type.Is("object") && len(s.Value.Properties) == 0 {
			return fmt.Errorf("schema %s has no fields: swag leaves them out when it cannot find the type of one; give that a swaggertype", name)
		}
	}
	return nil
}
