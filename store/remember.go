package store

import (
	"fmt"
	"slices"
	"time"

	"giftbot/order"
)

// rememberFor is how far back Redis can go at most that an order is placed
// again, or a purchase under a key sent again, from the journal: longer than
// vendors keep keys, and than a link is watched.
const rememberFor = 48 * time.Hour

// Ordered implements order.Memory: when it returns nil, the line is on the disk.
// Who places an order and who asks for its link both say so, mostly one after the
// other: the second time writes nothing.
func (j *Journal) Ordered(o order.Order) error {
	if isRecent(j, &j.orders, o.Number) {
		return nil
	}
	body, err := order.Encode(o)
	if err != nil {
		return err
	}
	if body, err = j.packer.Pack(body); err != nil {
		return err
	}
	if err = j.append(Intent{Kind: IntentOrdered, Number: o.Number, Buyer: o.Buyer, Amount: o.Total, Body: body}, true); err != nil {
		return err
	}
	remember(j, &j.orders, o.Number)
	return nil
}

// Linked implements order.Memory: when it returns nil, the line is on the disk.
// A webhook tells of most links again: that writes nothing.
func (j *Journal) Linked(l order.Linked) error {
	if isRecent(j, &j.links, l) {
		return nil
	}
	if err := j.append(Intent{Kind: IntentLinked, Number: l.Number, Payment: l.Payment, Gateway: l.Gateway, External: l.External, Amount: l.Asked}, true); err != nil {
		return err
	}
	remember(j, &j.links, l)
	if l.Asked != 0 { // a webhook says the same, and less
		l.Asked = 0
		remember(j, &j.links, l)
	}
	return nil
}

// recent is what was written last.
type recent[T comparable] struct {
	list  [64]T
	count int // written by this process
}

func isRecent[T comparable](j *Journal, r *recent[T], one T) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Contains(r.list[:min(r.count, len(r.list))], one)
}

func remember[T comparable](j *Journal, r *recent[T], one T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.list[r.count%len(r.list)] = one
	r.count++
}

// Sending implements order.Memory.
func (j *Journal) Sending(owner string) error {
	return j.append(Intent{Kind: IntentSending, Owner: owner}, false)
}

// Remembered implements order.Memory: it reads the file again. A line that nobody
// can read keeps no other one back.
func (j *Journal) Remembered() (order.Remembered, error) {
	j.mu.Lock()
	intents, _, err := replay(j.f)
	j.mu.Unlock()
	if err != nil {
		return order.Remembered{}, fmt.Errorf("read the journal: %w", err)
	}
	r := order.Remembered{Spent: Spent(intents)}
	since := order.At(j.now().Add(-rememberFor))
	for _, i := range intents {
		if i.At < since {
			continue
		}
		if err := j.remembers(&r, i); err != nil {
			r.Broken++
		}
	}
	return r, nil
}

func (j *Journal) remembers(r *order.Remembered, i Intent) error {
	switch i.Kind {
	case IntentSending:
		r.Spent = append(r.Spent, order.Spent{Owner: i.Owner, At: i.At, Keyed: true})
	case IntentLinked:
		r.Links = append(r.Links, order.Linked{Number: i.Number, Payment: i.Payment, Gateway: i.Gateway, External: i.External, Asked: i.Amount})
	case IntentOrdered:
		body, err := j.packer.Unpack(i.Body)
		if err != nil {
			return err
		}
		o, err := order.Decode(body, 0)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		r.Orders = append(r.Orders, o)
	}
	return nil
}
