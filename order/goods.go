package order

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Details is what a buyer typed for a line. Personal data: at rest it is
// sealed.
type Details struct {
	Account []Part `json:"a,omitempty"` // where a top-up goes, in the order asked
	Message string `json:"m,omitempty"` // written on a gift card, public on the chain
}

// Part is one labelled text.
type Part struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// empty reports whether there is nothing to keep.
func (d Details) empty() bool { return len(d.Account) == 0 && d.Message == "" }

// Piece is one thing a supplier handed over. All of it is secret.
type Piece struct {
	Code  string `json:"c,omitempty"` // what the buyer redeems: a code, or the secret of a gift card
	Card  string `json:"i,omitempty"` // the gift card's number
	Parts []Part `json:"p,omitempty"` // what else belongs to a code: pin, serial
	Proof string `json:"r,omitempty"` // a top-up's number at the supplier: there is nothing to redeem
}

// id tells two pieces apart.
func (p Piece) id() string { return p.Code + p.Proof }

// Good is a piece and the line it was bought for.
type Good struct {
	Line int // index
	Piece
}

// CodesOf are pieces that are nothing but a code.
func CodesOf(codes ...string) []Piece {
	var pieces []Piece
	for _, c := range codes {
		pieces = append(pieces, Piece{Code: c})
	}
	return pieces
}

// certain returns the pieces a buyer may have: distinct, not empty, at most as
// many as were paid for.
func certain(pieces []Piece, quantity int) []Piece {
	var out []Piece
	for _, p := range pieces {
		same := func(o Piece) bool { return o.id() == p.id() }
		if p.id() != "" && !slices.ContainsFunc(out, same) && len(out) < quantity {
			out = append(out, p)
		}
	}
	return out
}

func goodsPurpose(line int) string { return fmt.Sprintf("goods/%d", line) }

func detailsPurpose(line int) string { return fmt.Sprintf("details/%d", line) }

func letterPurpose(line, attempt int) string { return fmt.Sprintf("letter/%d/%d", line, attempt) }

// seal keeps a value as sealed JSON.
func seal[T any](v Vault, n Number, purpose string, value T) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", purpose, err)
	}
	sealed, err := v.Seal(n, purpose, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s of %s: %w", purpose, n, err)
	}
	return sealed, nil
}

// unseal reads what seal made.
func unseal[T any](v Vault, n Number, purpose string, sealed []byte) (T, error) {
	var value T
	plain, err := v.Open(n, purpose, sealed)
	if err != nil {
		return value, fmt.Errorf("open %s of %s: %w", purpose, n, err)
	}
	if err := json.Unmarshal(plain, &value); err != nil {
		return value, &Error{Code: CodeInvalid, Op: "decode " + purpose + " of " + string(n)}
	}
	return value, nil
}

// details opens what the buyer typed for a line.
func (e *Engine) details(o Order, line int) (Details, error) {
	l := o.Lines[line]
	if len(l.Details) == 0 {
		return Details{}, nil
	}
	return unseal[Details](e.Vault, o.Number, detailsPurpose(line), l.Details)
}

// Goods opens what a buyer may have, over all lines in order. It is secret: no
// log, no error, no metric.
func (e *Engine) Goods(o Order) ([]Good, error) {
	var all []Good
	for i, l := range o.Lines {
		if l.State != LineGot {
			continue
		}
		pieces, err := unseal[[]Piece](e.Vault, o.Number, goodsPurpose(i), l.Goods)
		if err != nil {
			return nil, err
		}
		for _, p := range certain(pieces, l.Quantity) {
			all = append(all, Good{Line: i, Piece: p})
		}
	}
	return all, nil
}

// Account opens where a top-up of this order goes, for its confirmation and
// for "same as last time". Personal data.
func (e *Engine) Account(o Order) ([]Part, error) {
	for i := range o.Lines {
		d, err := e.details(o, i)
		if err != nil || len(d.Account) > 0 {
			return d.Account, err
		}
	}
	return nil, nil
}
