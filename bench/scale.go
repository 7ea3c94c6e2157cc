package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
	"giftbot/store"
)

const (
	manyOrders  = 1_000_000
	fewOrders   = 1000
	perBuyer    = 10   // orders of one person
	openShare   = 100  // one of so many is still to be looked at
	fillBatch   = 1000 // orders in one pipeline
	scaleTurn   = 100  // operations of a turn
	pageOfList  = 5    // orders on a page, as the chat shows them
	genuine     = 64   // orders placed by the engine, which transitions are made of
	firstCopied = 10_000_000_000
	sampleKept  = 4096 // copied orders that are claimed and listed
	scaleLimit  = 1.2
	scaleAim    = 1.05
	rewriteWait = 5 * time.Minute
	nothingSoon = 48 * time.Hour
)

// stock is a Redis that holds a number of orders.
type stock struct {
	server  *redisServer
	store   *store.Store
	closers []func()

	numbers []order.Number // copied orders, evenly spread over all
	buyers  []int64
	own     []order.Order // genuine ones, as they are stored
	at      int           // which is next
}

func (s *stock) stop() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// pattern is what one delivered order left in Redis, without its number.
type pattern struct {
	record string   // as it stands there
	ledger []string // lines, each beginning with the number
	number order.Number
}

// openStock starts a Redis, fills it, and only then has it write to disk.
func openStock(ctx context.Context, p pattern, many int) (s *stock, err error) {
	s = &stock{}
	if s.server, err = startRedis(ctx, "--appendonly", "no"); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.server.stop)
	if s.store, err = store.New(store.Options{URL: s.server.url}); err != nil {
		return s, fmt.Errorf("stock: %w", err)
	}
	s.closers = append(s.closers, func() { _ = s.store.Close() })
	if err = s.store.Prepare(ctx); err != nil {
		return s, err
	}
	if err = s.fill(ctx, p, many); err != nil {
		return s, fmt.Errorf("fill: %w", err)
	}
	if err = s.server.with(func(c *redis.Client) error { return persist(ctx, c) }); err != nil {
		return s, err
	}
	if err = flushed(s.server.dir); err != nil {
		return s, err
	}
	err = s.place(ctx)
	return s, err
}

// fill writes copies of one order under other numbers, as its own insert and
// commits would have left them: record, history, ledger, the supplier's name
// for it, and for some the entries of an order that is to be looked at again.
func (s *stock) fill(ctx context.Context, p pattern, many int) error {
	return s.server.with(func(c *redis.Client) error {
		for done := 0; done < many; done += fillBatch {
			_, err := c.Pipelined(ctx, func(pipe redis.Pipeliner) error {
				for i := done; i < min(done+fillBatch, many); i++ {
					if err := s.copyOne(ctx, pipe, p, i, many); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *stock) copyOne(ctx context.Context, c redis.Pipeliner, p pattern, i, many int) error {
	buyer := int64(firstCopied + i/perBuyer)
	shard := store.Shard(buyer, store.DefaultShards)
	n, err := order.NewNumber(rand.Reader, shard)
	if err != nil {
		return fmt.Errorf("draw a number: %w", err)
	}
	tag := fmt.Sprintf("{s%02d}:", shard)
	person := tag + "u:" + strconv.FormatInt(buyer, 10)
	c.Set(ctx, tag+"o:"+string(n), p.record, 0)
	c.Append(ctx, person+":o", string(n))
	for _, line := range p.ledger {
		c.RPush(ctx, tag+"ledger", strings.Replace(line, string(p.number), string(n), 1))
	}
	c.HSet(ctx, fmt.Sprintf("{v:infinivoucher}:o:%03x", i%1024), fmt.Sprintf("bought-%d", i), order.PermitOwner(n, 0, 1))
	if i%openShare == 0 {
		c.ZAdd(ctx, tag+"due", redis.Z{Score: float64(time.Now().Add(nothingSoon).UnixMilli() + int64(i)), Member: string(n)})
		c.HSet(ctx, tag+"reserve", string(n), "infinivoucher=10000000")
		c.SAdd(ctx, person+":a", string(n))
	}
	if i%max(many/sampleKept, 1) == 0 {
		s.numbers, s.buyers = append(s.numbers, n), append(s.buyers, buyer)
	}
	return nil
}

// persist has Redis keep everything on disk from now on, every write at once.
func persist(ctx context.Context, c *redis.Client) error {
	if err := c.ConfigSet(ctx, "appendonly", "yes").Err(); err != nil {
		return fmt.Errorf("append-only file: %w", err)
	}
	for deadline := time.Now().Add(rewriteWait); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		info, err := c.Info(ctx, "persistence").Result()
		if err != nil {
			return fmt.Errorf("append-only file: %w", err)
		}
		if field(info, "aof_rewrite_in_progress:") == "0" && field(info, "aof_rewrite_scheduled:") == "0" && field(info, "aof_last_bgrewrite_status:") == "ok" {
			return nil
		}
	}
	return errors.New("append-only file: not written in time")
}

// flushed waits until what Redis wrote at once is on the disk: else every write
// of the benchmark would wait for a piece of it.
func flushed(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*"))
	if err != nil {
		return fmt.Errorf("append-only file: %w", err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("append-only file: %w", err)
		}
		if err = errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("append-only file: %w", err)
		}
	}
	return nil
}

// place stores the orders transitions are made of, with the store's own insert.
func (s *stock) place(ctx context.Context) error {
	for i := range genuine {
		buyer := int64(firstPaying + i)
		n, err := order.NewNumber(rand.Reader, store.Shard(buyer, store.DefaultShards))
		if err != nil {
			return fmt.Errorf("draw a number: %w", err)
		}
		now := order.At(time.Now())
		o, err := s.store.Insert(ctx, order.Transition{Op: "place " + string(n), Open: true, Due: now.Add(nothingSoon), Order: order.Order{
			Number: n, Buyer: buyer, Language: "en", Status: order.AwaitingPayment, Total: priceOfOne, CreatedAt: now, ExpiresAt: now.Add(linkLives),
			Lines: []order.Line{{Product: "infinivoucher:" + item(i), Supplier: "infinivoucher", Item: item(i), Name: "Voucher", Quantity: 1, UnitPrice: priceOfOne, UnitCost: costOfOne, State: order.LineWaiting}},
		}})
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		s.own = append(s.own, o)
	}
	return nil
}

// next is the next of many, with steps that no cache foresees.
func (s *stock) next(many int) int {
	s.at += 1_000_003
	return s.at % many
}

// claim is the median time of claims of any order there is.
func (s *stock) claim(ctx context.Context) (time.Duration, error) {
	return repeat(func() (time.Duration, error) {
		n := s.numbers[s.next(len(s.numbers))]
		began := time.Now()
		claim, err := s.store.Claim(ctx, n)
		took := time.Since(began)
		if err != nil {
			return 0, err
		}
		return took, s.store.Park(ctx, n, claim.Order.Version, order.At(began.Add(nothingSoon)))
	})
}

// transition is the median time of commits: a ledger line, another due moment.
func (s *stock) transition(ctx context.Context) (time.Duration, error) {
	return repeat(func() (time.Duration, error) {
		i := s.next(len(s.own))
		o := s.own[i]
		t := order.Transition{
			Order: o, Op: fmt.Sprintf("%s %d", o.Number, o.Version), Open: true, Due: order.At(time.Now().Add(nothingSoon)),
			Reserve: map[string]order.Money{"infinivoucher": costOfOne},
			Postings: []order.Posting{{
				Key: fmt.Sprintf("%s/%d", o.Number, o.Version), From: "gateway:infini", To: order.Account("order:" + string(o.Number)), Amount: order.Cent,
			}},
		}
		began := time.Now()
		stored, err := s.store.Commit(ctx, t)
		took := time.Since(began)
		s.own[i] = stored
		return took, err
	})
}

// history is the median time of a page of somebody's orders.
func (s *stock) history(ctx context.Context) (time.Duration, error) {
	return repeat(func() (time.Duration, error) {
		buyer := s.buyers[s.next(len(s.buyers))]
		began := time.Now()
		list, total, err := s.store.OfBuyer(ctx, buyer, 0, pageOfList)
		took := time.Since(began)
		if err == nil && (len(list) != min(pageOfList, total) || total == 0) {
			err = fmt.Errorf("%d of %d orders on a page", len(list), total)
		}
		return took, err
	})
}

// repeat is the median of one turn.
func repeat(one func() (time.Duration, error)) (time.Duration, error) {
	took := make([]time.Duration, scaleTurn)
	for i := range took {
		var err error
		if took[i], err = one(); err != nil {
			return 0, err
		}
	}
	return time.Duration(median(took)), nil
}
