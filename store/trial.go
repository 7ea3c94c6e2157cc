package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// Trial is what all ledgers come to: those of the shards and of the vendors.
type Trial struct {
	Accounts map[order.Account]order.Money // what came in less what went out
	Off      order.Money                   // their sum, which has to be zero
	Faults   []string                      // what is wrong, sorted; empty when all is well
}

// trialTries is how often faults are looked at again because the shop went on
// while its books were read.
const trialTries = 3

// Trial reads all ledgers and holds them against everything that is kept beside
// them: unreadable and one-legged entries, posting keys that stand twice,
// balances and movements of credit that are not what the ledger says, amounts
// that left for another buyer and are nowhere. The error says only that
// something could not be read. It takes as long as there are orders.
func (s *Store) Trial(ctx context.Context) (Trial, error) {
	for try := 1; ; try++ {
		before, err := s.seqs(ctx)
		if err != nil {
			return Trial{}, err
		}
		t, err := s.trial(ctx)
		if err != nil || len(t.Faults) == 0 || try == trialTries {
			return t, err
		}
		after, err := s.seqs(ctx)
		if err != nil || slices.Equal(before, after) {
			return t, err
		}
	}
}

// seqs are the counters of transitions of all shards.
func (s *Store) seqs(ctx context.Context) ([]string, error) {
	var keys []string
	for shard := range s.shards {
		keys = append(keys, shardKeys(shard).seq())
	}
	return s.texts(ctx, "trial", keys)
}

// texts reads strings of any shards in one pipeline, "" where there is none.
func (s *Store) texts(ctx context.Context, op string, keys []string) ([]string, error) {
	cmds, err := s.pipeline(ctx, op, func(p redis.Pipeliner) {
		for _, key := range keys {
			p.Get(ctx, key)
		}
	})
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(keys))
	for i := range keys {
		if texts[i], err = textAt(cmds, i); err != nil {
			return nil, redisError(op, err)
		}
	}
	return texts, nil
}

// textAt is the i-th answer of a pipeline as a text, "" when there is nothing.
func textAt(cmds []redis.Cmder, i int) (string, error) {
	cmd, err := answerAs[*redis.StringCmd](cmds, i)
	if err != nil {
		return "", err
	}
	text, err := cmd.Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return text, err
}

// auditor collects what the ledgers say.
type auditor struct {
	trial Trial
	keys  map[string]bool        // posting keys, each vendor's for itself
	sent  map[string]order.Money // to the clearing account, by posting key
	came  map[string]order.Money // out of it, by the key it was sent under
}

func (a *auditor) fault(format string, args ...any) {
	a.trial.Faults = append(a.trial.Faults, fmt.Sprintf(format, args...))
}

// trial reads everything once.
func (s *Store) trial(ctx context.Context) (Trial, error) {
	a := &auditor{
		trial: Trial{Accounts: make(map[order.Account]order.Money)},
		keys:  make(map[string]bool), sent: make(map[string]order.Money), came: make(map[string]order.Money),
	}
	for shard := range s.shards {
		if err := s.audit(ctx, a, shardKeys(shard).ledger(), ""); err != nil {
			return Trial{}, err
		}
	}
	if err := s.auditVendors(ctx, a); err != nil {
		return Trial{}, err
	}
	if err := s.auditCredit(ctx, a); err != nil {
		return Trial{}, err
	}
	if err := s.auditTransit(ctx, a); err != nil {
		return Trial{}, err
	}
	for _, sum := range a.trial.Accounts {
		a.trial.Off += sum
	}
	if a.trial.Off != 0 {
		a.fault("the ledgers do not balance by %s", a.trial.Off)
	}
	slices.Sort(a.trial.Faults)
	return a.trial, nil
}

// audit books one ledger. Keys need to be unique within their space.
func (s *Store) audit(ctx context.Context, a *auditor, ledger, space string) error {
	return s.eachLine(ctx, ledger, func(index int64, line string) error {
		n, lines, _ := strings.Cut(line, "\n")
		for text := range strings.SplitSeq(lines, "\n") {
			p, err := decodePosting(n, text)
			if err != nil {
				a.fault("%s, line %d: unreadable", ledger, index)
				continue
			}
			a.book(p, space)
		}
		return nil
	})
}

func (a *auditor) book(p order.Posting, space string) {
	if a.keys[space+p.Key] {
		a.fault("posting %q stands twice", p.Key)
	}
	a.keys[space+p.Key] = true
	if p.From == "" || p.To == "" {
		a.fault("posting %q has one leg", p.Key)
	}
	if p.From != "" {
		a.trial.Accounts[p.From] -= p.Amount
	}
	if p.To != "" {
		a.trial.Accounts[p.To] += p.Amount
	}
	if p.To == order.ClearingAccount {
		a.sent[p.Key] += p.Amount
	}
	if p.From == order.ClearingAccount {
		a.came[strings.TrimSuffix(p.Key, clearedSuffix)] += p.Amount
	}
}

// auditVendors books the ledgers that vendors have of their own.
func (s *Store) auditVendors(ctx context.Context, a *auditor) error {
	ledgers, err := s.names(ctx, vendorKeys("*").ledger())
	if err != nil {
		return err
	}
	for _, ledger := range ledgers {
		if err := s.audit(ctx, a, ledger, tagOf(ledger)+" "); err != nil {
			return err
		}
	}
	return nil
}

// auditCredit holds every balance, and the last movement that led to it,
// against the ledger.
func (s *Store) auditCredit(ctx context.Context, a *auditor) error {
	buyers, err := s.creditors(ctx, a)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(buyers, scanPage) {
		cmds, err := s.pipeline(ctx, "trial", func(p redis.Pipeliner) {
			for _, buyer := range chunk {
				k := shardKeys(Shard(buyer, s.shards))
				p.Get(ctx, k.balance(buyer))
				p.LIndex(ctx, k.movements(buyer), -1)
			}
		})
		if err != nil {
			return err
		}
		for i, buyer := range chunk {
			balance, unread := textAt(cmds, 2*i)
			last, unreadLast := textAt(cmds, 2*i+1)
			if err := errors.Join(unread, unreadLast); err != nil {
				return redisError("trial", err)
			}
			a.credit(buyer, balance, last)
		}
	}
	return nil
}

// creditors are the buyers with credit in a ledger or with a balance, sorted.
func (s *Store) creditors(ctx context.Context, a *auditor) ([]int64, error) {
	all := make(map[int64]bool)
	for account := range a.trial.Accounts {
		if buyer, ok := order.CreditOf(account); ok {
			all[buyer] = true
		}
	}
	for _, kind := range []string{balanceKey, movementsKey} {
		names, err := s.names(ctx, "{s*}:u:*:"+kind)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			parts := strings.Split(name, ":")
			if len(parts) != 4 {
				continue
			}
			if buyer, err := strconv.ParseInt(parts[2], 10, 64); err == nil {
				all[buyer] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func (a *auditor) credit(buyer int64, balance, last string) {
	account := order.CreditAccount(buyer)
	if booked := a.trial.Accounts[account]; or(balance, "0") != micros(booked) {
		a.fault("%s: the balance is %q, the ledger says %d", account, balance, booked)
	}
	after := "0"
	if last != "" {
		m, err := movement(last)
		if err != nil {
			a.fault("%s: the last movement is unreadable", account)
			return
		}
		after = micros(m.Balance)
	}
	if after != or(balance, "0") {
		a.fault("%s: the balance is %q, after the last movement it was %s", account, balance, after)
	}
}

// or is a text, or another when it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// auditTransit holds what passed the clearing account against what is on its
// way: nothing is nowhere, nothing came that was not sent.
func (s *Store) auditTransit(ctx context.Context, a *auditor) error {
	shards, err := s.transits(ctx)
	if err != nil {
		return err
	}
	under := make(map[string]order.Money)
	for _, transit := range shards {
		for key, text := range transit {
			p, err := parsePassenger(text)
			if err != nil {
				a.fault("transit of %q is unreadable", key)
				continue
			}
			under[key] = p.amount
			if sent, left := a.sent[key]; !left || sent != p.amount {
				a.fault("transit of %q: %s, and the ledger sent off %s", key, p.amount, sent)
			}
		}
	}
	for key, amount := range a.sent {
		if came, there := a.came[key]; there && came != amount {
			a.fault("posting %q: %s was sent, %s came", key, amount, came)
		} else if _, waits := under[key]; !there && !waits {
			a.fault("posting %q: %s was sent, and is nowhere", key, amount)
		}
	}
	for key, amount := range a.came {
		if _, left := a.sent[key]; !left {
			a.fault("posting %q: %s came, and nobody sent it", key, amount)
		}
	}
	return nil
}
