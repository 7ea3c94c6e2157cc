package univoucher

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"sync"
	"time"
)

// The states of a card, univoucher sheet §8.
const (
	cardActive    = "active"
	cardRedeemed  = "redeemed"
	cardCancelled = "cancelled"
)

// card is one gift card on chain. What never changes is set by newCard; end is
// guarded by the vendor's lock.
type card struct {
	id          int64
	chain       *chain
	request     int64
	orderID     string
	issuer      string
	token       string
	amount, fee *big.Int
	message     string
	at          time.Time
	hash        string

	seed   seed
	slot   string
	secret string // opens the key

	end *ending // nil while active

	sealing  sync.Once
	sealText string
	sealErr  error
}

// ending is how a card was used up.
type ending struct {
	status  string
	by      string
	partner string // "" = none
	at      time.Time
	hash    string
}

// newCard makes a card and registers it; the lock is held.
func (v *Vendor) newCard(r *request, amount, fee *big.Int, at time.Time, hash string) *card {
	c := &card{
		id: v.nextCard(r.chain), chain: r.chain, request: r.n, orderID: r.id, issuer: r.issuer, token: r.token,
		amount: amount, fee: fee, message: r.message, at: at, hash: hash, seed: v.draw(),
	}
	c.slot, c.secret = addressOf(c.seed.key()), c.seed.secret("secret")
	v.cards = append(v.cards, c)
	v.byCard[c.id], v.bySlot[c.slot] = c, c
	return c
}

// nextCard is version digit 1, the chain's prefix and a number, univoucher
// sheet §3.
func (v *Vendor) nextCard(c *chain) int64 {
	id, _ := strconv.ParseInt("1"+c.prefix+strconv.FormatInt(c.nextCard, 10), 10, 64) // digits only
	c.nextCard++
	return id
}

// cost is what the card took from the wallet, without gas.
func (c *card) cost() *big.Int { return new(big.Int).Add(c.amount, c.fee) }

// handOver is the card with its secret, as in univoucher sheet §4.
func (c *card) handOver(r *request) fields {
	secret := c.secret
	if r.mode == ModeWrongSecret {
		secret = c.seed.secret("another secret")
	}
	return fields{
		"cardId": c.id, "cardSecret": secret, "slotId": checksum(c.slot), "amount": c.amount.String(),
		"tokenAddress": checksum(c.token), "message": c.message, "orderId": c.orderID,
	}
}

// encryptedKey seals the card's key the first time somebody looks: it costs
// about 80 ms, so never under the vendor's lock.
func (c *card) encryptedKey() (string, error) {
	c.sealing.Do(func() {
		key := "0x" + hex.EncodeToString(c.seed.key())
		c.sealText, c.sealErr = seal(c.secret, key, c.seed.draw("salt")[:16], c.seed.draw("iv")[:12])
	})
	return c.sealText, c.sealErr
}

// view is a card as the indexer sees it at some time.
type view struct {
	*card
	status string
	end    *ending
}

// seenAt is the card as it was then; false when it did not exist.
func (c *card) seenAt(then time.Time) (view, bool) {
	out := view{card: c, status: cardActive}
	if c.end != nil && !c.end.at.After(then) {
		out.status, out.end = c.end.status, c.end
	}
	return out, !c.at.After(then)
}

// redeemer is who redeemed the card, "" when nobody did.
func (c view) redeemer() string {
	if c.status == cardRedeemed {
		return c.end.by
	}
	return ""
}

func (c view) partner() string {
	if c.status == cardRedeemed {
		return c.end.partner
	}
	return ""
}

// describe is the public card of univoucher sheet §3. It may take 80 ms.
func (c view) describe() (fields, error) {
	key, err := c.encryptedKey()
	if err != nil {
		return nil, err
	}
	f := fields{
		"cardId": c.id, "slotId": checksum(c.slot), "chainId": c.chain.id, "chainName": c.chain.name,
		"active": c.status == cardActive, "status": c.status, "tokenAddress": checksum(c.token), "tokenAmount": c.amount.String(),
		"creator": checksum(c.issuer), "message": c.message, "encryptedPrivateKey": key, "feePaid": c.fee.String(),
		"createdAt": stamp(c.at), "createdOnBlock": c.chain.blockAt(c.at), "creationHash": c.hash,
		"redeemedBy": nil, "redeemedAt": nil, "redeemedOnBlock": nil, "redemptionHash": nil, "partner": nil,
		"cancelledBy": nil, "cancelledAt": nil, "cancelledOnBlock": nil, "cancellationHash": nil,
	}
	c.describeEnd(f)
	return f, nil
}

func (c view) describeEnd(f fields) {
	names := map[string][4]string{
		cardRedeemed:  {"redeemedBy", "redeemedAt", "redeemedOnBlock", "redemptionHash"},
		cardCancelled: {"cancelledBy", "cancelledAt", "cancelledOnBlock", "cancellationHash"},
	}[c.status]
	if c.end == nil {
		return
	}
	f[names[0]], f[names[1]] = checksum(c.end.by), stamp(c.end.at)
	f[names[2]], f[names[3]] = c.chain.blockAt(c.end.at), c.end.hash
	if c.end.partner != "" {
		f["partner"] = checksum(c.end.partner)
	}
}
