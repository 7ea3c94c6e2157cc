package sim

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	coins "giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	gate "giftbot/sandbox/plexy"
	minter "giftbot/sandbox/univoucher"
)

// attemptsMost is how many attempts of one line the verdict knows the keys of.
const attemptsMost = 12

// fromHosted reads Infini's books.
func (j *judgement) fromHosted() {
	for _, o := range j.w.box.Infini.Books().Orders {
		n, _, err := order.ParseReference(o.ClientReference)
		if err != nil {
			j.fail("gateway: reference %q is none of ours", o.ClientReference)
			continue
		}
		t := j.tale(n)
		t.received[infini.Vendor] = t.received[infini.Vendor].Add(o.AmountConfirmed)
		t.returned = t.returned.Add(o.Returned)
		for _, p := range o.Payments {
			t.fallen = t.fallen.Add(p.Fallen)
		}
		t.payments += len(o.Payments)
		t.odd = t.odd || slices.Contains(o.ExceptionTags, "wrong_currency")
	}
}

// fromCoins reads InventPay's books. A link that the vendor never told us of,
// by an answer or a webhook that arrived, cannot be known.
func (j *judgement) fromCoins() {
	books := j.w.box.InventPay.Books()
	told := map[string]bool{}
	for _, d := range books.Webhooks {
		if d.State == kit.Delivered {
			told[d.Key] = true
		}
	}
	answered := map[string]bool{}
	for _, b := range j.w.buyers {
		for _, v := range b.visits {
			for _, l := range v.links {
				answered[l.external] = true
			}
		}
	}
	for _, p := range books.Payments {
		n, _, err := order.ParseReference(p.OrderID)
		if err != nil {
			j.fail("gateway: reference %q is none of ours", p.OrderID)
			continue
		}
		t := j.tale(n)
		t.payments += len(p.Transfers)
		for _, m := range p.Transfers {
			t.fallen = t.fallen.Add(shareOf(p, m.Fallen))
		}
		switch value := valueOf(p); {
		case value.IsPositive() && !told[p.PaymentID] && !answered[p.PaymentID]:
			t.untold++
			j.w.tally.kind("inventpay: paid on a link nobody told us of")
		default:
			t.received[inventpay.Vendor] = t.received[inventpay.Vendor].Add(value)
		}
	}
}

// valueOf is what arrived on an invoice, as DESIGN §3 values it: the share of
// what was asked, rounded down.
func valueOf(p coins.PaymentBook) decimal.Decimal {
	got := p.Confirmed.Add(p.Confirming).Add(p.Unclaimed)
	if !p.Required.IsPositive() || got.Equal(p.Required) {
		return p.BaseAmount.Mul(decimal.NewFromInt(int64(min(1, len(p.Transfers)))))
	}
	return shareOf(p, got)
}

func shareOf(p coins.PaymentBook, got decimal.Decimal) decimal.Decimal {
	if !p.Required.IsPositive() {
		return decimal.Zero
	}
	value, _ := p.BaseAmount.Mul(got).QuoRem(p.Required, 6)
	return value
}

// buy notes a purchase by our name for it.
func (j *judgement) buy(n order.Number, line int, p purchase) *tale {
	t := j.tales[n]
	if t == nil || line < 0 || line >= len(t.lines) {
		j.fail("doubled: purchase %s belongs to no order", p.id)
		return nil
	}
	t.lines[line].purchases = append(t.lines[line].purchases, p)
	return t
}

// piece notes the texts of one piece that a supplier made.
func (j *judgement) piece(t *tale, line int, id, wrong string, texts ...string) {
	for _, text := range texts {
		if other, known := j.codes[text]; known && other.tale != t {
			j.doubled[text] = true
		}
		j.codes[text] = secret{t, line, id, wrong}
	}
}

// keyOf is whose an idempotency key is.
type keyOf struct {
	number order.Number
	line   int
}

func (j *judgement) keys() map[string]keyOf {
	keys := map[string]keyOf{}
	for n, t := range j.tales {
		for i, l := range t.stored.Lines {
			for attempt := range attemptsMost {
				keys[order.PurchaseKey(shopID, n, i, attempt+1, l.Item, l.Quantity)] = keyOf{n, i}
			}
		}
	}
	return keys
}

// fromVouchers reads InfiniVoucher's books.
func (j *judgement) fromVouchers() {
	keys := j.keys()
	for _, o := range j.w.box.InfiniVoucher.Books().Orders {
		k, known := keys[o.IdempotencyKey]
		if !known {
			j.fail("doubled: purchase %s of %s belongs to no order", o.ID, o.ProductName)
			continue
		}
		live := o.Status != "FAILED"
		t := j.buy(k.number, k.line, purchase{id: o.ID, live: live, done: live && len(o.Codes) > 0, cost: o.TotalAmount})
		for _, code := range o.Codes {
			j.piece(t, k.line, code, "", code)
		}
	}
}

// fromGate reads Plexy's books: orders, codes, and what was paid into accounts.
func (j *judgement) fromGate() {
	keys, books := j.keys(), j.w.box.Plexy.Books()
	paidInto := map[string]int{}
	for _, top := range books.TopUps {
		paidInto[top.OrderID]++
	}
	for _, o := range books.Orders {
		n, line, _, err := order.ParsePurchaseReference(o.ExternalRef)
		if k, known := keys[o.IdempotencyKey]; err != nil || !known || k != (keyOf{n, line}) {
			j.fail("doubled: order %s of %s at Plexy has a key or a reference that is none of ours", o.ID, o.ProductName)
			continue
		}
		failed := o.Status == "failed"
		t := j.buy(n, line, purchase{id: o.ID, live: !failed, done: !failed && (paidInto[o.ID] > 0 || len(o.Content) > 0), cost: o.Charged.RoundUp(6)})
		if t == nil {
			continue
		}
		if o.Type == gate.DirectTopUp {
			j.topUp(t, line, o, paidInto[o.ID])
			continue
		}
		if o.Status == "completed" {
			j.piece(t, line, o.ID, "", slices.Sorted(maps.Values(o.Content))...)
		}
	}
}

// topUp judges one payment into an account: it cannot be taken back.
func (j *judgement) topUp(t *tale, line int, o gate.OrderBook, times int) {
	if times > 1 {
		j.fail("doubled: %s paid into the account %d times", t.number, times)
	}
	typed := map[string]string{}
	for _, p := range t.account {
		typed[p.Key] = p.Value
	}
	if !maps.Equal(typed, o.Account) {
		j.fail("account: %s pays into another account than was typed", t.number)
	}
	if face := t.stored.Lines[line].Face.Decimal(); !face.Equal(o.Amount) {
		j.fail("account: %s pays %s in, %s was bought", t.number, o.Amount, face)
	}
}

// fromMinter reads UniVoucher's books: creations, cards, and callbacks that
// were answered.
func (j *judgement) fromMinter() {
	for _, r := range j.w.box.UniVoucher.Books().Requests {
		n, line, attempt, err := order.ParsePurchaseReference(r.OrderID)
		if err != nil {
			j.fail("doubled: creation %d has a name that is none of ours", r.Number)
			continue
		}
		waiting := r.State == "pending" || r.State == "stuck"
		t := j.buy(n, line, purchase{
			id: fmt.Sprint(r.Number), live: waiting || len(r.Cards) > 0, done: len(r.Cards) > 0, cost: j.cardCost(r),
		})
		if t == nil {
			continue
		}
		for _, c := range r.Cards {
			wrong := ""
			if c.Amount != units(t.stored.Lines[line].Face, decimalsOf(r.Token)).String() {
				wrong = "another amount"
			}
			j.piece(t, line, c.ID, wrong, c.Secret)
		}
		t.letters = append(t.letters, lettersOf(r, line, attempt)...)
	}
}

// lettersOf are the callbacks of a creation that were answered 200. Each round
// of minting has its own.
func lettersOf(r minter.RequestBook, line, attempt int) []letter {
	var out []letter
	rounds := max(1, len(r.CreationHashes))
	each := len(r.Cards) / rounds
	for i, d := range r.Callbacks {
		if d.State != kit.Delivered || d.Event != minter.EventSuccess {
			continue
		}
		l := letter{line: line, attempt: attempt}
		for _, c := range r.Cards[i%rounds*each : (i%rounds+1)*each] {
			l.pieces = append(l.pieces, c.ID)
		}
		out = append(out, l)
	}
	return out
}

// cardCost is what one creation costs us: tokens, and the gas of our settings.
func (j *judgement) cardCost(r minter.RequestBook) decimal.Decimal {
	for _, t := range cardTokens() {
		if t.Chain == r.Chain && strings.EqualFold(t.Address, r.Token) {
			return decimal.RequireFromString(r.TotalAmount).Shift(-int32(t.Decimals)).RoundUp(6).Add(t.GasUSD.Decimal())
		}
	}
	j.fail("account: creation %d is of a token that is not sold", r.Number)
	return decimal.Zero
}

func decimalsOf(token string) int {
	for _, t := range cardTokens() {
		if strings.EqualFold(t.Address, token) {
			return t.Decimals
		}
	}
	return 0
}

// units converts micro-units to the smallest unit of a token.
func units(m order.Money, decimals int) *big.Int {
	out := big.NewInt(int64(m))
	return out.Mul(out, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals-6)), nil))
}
