package kit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// apiCall is a recorded call as /control/telegram/calls shows it.
type apiCall struct {
	Method string         `json:"method"`
	Code   int            `json:"code"`
	Params map[string]any `json:"params"`
	Files  map[string]int `json:"files"`
}

// apiSpec is the machine-readable Bot API.
type apiSpec struct {
	Methods map[string]struct {
		Fields []apiField `json:"fields"`
	} `json:"methods"`
	Types map[string]struct {
		Fields []apiField `json:"fields"`
	} `json:"types"`
}

type apiField struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

// loadSpec reads the Bot API from where it lies beside the repository; false
// when it is not there.
func loadSpec() (apiSpec, bool) {
	var spec apiSpec
	root, err := Root()
	if err != nil {
		return spec, false
	}
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(root), "shared", "telegram", "bot-api-10.1.json"))
	if err != nil || json.Unmarshal(raw, &spec) != nil {
		return spec, false
	}
	return spec, len(spec.Methods) > 0
}

// judge says what is wrong with a call: an unknown method, a required
// parameter that is missing, an unknown or mistyped one.
func (s apiSpec) judge(c apiCall) []string {
	method, ok := s.Methods[c.Method]
	if !ok {
		return []string{c.Method + " is no method"}
	}
	params := make(map[string]any, len(c.Params)+len(c.Files))
	for name, value := range c.Params {
		params[name] = value
	}
	for name := range c.Files {
		if !attached(c.Params, name) {
			params[name] = map[string]any{}
		}
	}
	return s.fields(c.Method, method.Fields, params)
}

// attached reports whether a parameter speaks of an uploaded file, which is then
// no parameter of its own. The sandbox shows texts masked: their length is left.
func attached(params map[string]any, file string) bool {
	raw, err := json.Marshal(params)
	name := "attach://" + file
	return err == nil && (strings.Contains(string(raw), `"`+name+`"`) || strings.Contains(string(raw), `"`+strings.Repeat("x", len(name))+`"`))
}

func (s apiSpec) fields(where string, fields []apiField, values map[string]any) []string {
	var complaints []string
	for _, f := range fields {
		value, given := values[f.Name]
		switch {
		case !given && f.Required:
			complaints = append(complaints, where+" lacks "+f.Name)
		case given:
			complaints = append(complaints, s.value(where+"."+f.Name, f.Types, value)...)
		}
	}
	for name := range values {
		if !slices.ContainsFunc(fields, func(f apiField) bool { return f.Name == name }) {
			complaints = append(complaints, where+" has no "+name)
		}
	}
	return complaints
}

// value finds one of the types that the value fits, or says why none does.
func (s apiSpec) value(where string, types []string, value any) []string {
	var first []string
	for _, name := range types {
		complaints := s.typed(where, name, value)
		if len(complaints) == 0 {
			return nil
		}
		if first == nil {
			first = complaints
		}
	}
	return first
}

func (s apiSpec) typed(where, name string, value any) []string {
	if inner, ok := strings.CutPrefix(name, "Array of "); ok {
		list, isList := value.([]any)
		if !isList {
			return []string{where + " is no list"}
		}
		var complaints []string
		for _, one := range list {
			complaints = append(complaints, s.typed(where+"[]", inner, one)...)
		}
		return complaints
	}
	fits := true
	switch name {
	case "String":
		_, fits = value.(string)
	case "Integer", "Float":
		_, fits = value.(float64)
	case "Boolean", "True":
		_, fits = value.(bool)
	case "InputFile":
	default:
		object, isObject := value.(map[string]any)
		if isObject && len(s.Types[name].Fields) > 0 {
			return s.fields(where, s.Types[name].Fields, object)
		}
		fits = isObject
	}
	if !fits {
		return []string{fmt.Sprintf("%s is no %s", where, name)}
	}
	return nil
}
