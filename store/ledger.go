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
// the number, then "key|from|to|micros" per posting, each after a line feed.
func encodePostings(n order.Number, postings []order.Posting) (string, error) {
	if len(postings) == 0 {
		return "", nil
	}
	var b strings.Builder
	b.WriteString(string(n))
	for _, p := range postings {
		if p.Amount < 0 || p.Amount > order.MaxMoney || p.Key == "" {
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
	lines := strings.Split(line, "\n")
	n := lines[0]
	var postings []order.Posting
	for _, l := range lines[1:] {
		f := strings.Split(strings.ReplaceAll(l, ownNumber, n), "|")
		if len(f) != 4 {
			return "", nil, fmt.Errorf("store: ledger: %w", errRecord)
		}
		micros, err := strconv.ParseInt(f[3], 10, 64)
		if err != nil {
			return "", nil, fmt.Errorf("store: ledger: %w", errRecord)
		}
		postings = append(postings, order.Posting{Key: f[0], From: order.Account(f[1]), To: order.Account(f[2]), Amount: order.Money(micros)})
	}
	return order.Number(n), postings, nil
}

// Postings reads all postings of one order, oldest first. It reads through
// the ledger of the whole shard: for admins and tests.
func (s *Store) Postings(ctx context.Context, n order.Number) ([]order.Posting, error) {
	k, err := s.shardOf("postings", n)
	if err != nil {
		return nil, err
	}
	var out []order.Posting
	err = s.eachLine(ctx, k, func(of order.Number, postings []order.Posting) error {
		if of == n {
			out = append(out, postings...)
		}
		return nil
	})
	return out, err
}

// Trial sums every account over all shards: what came in minus what went out.
// It fails if the sums are not zero together or a posting was booked twice.
func (s *Store) Trial(ctx context.Context) (map[order.Account]order.Money, error) {
	sums := make(map[order.Account]order.Money)
	keys := make(map[string]bool)
	book := func(_ order.Number, postings []order.Posting) error {
		for _, p := range postings {
			if keys[p.Key] {
				return fmt.Errorf("store: posting %q was booked twice", p.Key)
			}
			keys[p.Key] = true
			sums[p.From] -= p.Amount
			sums[p.To] += p.Amount
		}
		return nil
	}
	for shard := range s.shards {
		if err := s.eachLine(ctx, shardKeys(shard), book); err != nil {
			return nil, err
		}
	}
	var total order.Money
	for _, sum := range sums {
		total += sum
	}
	if total != 0 {
		return nil, fmt.Errorf("store: the ledger does not balance by %s", total)
	}
	return sums, nil
}

func (s *Store) eachLine(ctx context.Context, k shardKeys, do func(order.Number, []order.Posting) error) error {
	for from := int64(0); ; from += ledgerPage {
		cmds, err := s.pipeline(ctx, "ledger", func(p redis.Pipeliner) { p.LRange(ctx, k.ledger(), from, from+ledgerPage-1) })
		if err != nil {
			return err
		}
		page, err := answerAs[*redis.StringSliceCmd](cmds, 0)
		if err != nil {
			return err
		}
		lines := page.Val()
		for _, line := range lines {
			n, postings, err := decodePostings(line)
			if err != nil {
				return err
			}
			if err := do(n, postings); err != nil {
				return err
			}
		}
		if len(lines) < ledgerPage {
			return nil
		}
	}
}
