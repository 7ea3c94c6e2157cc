package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"giftbot/order"
)

var errRecord = errors.New("store: unreadable record")

// operation shortens an operation id to the eight characters an order record
// remembers of it: 48 bits, compared among the last four of one order.
func operation(op string) string {
	sum := sha256.Sum256([]byte(op))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// decodeOrder reads an order record. CodeInvalid: nobody can, now or later.
func (s *Store) decodeOrder(record string) (order.Order, error) {
	o, err := s.readRecord(record)
	if err != nil {
		return order.Order{}, refused("decode order", order.CodeInvalid, err)
	}
	return o, nil
}

// readRecord reads "<version> <last operations> <body>".
func (s *Store) readRecord(record string) (order.Order, error) {
	version, rest, ok := strings.Cut(record, " ")
	if !ok {
		return order.Order{}, errRecord
	}
	_, body, ok := strings.Cut(rest, " ")
	if !ok {
		return order.Order{}, errRecord
	}
	v, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		return order.Order{}, errRecord
	}
	plain, err := s.packer.Unpack([]byte(body))
	if err != nil {
		return order.Order{}, err
	}
	o, err := order.Decode(plain, v)
	if err != nil {
		return order.Order{}, fmt.Errorf("store: %w", err)
	}
	return o, nil
}

// encodeHint writes a hint as one line; JSON has no raw line feeds.
func encodeHint(h order.Hint) (string, error) {
	fields := []any{h.Payment, h.External, h.Event, flag(h.Signed), h.Letter}
	if h.Gateway != "" || h.Asked != 0 {
		fields = append(fields, h.Gateway)
	}
	if h.Asked != 0 {
		fields = append(fields, int64(h.Asked))
	}
	line, err := json.Marshal(fields)
	if err != nil {
		return "", fmt.Errorf("store: encode hint: %w", err)
	}
	return string(line), nil
}

// decodeHints reads the lines encodeHint wrote.
func decodeHints(lines string) ([]order.Hint, error) {
	var hints []order.Hint
	for line := range strings.Lines(lines) {
		var h order.Hint
		var signed string
		var asked int64
		fields := []any{&h.Payment, &h.External, &h.Event, &signed, &h.Letter, &h.Gateway, &asked}
		if err := json.Unmarshal(bytes.TrimSpace([]byte(line)), &fields); err != nil || len(fields) < 5 { // without a gateway and a sum there are five
			return nil, fmt.Errorf("store: hint: %w", errRecord)
		}
		h.Signed, h.Asked = signed == flag(true), order.Money(asked)
		hints = append(hints, h)
	}
	return hints, nil
}

// encodeReserve writes what an order will still cost: "supplier=micros,…",
// sorted. Amounts of zero are left out.
func encodeReserve(reserve map[string]order.Money) (string, error) {
	var parts []string
	for _, supplier := range slices.Sorted(maps.Keys(reserve)) {
		amount := reserve[supplier]
		if amount < 0 || strings.ContainsAny(supplier, "=,") || supplier == "" {
			return "", errors.New("store: unusable reserve")
		}
		if amount > 0 {
			parts = append(parts, supplier+"="+strconv.FormatInt(int64(amount), 10))
		}
	}
	return strings.Join(parts, ","), nil
}

// addReserve adds what encodeReserve wrote to a sum.
func addReserve(sum map[string]order.Money, text string) error {
	for part := range strings.SplitSeq(text, ",") {
		supplier, amount, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("store: reserve: %w", errRecord)
		}
		micros, err := strconv.ParseInt(amount, 10, 64)
		if err != nil || micros < 0 || micros > int64(order.MaxMoney-sum[supplier]) {
			return fmt.Errorf("store: reserve: %w", errRecord)
		}
		sum[supplier] += order.Money(micros)
	}
	return nil
}

// announcementMember names an announcement in the outbox: "kind:number:to".
func announcementMember(n order.Number, a order.Announcement) string {
	return string(a.Kind) + ":" + string(n) + ":" + strconv.FormatInt(a.To, 10)
}

// parseAnnouncement reads what announcementMember wrote.
func parseAnnouncement(member string) (Pending, error) {
	parts := strings.Split(member, ":")
	if len(parts) != 3 {
		return Pending{}, fmt.Errorf("store: announcement: %w", errRecord)
	}
	to, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return Pending{}, fmt.Errorf("store: announcement: %w", errRecord)
	}
	p := Pending{Number: order.Number(parts[1])}
	p.Kind, p.To = order.AnnouncementKind(parts[0]), to
	return p, nil
}
