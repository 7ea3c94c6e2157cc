package univoucher

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"giftbot/sandbox/kit"
)

const maxLimit = 100 // the vendor's maximum is undocumented, univoucher sheet §11

// horizon is up to when the indexer has read the chains; the lock is held.
func (v *Vendor) horizon() time.Time { return v.cfg.Now().Add(-v.set.IndexerLag) }

// singleCard wants exactly one of id and slotId.
func (v *Vendor) singleCard(w http.ResponseWriter, r *http.Request) {
	id, slot := r.URL.Query().Get("id"), r.URL.Query().Get("slotId")
	if (id == "") == (slot == "") {
		invalid("Either id or slotId parameter is required").answer(w)
		return
	}
	c, found := v.findCard(id, slot)
	if !found {
		missing("Card not found").answer(w)
		return
	}
	answerCards(w, []view{c}, func(cards []fields) fields { return cards[0] })
}

func (v *Vendor) findCard(id, slot string) (view, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	number, _ := strconv.ParseInt(id, 10, 64) // 0 when it is none, and no card has it
	address, _ := parseAddress(slot)
	c := v.byCard[number]
	if c == nil {
		c = v.bySlot[address]
	}
	if c == nil {
		return view{}, false
	}
	return c.seenAt(v.horizon())
}

// answerCards describes the cards, without holding the vendor's lock.
func answerCards(w http.ResponseWriter, cards []view, shape func([]fields) fields) {
	out := []fields{}
	for _, c := range cards {
		f, err := c.describe()
		if err != nil {
			broken("card cannot be sealed").answer(w)
			return
		}
		out = append(out, f)
	}
	kit.WriteJSON(w, http.StatusOK, shape(out))
}

// filter is the query of GET /cards/all; addresses are lower case, "" = any.
type filter struct {
	belongTo, creator, redeemedBy, partner, token string
	status                                        string
	chain                                         int64 // 0 = any
	ascending                                     bool
	page, limit                                   int
}

func bad(name string) *apiError { return invalid("Invalid parameter: " + name) }

// readFilter refuses what it does not understand; the sheet gives no text for
// that.
func readFilter(q url.Values) (filter, *apiError) {
	f := filter{status: q.Get("status"), page: 1, limit: 20}
	for name, to := range map[string]*string{
		"belongTo": &f.belongTo, "creator": &f.creator, "redeemedBy": &f.redeemedBy, "partner": &f.partner, "tokenAddress": &f.token,
	} {
		if text := q.Get(name); text != "" {
			address, ok := parseAddress(text)
			if !ok {
				return f, bad(name)
			}
			*to = address
		}
	}
	if !slices.Contains([]string{"", cardActive, cardRedeemed, cardCancelled}, f.status) {
		return f, bad("status")
	}
	order := q.Get("sortDirection")
	if f.ascending = order == "asc"; !slices.Contains([]string{"", "asc", "desc"}, order) {
		return f, bad("sortDirection")
	}
	e := f.readNumbers(q)
	return f, e
}

func (f *filter) readNumbers(q url.Values) *apiError {
	var err error
	if text := q.Get("chain"); text != "" {
		if f.chain, err = strconv.ParseInt(text, 10, 64); err != nil {
			return bad("chain")
		}
	}
	if text := q.Get("page"); text != "" {
		if f.page, err = strconv.Atoi(text); err != nil || f.page < 1 || f.page > 1_000_000 {
			return bad("page")
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.limit, err = strconv.Atoi(text); err != nil || f.limit < 0 || f.limit > maxLimit {
			return bad("limit")
		}
	}
	return nil
}

func (f filter) keeps(c view) bool {
	return (f.chain == 0 || f.chain == c.chain.id) && (f.status == "" || f.status == c.status) &&
		(f.creator == "" || f.creator == c.issuer) && (f.redeemedBy == "" || f.redeemedBy == c.redeemer()) &&
		(f.partner == "" || f.partner == c.partner()) && (f.token == "" || f.token == c.token) && f.belongs(c)
}

// belongs applies belongTo as univoucher sheet §12 says.
func (f filter) belongs(c view) bool {
	created, redeemed := f.belongTo == c.issuer, f.belongTo == c.redeemer()
	switch {
	case f.belongTo == "" || (f.creator != "" && f.redeemedBy != ""):
		return true
	case f.creator != "":
		return redeemed
	case f.redeemedBy != "":
		return created
	}
	return created || redeemed
}

// allCards lists cards by age with counts of everything that matches; limit 0
// asks for the counts alone.
func (v *Vendor) allCards(w http.ResponseWriter, r *http.Request) {
	f, e := readFilter(r.URL.Query())
	if e != nil {
		e.answer(w)
		return
	}
	found := v.search(f)
	counts := map[string]int{}
	for _, c := range found {
		counts[c.status]++
	}
	total, pages := len(found), 0
	from, to := 0, 0
	if f.limit > 0 {
		pages = (total + f.limit - 1) / f.limit
		from = min((f.page-1)*f.limit, total)
		to = min(from+f.limit, total)
	}
	answerCards(w, found[from:to], func(cards []fields) fields {
		return fields{
			"total": total, "active": counts[cardActive], "redeemed": counts[cardRedeemed], "cancelled": counts[cardCancelled],
			"page": f.page, "limit": f.limit, "totalPages": pages, "cards": cards,
		}
	})
}

func (v *Vendor) search(f filter) []view {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	var found []view
	horizon := v.horizon()
	for _, c := range v.cards {
		if seen, ok := c.seenAt(horizon); ok && f.keeps(seen) {
			found = append(found, seen)
		}
	}
	if !f.ascending {
		slices.Reverse(found)
	}
	return found
}
