package infini

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"giftbot/providers/rest"
)

// OrderList selects a page of orders. The filters are not documented: what is
// 0 is not sent, and the vendor may ignore the rest.
type OrderList struct {
	Page  int // from 1
	Limit int
}

// OrderPage is some of the merchant's orders, in the vendor's sequence.
type OrderPage struct {
	Orders []Order
	Total  int // of all pages, 0 if not told
}

// Orders lists orders (infini sheet §4). That an order is not in a page says
// nothing about it: the form is undocumented.
func (c *Client) Orders(ctx context.Context, l OrderList) (OrderPage, error) {
	query := url.Values{}
	if l.Page > 0 {
		query.Set("page", strconv.Itoa(l.Page))
	}
	if l.Limit > 0 {
		query.Set("limit", strconv.Itoa(l.Limit))
	}
	var out OrderPage
	err := c.read(ctx, "GET /order/list", orderPath+"/list", query, into(&out, decodeOrders))
	return out, err
}

func decodeOrders(body []byte) (OrderPage, error) {
	list, err := decodeList(body)
	if err != nil {
		return OrderPage{}, err
	}
	orders, err := each(list.items, readOrder)
	return OrderPage{Orders: orders, Total: list.total}, err
}

// Currency is one coin that orders can be paid in.
type Currency struct {
	Token   string // "USDT"
	TokenID string // for CreatePayment, "" if not told
	Chain   string // "" if not told
}

// Currencies lists the coins orders can be paid in. Only its existence is
// documented (infini sheet §4): names are taken under every likely field, and
// an entry without one makes the answer unclear.
func (c *Client) Currencies(ctx context.Context) ([]Currency, error) {
	var out []Currency
	err := c.read(ctx, "GET /currency", "/v1/acquiring/currency", nil, into(&out, decodeCurrencies))
	return out, err
}

func decodeCurrencies(body []byte) ([]Currency, error) {
	list, err := decodeList(body)
	if err != nil {
		return nil, err
	}
	return each(list.items, readCurrency)
}

func readCurrency(raw json.RawMessage) (Currency, error) {
	var name string
	if err := json.Unmarshal(raw, &name); err == nil && name != "" {
		return Currency{Token: name}, nil
	}
	var w struct {
		TokenType flexText `json:"token_type"`
		Token     flexText `json:"token"`
		Symbol    flexText `json:"symbol"`
		Currency  flexText `json:"currency"`
		Code      flexText `json:"code"`
		TokenID   flexText `json:"token_id"`
		ID        flexText `json:"id"`
		Chain     flexText `json:"chain"`
		Network   flexText `json:"network"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return Currency{}, err
	}
	token := cmp.Or(w.TokenType, w.Token, w.Symbol, w.Currency, w.Code)
	if token == "" {
		return Currency{}, &rest.FieldError{Field: "token_type", Rule: "is missing"}
	}
	return Currency{Token: string(token), TokenID: string(cmp.Or(w.TokenID, w.ID)), Chain: string(cmp.Or(w.Chain, w.Network))}, nil
}

// wireList is a list in whatever stands around it.
type wireList struct {
	items []json.RawMessage
	total int
}

// decodeList finds the list of an answer: bare, in an envelope, or in a page
// with or without one.
func decodeList(body []byte) (wireList, error) {
	body = bytes.TrimSpace(body)
	if !bytes.HasPrefix(body, []byte("[")) {
		data, err := unwrap(body)
		if err != nil {
			return wireList{}, err
		}
		body = data
	}
	if bytes.HasPrefix(body, []byte("{")) {
		return pageOf(body, true)
	}
	if !bytes.HasPrefix(body, []byte("[")) {
		return wireList{}, &rest.FieldError{Field: "list", Rule: "is missing"}
	}
	var out wireList
	err := json.Unmarshal(body, &out.items)
	return out, err
}

// pageOf reads a page: the one list under one of the usual names, and how many
// there are in all. Two lists, or none, are nothing to guess about.
func pageOf(body []byte, outer bool) (wireList, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return wireList{}, err
	}
	if data := members["data"]; outer && bytes.HasPrefix(data, []byte("{")) {
		return pageOf(data, false)
	}
	var out wireList
	found := 0
	for _, name := range []string{"list", "items", "records", "rows", "data", "orders", "payments", "currencies"} {
		if raw, ok := members[name]; ok {
			found++
			if err := json.Unmarshal(raw, &out.items); err != nil {
				return wireList{}, err
			}
		}
	}
	if found != 1 {
		return wireList{}, &rest.FieldError{Field: "list", Rule: "is missing or ambiguous"}
	}
	var total flexInt
	if raw, ok := members["total"]; ok && total.UnmarshalJSON(raw) == nil {
		out.total = int(max(total, 0))
	}
	return out, nil
}

// each reads every item of a list, or fails.
func each[T any](items []json.RawMessage, read func(json.RawMessage) (T, error)) ([]T, error) {
	out := make([]T, 0, len(items))
	for _, raw := range items {
		v, err := read(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// flexText is an id sent as a string or as a number; null is "".
type flexText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *flexText) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(t))
	}
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return &rest.FieldError{Field: "id", Rule: "is no text"}
	}
	*t = flexText(n.String())
	return nil
}
