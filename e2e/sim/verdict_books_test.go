package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	coins "giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	gate "giftbot/sandbox/plexy"
	chat "giftbot/sandbox/telegram"
	minter "giftbot/sandbox/univoucher"
	"giftbot/store"
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
		t.asked = o.Amount
		t.received[infini.Vendor] = t.received[infini.Vendor].Add(o.AmountConfirmed)
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
		t.asked = p.BaseAmount
		t.payments += len(p.Transfers)
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

// fromChats reads every message the bot ever showed, edits included, and what
// stands under pictures.
func (j *judgement) fromChats() {
	word := regexp.MustCompile(`[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*`)
	coded := regexp.MustCompile(`^(?:[A-Z2-7]{4}(?:-[A-Z2-7]{4}){2,3}|[A-Z]{5}(?:-[A-Z]{5}){3})$`)
	number := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`)
	for _, c := range j.w.chat.Calls() {
		if c.Code != 200 || !strings.HasPrefix(c.Method, "send") && !strings.HasPrefix(c.Method, "edit") {
			continue
		}
		said := saying(c)
		about := j.about(number.FindString(said))
		for _, found := range word.FindAllString(said, -1) {
			if _, known := j.codes[found]; known || coded.MatchString(found) {
				j.showed(about, c.Params["chat_id"], found)
			}
		}
		if about == nil {
			continue
		}
		switch {
		case strings.Contains(said, "needs a person"):
			about.alerts++
		case c.Method == "sendMessage" && strings.HasPrefix(said, "🎉"):
			about.pings++
		}
	}
}

// saying is everything that a call shows.
func saying(c chat.Call) string {
	var media struct {
		Caption string `json:"caption"`
	}
	_ = json.Unmarshal([]byte(c.Params["media"]), &media) // absent for texts
	return c.Params["text"] + c.Params["caption"] + media.Caption
}

func (j *judgement) about(pretty string) *tale {
	n, err := order.ParseNumber(pretty)
	if err != nil {
		return nil
	}
	return j.tales[n]
}

// showed judges one code in one message.
func (j *judgement) showed(about *tale, chat, code string) {
	s, known := j.codes[code]
	switch {
	case !known:
		j.fail("codes: %s shown in %s was never sold to us", code, chat)
		return
	case j.doubled[code]: // the supplier sold it to two orders: nobody else can know
		j.w.tally.kind("a supplier sold one code to two orders, shown")
	case about != s.tale:
		j.fail("codes: %s of %s shown under another order", code, s.tale.number)
	case j.seen[code] != "" && j.seen[code] != chat:
		j.fail("codes: %s of %s shown in two chats", code, s.tale.number)
	case s.wrong != "":
		j.fail("codes: %s of %s shown although it is of %s", code, s.tale.number, s.wrong)
	}
	j.seen[code] = chat
	if about == nil || chat != strconv.FormatInt(about.buyer, 10) {
		j.fail("codes: a code of %s shown to %s", s.tale.number, chat)
		return
	}
	if about == s.tale {
		about.lines[s.line].shown[s.piece] = true
		return
	}
	about.lines[0].shown[code] = true // of the two that have it
}

// records are the orders in Redis as text: they are stored packed.
func (w *world) records() string {
	var all strings.Builder
	for _, key := range w.mini.Keys() {
		if value, err := w.mini.Get(key); err == nil {
			all.WriteString(store.Readable(value) + "\n")
		}
	}
	return all.String()
}

// secrets looks for what only buyers, vendors and we may know, where it must
// not be.
func (j *judgement) secrets() {
	places := map[string]string{"the log": j.w.logs.String(), "Redis": j.w.mini.Dump() + j.w.records(), "a metric": strings.Join(slices.Sorted(maps.Keys(j.w.labels)), "\n")}
	for _, r := range j.w.replicas {
		places["the journal of "+r.name] = r.disk.journal.String()
	}
	search := func(what, text string) {
		for _, place := range slices.Sorted(maps.Keys(places)) {
			if strings.Contains(places[place], text) {
				j.fail("secret: %s is in %s", what, place)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(j.codes)) {
		if strings.Trim(code, "0123456789") != "" { // digits alone stand everywhere
			search("a code of "+string(j.codes[code].tale.number), code)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		j.sealed(j.tales[n])
		for _, p := range j.tales[n].account {
			if p.Value != "unknown" {
				search("an account of "+string(n), p.Value)
			}
		}
	}
	for _, r := range j.w.box.UniVoucher.Books().Requests {
		search("a callback's address", path.Base(r.CallbackURL))
	}
	for _, credential := range []string{
		botToken[11:], infiniSecret, infiniHook, voucherKey, voucherPath, hookSecret, inventKey, inventHook, plexyKey, walletKey, encryptionKey,
	} {
		search("a credential", credential)
	}
}

// sealed looks into what is stored of one order: in Redis it is encoded once
// more, so that a search there would not find it.
func (j *judgement) sealed(t *tale) {
	for _, l := range t.stored.Lines {
		stored := [][]byte{l.Goods, l.Details}
		for _, a := range l.Attempts {
			stored = append(stored, a.Letters...)
		}
		for _, raw := range stored {
			for _, word := range []string{`"c":"`, `"r":"`, `"k":"`, "cardSecret"} { // of goods, accounts and letters
				if bytes.Contains(raw, []byte(word)) {
					j.fail("secret: what belongs to %s is not sealed", t.number)
				}
			}
		}
	}
}
