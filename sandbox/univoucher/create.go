package univoucher

import (
	"context"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"giftbot/sandbox/kit"
)

const (
	maxQuantity = 100
	maxMessage  = 100
)

// order is what a valid POST /cards/create asks for. The private key is not
// part of it, only its address.
type order struct {
	chain       *chain
	issuer      string
	token       string
	amount      *big.Int
	quantity    int64
	id          string
	callbackURL string
	authToken   string
	message     string
}

// create mints cards: at once without a callbackUrl, else later. Nothing makes
// a repeat harmless (univoucher sheet §6).
func (v *Vendor) create(w http.ResponseWriter, r *http.Request) {
	b, e := readJSON(r)
	if e != nil {
		e.answer(w)
		return
	}
	req, e := v.accept(b)
	switch {
	case e != nil:
		e.answer(w)
	case req.sync():
		v.createNow(r.Context(), w, req)
	default:
		kit.WriteJSON(w, http.StatusAccepted, req.pendingBody())
	}
}

// accept validates, checks the balances and books the request.
func (v *Vendor) accept(b body) (*request, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	o, e := v.readOrder(b)
	if e != nil {
		return nil, e
	}
	account := o.chain.account(o.issuer)
	q := o.chain.price(account, o)
	if e := q.affordable(account, o.token); e != nil {
		return nil, e
	}
	mode := v.set.takeMode()
	if mode == ModeErrorBefore {
		return nil, broken("sandbox: nothing was created")
	}
	req := v.enter(o, q, account, mode)
	if mode == ModeErrorAfter {
		return nil, broken("sandbox: creation is running, answer lost")
	}
	return req, nil
}

// readOrder makes the checks of univoucher sheet §2 in the order of its table.
func (v *Vendor) readOrder(b body) (order, *apiError) {
	o := order{quantity: 1}
	needed := []string{"network", "tokenAddress", "amount", "privateKey", "orderId"}
	if !b.lacks("callbackUrl") {
		needed = append(needed, "authToken")
	}
	if e := b.require(needed...); e != nil {
		return o, e
	}
	var e *apiError
	if o.issuer, e = readIssuer(b); e != nil {
		return o, e
	}
	network, isNumber := b.number("network")
	if o.chain = v.byChain[network]; !isNumber || o.chain == nil || o.chain.inactive {
		return o, refuse(http.StatusBadRequest, "Invalid network", fields{"supportedNetworks": v.activeChains()})
	}
	if e = o.readCards(b); e == nil {
		e = o.readTexts(b)
	}
	return o, e
}

func readIssuer(b body) (string, *apiError) {
	text, _ := b.text("privateKey")
	key, err := parseKey(text)
	if err != nil {
		return "", invalid("Invalid private key format")
	}
	return addressOf(key), nil
}

func (o *order) readCards(b body) *apiError {
	text, _ := b.text("tokenAddress")
	var ok bool
	if o.token, ok = parseAddress(text); !ok {
		return invalid("Invalid token address")
	}
	text, _ = b.text("amount")
	if o.amount, ok = parseAmount(text); !ok {
		return invalid("Invalid amount format")
	}
	if raw := string(b["quantity"]); raw != "" && raw != "null" {
		if o.quantity, ok = b.number("quantity"); !ok || o.quantity < 1 || o.quantity > maxQuantity {
			return invalid("Quantity must be between 1 and " + strconv.Itoa(maxQuantity))
		}
	}
	return nil
}

// readTexts reads the rest. The sheet has no text for a message that is too
// long or an orderId that is no string; refusing them is ours.
func (o *order) readTexts(b body) *apiError {
	var isText bool
	if !b.lacks("callbackUrl") {
		if o.callbackURL, isText = b.text("callbackUrl"); !isText || !validCallback(o.callbackURL) {
			return invalid("Invalid callback URL")
		}
		if o.authToken, isText = b.text("authToken"); !isText {
			return invalid("Invalid auth token")
		}
	}
	if o.id, isText = b.text("orderId"); !isText {
		return invalid("Invalid order ID")
	}
	if o.message, isText = b.text("message"); b["message"] != nil && (!isText || utf8.RuneCountInString(o.message) > maxMessage) {
		return invalid("Message must be at most 100 characters")
	}
	return nil
}

// validCallback wants https, and lets http pass on loopback, where the sandbox
// and its shop live.
func validCallback(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	return u.Scheme == "https" || (u.Scheme == "http" && local)
}

func (v *Vendor) activeChains() []int64 {
	var out []int64
	for _, c := range v.chains {
		if !c.inactive {
			out = append(out, c.id)
		}
	}
	return out
}

// quote is what an order costs, in smallest units and wei.
type quote struct {
	fee, perCard, total *big.Int
	gasPrice, gasCost   *big.Int
	gasLimit            int64
	creation, approval  *big.Int // the parts of gasCost
	txs                 int64
}

// price quotes an order: an ERC-20 token is approved once per wallet.
func (c *chain) price(a *account, o order) quote {
	fee := c.fee(o.amount)
	perCard := new(big.Int).Add(o.amount, fee)
	q := quote{
		fee: fee, perCard: perCard, total: new(big.Int).Mul(perCard, big.NewInt(o.quantity)),
		gasPrice: c.gasPrice, gasLimit: createGas + perCardGas*o.quantity, approval: new(big.Int), txs: 1,
	}
	q.creation = new(big.Int).Mul(c.gasPrice, big.NewInt(q.gasLimit))
	if o.token != zeroAddress && !a.approved[o.token] {
		q.approval.Mul(c.gasPrice, big.NewInt(approvalGas))
		q.gasLimit += approvalGas
		q.txs++
	}
	q.gasCost = new(big.Int).Add(q.creation, q.approval)
	return q
}

// affordable compares with what the wallet has free.
func (q quote) affordable(a *account, token string) *apiError {
	native := a.at(zeroAddress, true)
	if token == zeroAddress {
		need := new(big.Int).Add(q.total, q.gasCost)
		if native.Cmp(need) < 0 {
			return q.poor("Insufficient balance", need, native, fields{"breakdown": q.breakdown(q.total), "tokenAddress": token})
		}
		return nil
	}
	if free := a.at(token, true); free.Cmp(q.total) < 0 {
		return q.poor("Insufficient token balance", q.total, free, fields{"tokenAddress": checksum(token)})
	}
	if native.Cmp(q.gasCost) < 0 {
		return q.poor("Insufficient native balance for gas fees", q.gasCost, native, fields{"breakdown": q.breakdown(new(big.Int))})
	}
	return nil
}

func (q quote) poor(text string, required, available *big.Int, more fields) *apiError {
	more["required"], more["available"] = required.String(), available.String()
	return refuse(http.StatusBadRequest, text, more)
}

func (q quote) breakdown(cards *big.Int) fields {
	return fields{
		"cardAmount": cards.String(), "gasCost": q.gasCost.String(),
		"gasPrice": q.gasPrice.String(), "gasLimit": strconv.FormatInt(q.gasLimit, 10),
	}
}

// createNow is the sync mode: it mines after the latency whether or not the
// caller still listens, and only the answer has the secrets.
func (v *Vendor) createNow(ctx context.Context, w http.ResponseWriter, req *request) {
	v.mu.Lock()
	wait := v.set.SyncLatency
	v.mu.Unlock()
	gone := wait > 0 && v.cfg.Sleep(ctx, wait) != nil
	status, answer := v.mineNow(req)
	if gone {
		panic(http.ErrAbortHandler)
	}
	kit.WriteJSON(w, status, answer)
}

func (v *Vendor) mineNow(req *request) (int, fields) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	req.run(v, v.cfg.Now())
	if req.state != stateMinted || req.failure != "" {
		e := broken(req.reason())
		return e.status, e.body
	}
	return http.StatusOK, req.successBody(req.rounds[0])
}
