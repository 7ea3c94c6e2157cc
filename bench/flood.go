package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"giftbot/flows"
	"giftbot/handlers/telegram"
)

// floodResult is how resident memory went while updates came in.
type floodResult struct {
	updates int
	people  int
	ours    []float64 // bytes, at even steps
	theirs  float64   // after as many updates
	step    int       // updates between two samples
	turn    int       // whose update is next
}

// flood sends both bots their updates: the shop presses of people who come
// back again and again, the echo messages of the same people.
func (r *rivals) flood(ctx context.Context, s settings, shop, echo *running) (floodResult, error) {
	f := floodResult{updates: s.count(flood), people: s.count(visitors)}
	t := tapper{"http://" + r.shopAddress + "/webhooks/telegram", newClient(), &r.updates, new(atomic.Int64)}
	people, err := r.arrivals(ctx, t, f.people)
	if err != nil {
		return f, err
	}
	f.step = (f.updates - f.people*(1+pagesOfVisit)) / samples
	for range samples {
		at, failed := shop.rss()
		if failed != nil {
			return f, failed
		}
		f.ours = append(f.ours, at)
		if err = f.burst(f.step, people, func(b *browser) error { _, failed := t.tap(ctx, b); return failed }); err != nil {
			return f, errors.Join(err, shop.gone())
		}
	}
	e := tapper{"http://" + r.echoAddress + "/", newClient(), &r.updates, new(atomic.Int64)}
	if err = f.burst(f.updates, people, func(b *browser) error { return e.tell(ctx, b) }); err != nil {
		return f, errors.Join(err, echo.gone())
	}
	f.theirs, err = echo.rss()
	return f, err
}

// arrivals has everybody come by a button of an old message and look around:
// answering /start is a new message, of which the bot sends 30 a second.
func (r *rivals) arrivals(ctx context.Context, t tapper, many int) ([]*browser, error) {
	vault, err := openVault()
	if err != nil {
		return nil, err
	}
	keys, err := vault.SubKeys("buttons")
	if err != nil {
		return nil, err
	}
	codec, err := telegram.NewCodec(keys...)
	if err != nil {
		return nil, fmt.Errorf("buttons: %w", err)
	}
	r.fake.keep(true)
	defer r.fake.keep(false)
	people := make([]*browser, many)
	return people, crowd(browsers, many, func(i int) error {
		id := firstResident + int64(i)
		home, err := codec.Encode(id, flows.Action{Verb: flows.VerbHome})
		if err != nil {
			return err
		}
		first, err := pressUpdate(t.updates.Add(1), id, screen{HTML: "…", Keyboard: [][]button{{{Text: "Home", Data: home}}}}, home)
		if err != nil {
			return err
		}
		people[i], err = t.visitor(ctx, r.fake, id, first)
		return err
	})
}

// burst spreads updates over people, everybody in turn; nobody is in two
// places.
func (f *floodResult) burst(updates int, people []*browser, send func(*browser) error) error {
	each := updates / browsers
	from := f.turn
	f.turn += each
	return crowd(browsers, browsers, func(line int) error {
		waiting := (len(people) - line + browsers - 1) / browsers
		for k := range each {
			if err := send(people[line+(from+k)%waiting*browsers]); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell sends a message and waits for the answer.
func (t tapper) tell(ctx context.Context, b *browser) error {
	if err := t.post(ctx, textUpdate(t.updates.Add(1), b.id, "hello")); err != nil {
		return err
	}
	select {
	case <-b.arrivals:
		return nil
	case <-time.After(startWait):
		return errors.New("a message was not answered")
	}
}

// growth is how much more memory the updates of the whole flood cost, in
// percent of what is in use: the slope of a line through the samples behind
// the warm-up, when every person is known and the caches are full.
func (f floodResult) growth() float64 {
	kept := f.ours[int(warmUp*float64(len(f.ours))):]
	slope, middle := fit(kept)
	return math.Abs(slope) / float64(f.step) * flood / middle * percent
}

// fit is the line of least squares through values at even steps: its slope per
// step, and its middle.
func fit(values []float64) (slope, middle float64) {
	n := float64(len(values))
	for _, y := range values {
		middle += y / n
	}
	var above, below float64
	for i, y := range values {
		x := float64(i) - (n-1)/2
		above += x * (y - middle)
		below += x * x
	}
	return above / below, middle
}

func (f floodResult) result() result {
	last := f.ours[len(f.ours)-1]
	return result{
		name: "R9, growth over 100,000 updates", unit: "%", values: []float64{f.growth()}, limit: growthLimit,
		ours: fmt.Sprintf("The slope of the same bot's resident memory while %d people press buttons by turns, %d updates in all, up or down, in percent of its size for every 100,000 updates. "+
			"A line is fitted through %d samples; the people's arrival and the first quarter behind it are the warm-up.", f.people, f.updates, len(f.ours)-int(warmUp*float64(len(f.ours)))),
		detail: fmt.Sprintf("%s MB when everybody had arrived, at most %s MB, %s MB in the end; the echo bot %s MB after as many messages, against which ours is %s ×",
			number(f.ours[0]/bytesOfMB), number(quantile(f.ours, 1)/bytesOfMB), number(last/bytesOfMB), number(f.theirs/bytesOfMB), number(last/f.theirs)),
	}
}
