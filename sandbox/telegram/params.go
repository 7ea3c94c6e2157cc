package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const maxRequest = 50 << 20

// upload is a file part of a multipart request.
type upload struct {
	name string
	data []byte
}

// params are a call's parameters. Every value is kept as the text that a form
// would carry: JSON strings unquoted, all else as written.
type params struct {
	values map[string]string
	files  map[string]upload
	attach map[string]bool // uploads that attach:// may name
}

func newParams() params {
	return params{values: map[string]string{}, files: map[string]upload{}, attach: map[string]bool{}}
}

// readParams takes the query and the body of a call, whatever its coding.
func readParams(r *http.Request) (params, *apiError) {
	p := newParams()
	p.form(r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return p, bad("can't read the request")
	}
	if len(body) > maxRequest {
		return p, &apiError{code: 413, text: "Request Entity Too Large"}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return p, nil // a parameterless multipart call has an empty body
	}
	kind, args, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return p, p.json(body)
	case "multipart/form-data":
		return p, p.multipart(body, args["boundary"])
	case "application/x-www-form-urlencoded", "":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return p, bad("can't parse the request body")
		}
		p.form(form)
		return p, nil
	}
	return p, bad("unsupported content type")
}

func (p params) form(form url.Values) {
	for k, v := range form {
		if len(v) > 0 {
			p.values[k] = v[len(v)-1]
		}
	}
}

func (p params) json(body []byte) *apiError {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return bad("can't parse JSON object")
	}
	for k, v := range raw {
		var text string
		switch {
		case string(v) == "null":
		case json.Unmarshal(v, &text) == nil:
			p.values[k] = text
		default:
			p.values[k] = string(v)
		}
	}
	return nil
}

func (p params) multipart(body []byte, boundary string) *apiError {
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bad("can't parse the multipart body")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return bad("can't parse the multipart body")
		}
		if name := part.FileName(); name != "" {
			p.files[part.FormName()] = upload{name: name, data: data}
			continue
		}
		p.values[part.FormName()] = string(data)
	}
}

func (p params) has(name string) bool { return p.values[name] != "" }

func (p params) str(name string) string { return p.values[name] }

// int is zero for an absent value; the spec check has refused non-numbers.
func (p params) int(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(p.values[name]), 10, 64)
	return n
}

func (p params) bool(name string) bool {
	switch strings.ToLower(p.values[name]) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// list reads a JSON array of strings; the spec check has refused others.
func (p params) list(name string) []string {
	out := []string{}
	_ = json.Unmarshal([]byte(p.values[name]), &out)
	return out
}
