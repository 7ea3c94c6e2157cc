package plexy

import (
	"bytes"
	"encoding/json"

	"giftbot/providers/rest"
)

const (
	pageSize = 50  // as in the vendor's samples; its largest is not documented
	maxPages = 200 // beyond that the paging is broken
)

// page is one answer of a list: an object with items, or a bare array.
type page struct {
	items []json.RawMessage
	size  int
	total *int // how many there are on all pages, nil if not told
	bare  bool
}

// UnmarshalJSON implements json.Unmarshaler. An answer without its items must
// not read as an empty list.
func (p *page) UnmarshalJSON(raw []byte) error {
	p.size = pageSize
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		p.bare = true
		return json.Unmarshal(raw, &p.items)
	}
	var w struct {
		Items *[]json.RawMessage `json:"items"`
		Size  int                `json:"pageSize"`
		Total *int               `json:"total"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	if w.Items == nil {
		return &rest.FieldError{Field: "items", Rule: "is missing"}
	}
	p.items, p.total = *w.Items, w.Total
	if w.Size > 0 {
		p.size = w.Size
	}
	return nil
}

// last reports whether nothing comes after this page; before is how many items
// the pages up to it had. A bare array that does not have the size asked for
// is all there is.
func (p page) last(before int) bool {
	switch {
	case p.total != nil:
		return before+len(p.items) >= *p.total
	case p.bare:
		return len(p.items) != p.size
	default:
		return len(p.items) < p.size
	}
}

// walk fetches pages from the first to the last, or until visit says stop.
// visit returns how many items it had not seen before. Pages that repeat
// themselves or end before their total are an error of CodePages: what was
// looked for may be on one that did not come.
func walk(endpoint string, fetch func(number int) (page, error), visit func([]json.RawMessage) (fresh int, stop bool, err error)) error {
	broken := &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindUnclear, Code: CodePages}
	seen := 0
	for number := 1; number <= maxPages; number++ {
		p, err := fetch(number)
		if err != nil {
			return err
		}
		fresh, stop, err := visit(p.items)
		switch {
		case err != nil:
			return err
		case stop:
			return nil
		case number > 1 && fresh == 0 && p.bare:
			return nil // the vendor does not page: this is the same list again
		case number > 1 && fresh == 0 && len(p.items) > 0:
			return broken
		case p.last(seen):
			return nil
		case len(p.items) == 0:
			return broken
		}
		seen += len(p.items)
	}
	return broken
}

// each decodes all items of a list.
func each[W interface{ valid() error }](items []json.RawMessage) ([]W, error) {
	out := make([]W, len(items))
	for i, raw := range items {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			return nil, err
		}
		if err := out[i].valid(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
