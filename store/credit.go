package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Credits = (*Store)(nil)

// purse is what a transition does to its buyer's credit.
type purse struct {
	buyer int64
	steps []step // what comes in first, so that nothing between is negative
}

type step struct {
	number order.Number
	key    string // posting key without the order's number
	amount order.Money
}

// moved reports whether the credit has any part in it.
func (p purse) moved() bool { return len(p.steps) > 0 }

// next computes what a balance becomes, and the movement lines, each without
// its moment. CodeCredit: the balance does not cover it; CodeInvalid: more than
// MaxMoney, or no balance at all.
func (p purse) next(read string) (balance, lines string, err error) {
	now, err := parseBalance(read)
	if err != nil {
		return "", "", refused("credit", order.CodeInvalid, err)
	}
	var all []string
	for _, s := range p.steps {
		if now += s.amount; now < 0 {
			return "", "", refused("credit", order.CodeCredit, nil)
		}
		if now > order.MaxMoney {
			return "", "", refused("credit", order.CodeInvalid, errors.New("more credit than anybody can have"))
		}
		all = append(all, s.line(now))
	}
	return micros(now), strings.Join(all, "\n"), nil
}

// line is "<order>|<key>|<micros>|<balance>"; the script puts its moment before
// it.
func (s step) line(balance order.Money) string {
	return string(s.number) + "|" + s.key + "|" + micros(s.amount) + "|" + micros(balance)
}

// movement reads what step.line and the script wrote.
func movement(line string) (order.Movement, error) {
	f := strings.Split(line, "|")
	if len(f) != 5 {
		return order.Movement{}, fmt.Errorf("store: movement: %w", errRecord)
	}
	at, badAt := strconv.ParseInt(f[0], 10, 64)
	amount, badAmount := strconv.ParseInt(f[3], 10, 64)
	balance, badBalance := parseBalance(f[4])
	if badAt != nil || badAmount != nil || badBalance != nil {
		return order.Movement{}, fmt.Errorf("store: movement: %w", errRecord)
	}
	return order.Movement{At: order.Stamp(at), Number: order.Number(f[1]), Key: f[2], Amount: order.Money(amount), Balance: balance}, nil
}

func micros(m order.Money) string { return strconv.FormatInt(int64(m), 10) }

func parseBalance(text string) (order.Money, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > int64(order.MaxMoney) {
		return 0, fmt.Errorf("store: balance: %w", errRecord)
	}
	return order.Money(n), nil
}

// sort splits the postings of an order into what its shard books: what is for
// another buyer's credit goes to the clearing account and into transit. The
// credit of another buyer cannot be taken, and nobody else books clearing.
func (w *written) sort(o order.Order, postings []order.Posting) ([]order.Posting, error) {
	w.purse.buyer = o.Buyer
	own := order.CreditAccount(o.Buyer)
	booked := slices.Clone(postings)
	for i, p := range booked {
		if !usable(p.From) || !usable(p.To) || isCredit(p.From) && p.From != own {
			return nil, errPosting
		}
		s := step{number: o.Number, key: strings.TrimPrefix(p.Key, string(o.Number)+"/")}
		if p.From == own {
			s.amount = -p.Amount
			w.purse.steps = append(w.purse.steps, s)
		}
		if p.To == own {
			s.amount = p.Amount
			w.purse.steps = append(w.purse.steps, s)
		} else if to, ok := order.CreditOf(p.To); ok {
			booked[i].To = order.ClearingAccount
			w.transit += p.Key + "|" + passenger{to, p.Amount, o.Number}.String() + "\n"
		}
	}
	slices.SortStableFunc(w.purse.steps, func(a, b step) int { return rank(a.amount) - rank(b.amount) })
	return booked, nil
}

// rank sorts what comes in before what goes out.
func rank(amount order.Money) int {
	if amount < 0 {
		return 1
	}
	return 0
}

func isCredit(a order.Account) bool {
	_, ok := order.CreditOf(a)
	return ok
}

// usable refuses accounts that only this package books, and names of credit
// that are nobody's.
func usable(a order.Account) bool {
	return a != order.ClearingAccount && (isCredit(a) || !strings.HasPrefix(string(a), "credit:"))
}

// movedBalance is a script's answer that a balance is not what was computed
// from, or cannot become what is wanted.
type movedBalance struct{ found string }

// Error implements error.
func (e *movedBalance) Error() string { return "store: the balance is another" }

// creditTries bounds how often a balance is computed again because another
// replica moved it in between.
const creditTries = 8

// balanceArgs are the words of the scripts about a buyer's balance.
type balanceArgs struct{ read, next, lines string }

// compute has a script compare a buyer's balance and write the next, again with
// what it finds as long as that is another. Also what cannot be covered is
// sent: the script may know that it was done before.
func (s *Store) compute(p purse, send func(balanceArgs) (order.Order, error)) (order.Order, error) {
	if !p.moved() {
		return send(balanceArgs{})
	}
	read := s.balances.read(p.buyer)
	for range creditTries {
		next, lines, why := p.next(read)
		stored, err := send(balanceArgs{read, next, lines})
		moved, is := errors.AsType[*movedBalance](err)
		switch {
		case err == nil:
			s.balances.keep(p.buyer, next)
			return stored, nil
		case !is:
			return stored, err
		case moved.found == read:
			return order.Order{}, why
		}
		read = moved.found
		s.balances.keep(p.buyer, read)
	}
	return order.Order{}, refused("credit", order.CodeBusy, nil)
}

// balances remembers the last value seen of some buyers' credit, so that a step
// is usually computed right the first time. It is a guess: the script compares.
type balances struct {
	mu   sync.Mutex
	seen map[int64]string
}

// balancesKept bounds the memory: who comes after them all is asked for first.
const balancesKept = 1024

func newBalances() *balances { return &balances{seen: make(map[int64]string)} }

func (b *balances) read(buyer int64) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if value := b.seen[buyer]; value != "" {
		return value
	}
	return "0"
}

func (b *balances) keep(buyer int64, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) >= balancesKept {
		clear(b.seen)
	}
	b.seen[buyer] = value
}

// Balance is a buyer's store credit.
func (s *Store) Balance(ctx context.Context, buyer int64) (order.Money, error) {
	text, err := s.get(ctx, shardKeys(Shard(buyer, s.shards)).balance(buyer))
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, redisError("balance", err)
	}
	balance, err := parseBalance(text)
	if err != nil {
		return 0, err
	}
	s.balances.keep(buyer, text)
	return balance, nil
}

// Movements lists what moved a buyer's credit, newest first, and how many there
// are.
func (s *Store) Movements(ctx context.Context, buyer int64, offset, limit int) ([]order.Movement, int, error) {
	offset, limit = max(offset, 0), max(limit, 0)
	key := shardKeys(Shard(buyer, s.shards)).movements(buyer)
	cmds, err := s.pipeline(ctx, "movements", func(p redis.Pipeliner) {
		p.LLen(ctx, key)
		p.LRange(ctx, key, -int64(offset+max(limit, 1)), -int64(offset)-1)
	})
	if err != nil {
		return nil, 0, err
	}
	length, err := answerAs[*redis.IntCmd](cmds, 0)
	if err != nil {
		return nil, 0, err
	}
	lines, err := answerAs[*redis.StringSliceCmd](cmds, 1)
	if err != nil {
		return nil, 0, err
	}
	if limit == 0 {
		return nil, int(length.Val()), nil
	}
	var list []order.Movement
	for _, line := range slices.Backward(lines.Val()) {
		m, err := movement(line)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, m)
	}
	return list, int(length.Val()), nil
}
