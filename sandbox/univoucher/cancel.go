package univoucher

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"giftbot/sandbox/kit"
)

// cancellation is one accepted POST /cards/cancel.
type cancellation struct {
	n         int64
	issuer    string
	chain     *chain
	cards     []*card
	url       string
	authToken string
	held      promise
	state     string // pending, minted (done) or failed
	failure   string
	createdAt time.Time
	dueAt     time.Time
	calls     []*callback
}

// cancel is the endpoint only the vendor's plugin knows (univoucher sheet §7);
// off unless switched on, and then not there at all.
func (v *Vendor) cancel(w http.ResponseWriter, r *http.Request) {
	b, e := readJSON(r)
	if e == nil {
		e = v.acceptCancel(b)
	}
	if e != nil {
		e.answer(w)
		return
	}
	kit.WriteJSON(w, http.StatusAccepted, fields{"success": true})
}

func (v *Vendor) acceptCancel(b body) *apiError {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	if !v.set.CancelEndpoint {
		return missing("Not found")
	}
	if e := b.require("cardIds", "privateKey", "callbackUrl", "authToken"); e != nil {
		return e
	}
	issuer, e := readIssuer(b)
	if e != nil {
		return e
	}
	address, isText := b.text("callbackUrl")
	if !isText || !validCallback(address) {
		return invalid("Invalid callback URL")
	}
	token, isText := b.text("authToken")
	if !isText {
		return invalid("Invalid auth token")
	}
	cards, e := v.readCards(b["cardIds"])
	if e != nil {
		return e
	}
	v.enterCancel(&cancellation{issuer: issuer, chain: cards[0].chain, cards: cards, url: address, authToken: token})
	return nil
}

func (v *Vendor) enterCancel(c *cancellation) {
	c.n, c.state, c.createdAt = int64(len(v.cancels)+1), statePending, v.cfg.Now()
	c.dueAt = c.createdAt.Add(v.set.MintDelay)
	gas := new(big.Int).Mul(c.chain.gasPrice, big.NewInt(cancelGas*int64(len(c.cards))))
	c.held = promise{token: zeroAddress, amount: new(big.Int), gas: gas, txs: 1}
	c.chain.account(c.issuer).hold(c.held)
	v.cancels, v.jobs = append(v.cancels, c), append(v.jobs, c)
}

// readCards finds 1 to 100 cards of one chain; ids are texts or numbers.
func (v *Vendor) readCards(raw json.RawMessage) ([]*card, *apiError) {
	var ids []json.RawMessage
	if err := json.Unmarshal(raw, &ids); err != nil || len(ids) < 1 || len(ids) > maxQuantity {
		return nil, invalid("Quantity must be between 1 and 100")
	}
	var cards []*card
	for _, id := range ids {
		n, _ := strconv.ParseInt(strings.Trim(string(id), `"`), 10, 64) // no card is number 0
		c := v.byCard[n]
		if c == nil {
			return nil, missing("Card not found")
		}
		if len(cards) > 0 && cards[0].chain != c.chain {
			return nil, invalid("All cards must be on one chain")
		}
		cards = append(cards, c)
	}
	return cards, nil
}

func (c *cancellation) due() time.Time { return c.dueAt }

// run cancels all the cards in one transaction, or none; the lock is held.
func (c *cancellation) run(v *Vendor, at time.Time) {
	account := c.chain.account(c.issuer)
	account.release(c.held)
	if err := c.check(v, account); err != nil {
		c.state, c.failure = stateFailed, v.set.failure(err.Error())
		c.announce(v, EventNotDone, fields{"status": "error", "error": c.failure, "cancelledCards": []fields{}})
		return
	}
	account.burn(c.held.gas)
	hash, done := v.draw().hash(), []fields{}
	for _, card := range c.cards {
		card.cancel(account, at, hash)
		done = append(done, fields{"cardId": card.id})
	}
	c.state = stateMinted
	c.announce(v, EventCancelled, fields{"status": "completed", "cancelledCards": done})
}

func (c *cancellation) check(v *Vendor, a *account) error {
	if v.set.FailCancels {
		return errors.New("cancellation failed")
	}
	if read(a.balance, zeroAddress).Cmp(c.held.gas) < 0 {
		return errors.New("insufficient funds for gas")
	}
	seen := map[*card]bool{}
	for _, card := range c.cards {
		switch {
		case card.issuer != c.issuer:
			return errors.New("only the creator can cancel a card")
		case card.end != nil || seen[card]:
			return errors.New("card is not active")
		}
		seen[card] = true
	}
	return nil
}

func (c *cancellation) announce(v *Vendor, event string, f fields) {
	f["authToken"] = c.authToken
	// There is no order id: the batch is found by its token (univoucher sheet §7).
	c.calls = append(c.calls, v.call(message{key: "cancel " + strconv.FormatInt(c.n, 10), event: event, url: c.url, body: f}))
}

// cancel ends a card and gives its face amount back; the fee stays.
func (c *card) cancel(a *account, at time.Time, hash string) {
	c.end = &ending{status: cardCancelled, by: c.issuer, at: at, hash: hash}
	move(a.balance, c.token, c.amount)
}
