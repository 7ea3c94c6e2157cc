package sim

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"giftbot/order"
	"giftbot/providers/univoucher"
)

const (
	attendEvery = 25 * time.Minute
	attendAfter = 70 * time.Minute
)

// attend is what staff does about a chain that waits for one purchase: once
// its cards exist it cannot be mistaken for another, and the next may start.
// Nothing else frees it when the cards cannot be used.
func (w *world) attend() {
	held, err := w.oracle.Held(context.Background(), univoucher.Vendor)
	if err != nil {
		w.tell("   staff: %v", err)
	}
	for _, p := range held {
		if ids := w.cardsOf(p.Owner); len(ids) > 0 && order.At(time.Now()).Since(p.Since) > attendAfter {
			w.tell("   staff frees the chain %s of %s", p.Lock, p.Owner)
			w.tally.kind("people: staff frees a chain")
			_ = w.oracle.Release(context.Background(), p, strings.Join(ids, ","))
		}
	}
	w.chore(attendEvery, w.attend)
}

// cardsOf are the cards that were made for a purchase, in their order.
func (w *world) cardsOf(owner string) []string {
	var ids []string
	for _, r := range w.box.UniVoucher.Books().Requests {
		if strings.ReplaceAll(owner, "/", "-") != r.OrderID {
			continue
		}
		for _, c := range r.Cards {
			ids = append(ids, c.ID)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return ids
}
