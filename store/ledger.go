package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

const (
	ledgerPage  = 1000
	ownNumber   = "@" // stands for the order's number in a ledger line
	ledgerMarks = "|\n@"
)

var errPosting = errors.New("store: unusable posting")

// encodePostings writes the postings of one transition as one ledger line:
// the number (or what else they belong to), then "key|from|to|micros" per posting, each after a line feed.
func encodePostings(n order.Number, postings []order.Posting) (string, error) {
	if len(postings) == 0 {
		return "", nil
	}
	var b strings.Builder
	b.WriteString(string(n))
	for _, p := range postings {
		if p.Amount < 0 || p.Amount > order.MaxMoney || p.Key == "" || p.From == "" || p.To == "" {
			return "", errPosting
		}
		if strings.ContainsAny(p.Key+string(p.From)+string(p.To), ledgerMarks) {
			return "", errPosting
		}
		short := strings.ReplaceAll(p.Key+"|"+string(p.From)+"|"+string(p.To), string(n), ownNumber)
		b.WriteString("\n" + short + "|" + strconv.FormatInt(int64(p.Amount), 10))
	}
	return b.String(), nil
}

// decodePostings reads what encodePostings wrote.
func decodePostings(line string) (order.Number, []order.Posting, error) {
	n, lines, _ := strings.Cut(line, "\n")
	var postings []order.Posting
	for l := range strings.SplitSeq(lines, "\n") {
		p, err := decodePosting(n, l)
		if err != nil {
			return "", nil, err
		}
		postings = append(postings, p)
	}
	return order.Number(n), postings, nil
}

func decodePosting(n, text string) (order.Posting, error) {
	f := strings.Split(strings.ReplaceAll(text, ownNumber, n), "|")
	if len(f) != 4 || f[0] == "" {
		return order.Posting{}, fmt.Errorf("store: ledger: %w", errRecord)
	}
	amount, err := parseBalance(f[3])
	if err != nil {
		return order.Posting{}, fmt.Errorf("store: ledger: %w", errRecord)
	}
	return order.Posting{Key: f[0], From: order.Account(f[1]), To: order.Account(f[2]), Amount: amount}, nil
}

// Postings reads all postings of one order, oldest first. It reads through
// the ledger of the whole shard: for admins and tests.
func (s *Store) Postings(ctx context.Context, n order.Number) ([]order.Posting, error) {
	k, err := s.shardOf("postings", n)
	if err != nil {
		return nil, err
	}
	var out []order.Posting
	err = s.eachLine(ctx, k.ledger(), func(_ int64, line string) error {
		of, postings, unread := decodePostings(line)
		if of == n {
			out = append(out, postings...)
		}
		return unread
	})
	return out, err
}

// eachLine reads a ledger in pages, oldest line first.
func (s *Store) eachLine(ctx context.Context, ledger string, do func(index int64, line string) error) error {
	for from := int64(0); ; from += ledgerPage {
		cmds, err := s.pipeline(ctx, "ledger", func(p redis.Pipeliner) { p.LRange(ctx, ledger, from, from+ledgerPage-1) })
		if err != nil {
			return err
		}
		page, err := answerAs[*redis.StringSliceCmd](cmds, 0)
		if err != nil {
			return err
		}
		lines := page.Val()
		for i, line := range lines {
			if err := do(from+int64(i), line); err != nil {
				return err
			}
		}
		if len(lines) < ledgerPage {
			return nil
		}
	}
}

// BookVendor books postings that belong to no order, as a supplier's deposits,
// in the vendor's own ledger, once by their id, and reports whether this was
// the time. A buyer's credit has no part in them. Idempotent.
func (s *Store) BookVendor(ctx context.Context, vendor, id string, postings []order.Posting) (bool, error) {
	line, err := encodePostings(order.Number(id), postings)
	for _, p := range postings {
		if !usable(p.From) || !usable(p.To) || isCredit(p.From) || isCredit(p.To) {
			err = errPosting
		}
	}
	if err != nil || line == "" || id == "" || strings.ContainsAny(id, ledgerMarks) {
		return false, refused("book", order.CodeInvalid, err)
	}
	k := vendorKeys(vendor)
	answer, err := s.run(ctx, "book", s.scripts.book, []string{k.booked(), k.ledger()}, id, line)
	if err != nil {
		return false, err
	}
	return answer[0] == "OK", nil
}
