package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/store"
	"giftbot/store/redistest"
)

// What happens to Redis itself: it restarts and has everything; it restarts and
// the last moments are missing; a replica takes over that has not got them, but
// for what WAIT has acknowledged.

const (
	tailMost = 2 * time.Second // what a loss takes at most
	wakesUp  = 3 * time.Second // between two looks while nothing may be spent
)

// mirror is what one Redis says of itself, and what will be left of it.
type mirror struct {
	number int   // of Redises so far
	former int   // which one it took over from, as a replica
	turned int64 // at which offset
	copies int   // replicas that follow
	keys   dump  // what survives; nil while nothing is about to be lost
	waits  bool  // what WAIT acknowledges survives as well
}

// id is the replication id of the nth Redis, empty for none.
func (mirror) id(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%040d", n)
}

// answer speaks for Redis about its replication, which miniredis knows nothing of.
func (r *runner) answer(c *server.Peer, cmd string, args []string) bool {
	m := &r.mirror
	switch {
	case cmd == "INFO" && len(args) == 1 && strings.EqualFold(args[0], "replication"):
		c.WriteBulk(fmt.Sprintf("# Replication\r\nrole:master\r\nconnected_slaves:%d\r\nmaster_replid:%s\r\nmaster_replid2:%s\r\nmaster_repl_offset:%d\r\nsecond_repl_offset:%d\r\n",
			m.copies, m.id(m.number), m.id(m.former), r.writes.Load(), m.turned))
	case cmd == "WAIT":
		if m.waits && m.keys != nil {
			m.keys, m.turned = dumped(r.mini), r.writes.Load()+1
		}
		c.WriteInt(m.copies)
	default:
		return false
	}
	return true
}

// dump is everything a Redis holds, by key.
type dump map[string]any

// members are those of a set.
type members []string

func dumped(m *redistest.Mini) dump {
	all := dump{}
	for _, key := range m.Keys() {
		switch m.Type(key) {
		case "string":
			all[key], _ = m.Get(key)
		case "hash":
			fields := map[string]string{}
			names, _ := m.HKeys(key)
			for _, name := range names {
				fields[name] = m.HGet(key, name)
			}
			all[key] = fields
		case "zset":
			scores, _ := m.SortedSet(key)
			all[key] = maps.Clone(scores) // it is the living one
		case "list":
			list, _ := m.List(key)
			all[key] = slices.Clone(list)
		case "set":
			list, _ := m.Members(key)
			all[key] = members(slices.Clone(list))
		}
	}
	return all
}

func (d dump) restore(m *redistest.Mini) error {
	m.FlushAll()
	var errs []error
	for key, value := range d {
		switch v := value.(type) {
		case string:
			errs = append(errs, m.Set(key, v))
		case map[string]string:
			for name, text := range v {
				m.HSet(key, name, text)
			}
		case map[string]float64:
			for member, score := range v {
				_, err := m.ZAdd(key, score, member)
				errs = append(errs, err)
			}
		case []string:
			_, err := m.Push(key, v...)
			errs = append(errs, err)
		case members:
			_, err := m.SetAdd(key, v...)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// drawLosses plans what happens to Redis in a story.
func (w *world) drawLosses() {
	w.lua.mirror = mirror{number: 1, copies: w.rng.IntN(2)}
	if w.rough <= 2 || w.diet.wants != nil {
		return
	}
	for range 1 + w.rng.IntN(3) {
		w.after(w.span(time.Minute, 4*time.Hour), func() {
			if w.lua.mirror.keys == nil {
				w.lua.mirror.former = 0
				w.restart("with everything")
			}
		})
	}
	if w.rng.IntN(3) > 0 {
		return
	}
	for range 1 + w.rng.IntN(2) {
		w.after(w.span(5*time.Minute, 3*time.Hour), w.loseSoon)
	}
}

// loseSoon loses what begins with the next deed of a kind: most moments have
// nothing to lose.
func (w *world) loseSoon() {
	w.doomed = doomed()[w.rng.IntN(len(doomed()))]
}

// doomed are the calls after which a loss hurts.
func doomed() []string {
	return []string{
		"redis insert", "redis commit", "redis commit", "redis wake", "redis acquire", "infinivoucher POST buy", "plexy POST orders", portMint,
		"infini POST withdraw", "inventpay POST create", "infini POST order", "inventpay POST create_invoice", "hook vendors",
	}
}

// lose has what is written within the next moments be lost: the world goes on
// until then and does not know.
func (w *world) lose() {
	m := &w.lua.mirror
	if m.keys != nil || !w.closing.IsZero() {
		return
	}
	m.keys, m.waits, m.turned = dumped(w.mini), m.copies > 0 && w.rng.IntN(2) == 0, w.lua.writes.Load()+1
	began, lasts := time.Now(), w.span(time.Millisecond, tailMost)
	w.after(lasts, func() {
		how := fmt.Sprintf("without its last %v", time.Since(began).Round(time.Millisecond))
		if m.waits {
			how = fmt.Sprintf("as a replica that misses its last %v, but what WAIT acknowledged", time.Since(began).Round(time.Millisecond))
		}
		if err := m.keys.restore(w.mini); err != nil {
			w.breaches = append(w.breaches, "world: "+err.Error())
		}
		m.keys, m.former = nil, 0
		if m.waits {
			m.former = m.number
		}
		w.forget()
		w.restart(how)
	})
}

// forget takes back what the world counts by versions that Redis has lost.
func (w *world) forget() {
	w.losses++
	for n := range w.past.last {
		if o, err := w.oracle.Load(context.Background(), n); err == nil {
			w.past.last[n] = o.Status
		} else {
			delete(w.past.last, n)
		}
	}
	w.outages += 3 // each thing told is told again
	for _, d := range w.done {
		d.done, d.tried = nil, 0
	}
	w.until(time.Now())
}

// restart cuts all connections. Another Redis answers, which knows no script.
func (w *world) restart(how string) {
	w.tell("   Redis restarts %s", how)
	w.tally.kind("redis: restart " + strings.TrimRight(strings.SplitN(how, " its ", 2)[0], " "))
	w.outages++
	w.lua.mirror.number++
	w.lua.writes.Add(1)
	w.lua.unload()
	w.wires.Lock()
	for c := range w.wired {
		_ = c.Conn.Close()
	}
	clear(w.wired)
	w.wires.Unlock()
	w.rest()
	w.redisAway(w.span(100*time.Millisecond, 5*time.Second))
}

// halted lists the replicas that wait for leave to spend.
func (w *world) halted() (out []*replica) {
	for _, r := range w.up() {
		if !r.inc.tide.Look().Spends() {
			out = append(out, r)
		}
	}
	return out
}

// hush wakes who waits for leave to spend: nothing that is due does it.
func (w *world) hush() {
	for _, r := range w.halted() {
		r.engineQuiet = false
	}
}

func (i *incarnation) openTide(r *replica) (err error) {
	if r.disk.marks == "" {
		if r.disk.marks, err = os.MkdirTemp(redistest.Memory(), "giftbot-sim-"); err != nil {
			return err
		}
	}
	i.tide, err = store.OpenTide(r.disk.marks, i.random, i.Now)
	return err
}

// paidList lists what Infini took, as cmd/bot does.
type paidList struct{ client *infini.Client }

// Payments implements order.Lister.
func (p paidList) Payments(ctx context.Context, _ order.Stamp) ([]order.Listed, error) {
	var out []order.Listed
	for page := 1; ; page++ {
		list, err := p.client.Orders(ctx, infini.OrderList{Page: page, Limit: 100})
		if err != nil {
			return out, err
		}
		for _, o := range list.Orders {
			if asked, err := order.MoneyFromDecimal(o.Amount); err == nil && (o.Confirmed.IsPositive() || o.Confirming.IsPositive()) {
				out = append(out, order.Listed{External: o.ID, Reference: o.Reference, Asked: asked})
			}
		}
		if len(list.Orders) < 100 || page == 20 {
			return out, nil
		}
	}
}
