package store

import (
	"cmp"
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

var _ order.Permits = (*Store)(nil)

// Budget is one step of a vendor's daily budget: computed by the caller,
// compared and written by the script together with the lock.
type Budget struct {
	Day  string // which budget: "2026-01-31"
	Read string // value the step was computed from, "" if there was none
	Next string // value it becomes
}

// Acquire takes the lock and one rate token for one send. CodeBusy: another
// purchase holds the lock (no RetryAfter), or the rate is used up (RetryAfter
// says when the oldest token comes back). Asking again for the same owner and
// send is OK and takes nothing twice.
func (s *Store) Acquire(ctx context.Context, p order.Permit) error {
	if p.DailyMax == 0 {
		_, err := s.AcquireWithin(ctx, p, Budget{})
		return err
	}
	read := s.budgets.read(p.Vendor, p.Day)
	for range budgetTries {
		found, err := s.acquireFrom(ctx, p, read)
		if err == nil || order.CodeOf(err) == order.CodeStale {
			s.budgets.keep(p.Vendor, p.Day, found)
		}
		if order.CodeOf(err) != order.CodeStale {
			return err
		}
		read = found
	}
	return refused("acquire", order.CodeBusy, nil)
}

// acquireFrom is AcquireWithin with a step computed from a value that may be an
// old one. The budget is full only where Redis says so, and a purchase that was
// booked before is let through: it may be full because of it.
func (s *Store) acquireFrom(ctx context.Context, p order.Permit, read string) (string, error) {
	next, full := book(read, p)
	if full == nil {
		return s.AcquireWithin(ctx, p, Budget{Day: p.Day, Read: read, Next: next})
	}
	if order.CodeOf(full) != order.CodeBudget {
		return "", full
	}
	booked, found, err := s.booked(ctx, p)
	switch {
	case err != nil:
		return "", err
	case booked:
		_, err = s.AcquireWithin(ctx, p, Budget{})
		return found, err
	case found != read:
		return found, refused("acquire", order.CodeStale, nil)
	default:
		return "", full
	}
}

// booked reports whether a purchase holds its permit, and what its day's budget
// is.
func (s *Store) booked(ctx context.Context, p order.Permit) (held bool, budget string, err error) {
	k := vendorKeys(p.Vendor)
	cmds, err := s.pipeline(ctx, "booked", func(pipe redis.Pipeliner) {
		pipe.HGet(ctx, k.locks(), p.Lock)
		pipe.HGet(ctx, k.budget(), p.Day)
	})
	if err != nil {
		return false, "", err
	}
	var found [2]string
	for i := range found {
		cmd, err := answerAs[*redis.StringCmd](cmds, i)
		if err != nil {
			return false, "", err
		}
		if found[i], err = cmd.Result(); err != nil && !errors.Is(err, redis.Nil) {
			return false, "", redisError("booked", err)
		}
	}
	_, owner, _ := strings.Cut(found[0], " ")
	return owner == p.Owner, found[1], nil
}

// budgetTries bounds how often a step is computed again because another
// replica booked in between.
const budgetTries = 5

// book computes what a day's budget becomes. CodeBudget: more than allowed.
func book(read string, p order.Permit) (string, error) {
	var spent int64
	if read != "" {
		var err error
		if spent, err = strconv.ParseInt(read, 10, 64); err != nil {
			return "", fmt.Errorf("store: budget: %w", errRecord)
		}
	}
	next := order.Money(spent) + p.Cost
	if p.Cost < 0 || next > p.DailyMax {
		return "", refused("acquire", order.CodeBudget, nil)
	}
	return strconv.FormatInt(int64(next), 10), nil
}

// budgets remembers the last value seen of each vendor's budget of the day, so
// that a step is usually computed right the first time. It is a guess: the
// script compares.
type budgets struct {
	mu   sync.Mutex
	day  map[string]string
	seen map[string]string
}

func newBudgets() *budgets {
	return &budgets{day: make(map[string]string), seen: make(map[string]string)}
}

func (b *budgets) read(vendor, day string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.day[vendor] != day {
		return ""
	}
	return b.seen[vendor]
}

func (b *budgets) keep(vendor, day, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.day[vendor], b.seen[vendor] = day, value
}

// AcquireWithin is Acquire together with a step of a budget, booked once when
// the lock is taken. It returns the budget as it is then. CodeStale: the budget
// is not what it was computed from; the value found is returned, compute again.
func (s *Store) AcquireWithin(ctx context.Context, p order.Permit, b Budget) (string, error) {
	k := vendorKeys(p.Vendor)
	token := p.Owner + "#" + strconv.Itoa(p.Send)
	answer, err := s.run(ctx, "acquire", s.scripts.acquire, []string{k.locks(), k.rate(), k.budget()},
		p.Lock, p.Owner, token, p.Limit, p.Window.Milliseconds(), s.offsetMillis(), b.Day, b.Read, b.Next)
	if err != nil {
		return "", err
	}
	switch answer[0] {
	case "OK":
		return answer[1], nil
	case "LOCKED":
		return "", refused("acquire", order.CodeBusy, fmt.Errorf("held by %s", answer[1]))
	case "RATE":
		return "", &order.Error{Code: order.CodeBusy, Op: "redis acquire", RetryAfter: millis(answer[1])}
	case "BUDGET":
		return answer[1], refused("acquire", order.CodeStale, nil)
	default:
		return "", errAnswer
	}
}

// Release frees the lock if the owner holds it and books the vendor order to
// the owner. CodeExists: the vendor order is booked to another owner; then
// nothing changes and the lock stays, a person has to look. Idempotent.
func (s *Store) Release(ctx context.Context, p order.Permit, external string) error {
	k := vendorKeys(p.Vendor)
	answer, err := s.run(ctx, "release", s.scripts.release, []string{k.locks(), k.owners(external)}, p.Lock, p.Owner, external)
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("release", order.CodeExists, fmt.Errorf("the vendor's order belongs to %s", answer[1]))
	}
	return nil
}

// Held lists the permits of a vendor, oldest first. Only Vendor, Lock, Owner
// and Since are known.
func (s *Store) Held(ctx context.Context, vendor string) ([]order.Permit, error) {
	cmds, err := s.pipeline(ctx, "held", func(p redis.Pipeliner) { p.HGetAll(ctx, vendorKeys(vendor).locks()) })
	if err != nil {
		return nil, err
	}
	locks, err := answerAs[*redis.MapStringStringCmd](cmds, 0)
	if err != nil {
		return nil, err
	}
	var held []order.Permit
	for lock, value := range locks.Val() {
		since, owner, ok := strings.Cut(value, " ")
		at, err := strconv.ParseInt(since, 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("store: permit: %w", errRecord)
		}
		held = append(held, order.Permit{Vendor: vendor, Lock: lock, Owner: owner, Since: order.Stamp(at)})
	}
	slices.SortFunc(held, func(a, b order.Permit) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Lock, b.Lock))
	})
	return held, nil
}

// Owner returns the permit owner a vendor order was booked to, "" if none.
func (s *Store) Owner(ctx context.Context, vendor, external string) (string, error) {
	cmds, err := s.pipeline(ctx, "owner", func(p redis.Pipeliner) { p.HGet(ctx, vendorKeys(vendor).owners(external), external) })
	if err != nil {
		return "", err
	}
	booked, err := answerAs[*redis.StringCmd](cmds, 0)
	if err != nil {
		return "", err
	}
	owner, err := booked.Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", redisError("owner", err)
	}
	return owner, nil
}
