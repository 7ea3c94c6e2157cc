package sandbox

import (
	"errors"
	"net/http"
	"time"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
)

// payIn is the body of POST /control/payments/{gateway}/{id}; an empty body, or
// no amount, pays exactly what is missing.
type payIn struct {
	Amount       string `json:"amount,omitempty"`        // in the order's currency
	Currency     string `json:"currency,omitempty"`      // infini: coin that is sent; default USDT
	Method       int    `json:"method,omitempty"`        // infini: 1 crypto (default), 2 card
	Coin         string `json:"coin,omitempty"`          // inventpay: picks the coin; default the picked one, else USDT_BEP20
	CoinAmount   string `json:"coin_amount,omitempty"`   // inventpay: instead of amount, in units of the coin
	Select       string `json:"select,omitempty"`        // inventpay: pays nothing, picks this coin; stands alone
	Confirming   bool   `json:"confirming,omitempty"`    // seen, stays unconfirmed until {"confirm":true}
	ConfirmAfter string `json:"confirm_after,omitempty"` // Go duration: seen now, confirmed then
	Confirm      bool   `json:"confirm,omitempty"`       // pays nothing: confirms what is confirming
	Fall         string `json:"fall,omitempty"`          // pays nothing: the chain is re-organised and that much confirmed money is gone, in the order's currency
	CoinFall     string `json:"coin_fall,omitempty"`     // inventpay: instead of fall, in units of the coin
}

func (w *World) getPayment(rw http.ResponseWriter, r *http.Request) {
	c, ok := w.checkout(r.PathValue("gateway"), r.PathValue("id"))
	if !ok {
		kit.WriteError(rw, http.StatusNotFound, "no such checkout")
		return
	}
	kit.WriteJSON(rw, http.StatusOK, c)
}

// postPayment pays and answers the checkout as it is afterwards.
func (w *World) postPayment(rw http.ResponseWriter, r *http.Request) {
	payAt := w.gateway(r.PathValue("gateway"))
	if payAt == nil {
		kit.WriteError(rw, http.StatusNotFound, "no such gateway")
		return
	}
	raw, err := kit.ReadBody(r)
	var in payIn
	if err == nil && len(raw) > 0 {
		err = kit.DecodeStrict(raw, &in)
	}
	if err == nil {
		err = in.alone()
	}
	if err == nil {
		err = payAt(r.PathValue("id"), in)
	}
	switch {
	case unknown(err):
		kit.WriteError(rw, http.StatusNotFound, "no such checkout")
	case err != nil:
		kit.WriteError(rw, http.StatusBadRequest, err.Error())
	default:
		w.getPayment(rw, r)
	}
}

// alone refuses a confirm or a fall beside anything else.
func (in payIn) alone() error {
	switch {
	case in.Confirm && in != payIn{Confirm: true}:
		return errors.New("confirm stands alone")
	case in.Fall != "" && in != payIn{Fall: in.Fall}, in.CoinFall != "" && in != payIn{CoinFall: in.CoinFall}:
		return errors.New("fall stands alone")
	}
	return nil
}

// gateway is how to pay there; nil when this world has no such gateway.
func (w *World) gateway(name string) func(id string, in payIn) error {
	switch {
	case name == infiniName:
		return w.payInfini
	case name == inventpayName && w.InventPay != nil:
		return w.payInventPay
	}
	return nil
}

func (w *World) payInfini(id string, in payIn) error {
	switch {
	case in.Confirm:
		return confirmed(w.Infini.Confirm(id))
	case in.Fall != "":
		return w.Infini.Fall(id, in.Fall)
	}
	after, err := in.confirmAfter()
	if err != nil {
		return err
	}
	if in.Coin != "" || in.CoinAmount != "" || in.CoinFall != "" || in.Select != "" {
		return errors.New("coins are picked at inventpay; here it is currency")
	}
	_, err = w.Infini.Pay(id, infini.PayOptions{
		Amount: in.Amount, Currency: in.Currency, Method: in.Method, Confirming: in.Confirming, ConfirmAfter: after,
	})
	return err
}

func (w *World) payInventPay(id string, in payIn) error {
	switch {
	case in.Confirm:
		return confirmed(w.InventPay.Confirm(id))
	case in.Fall != "" || in.CoinFall != "":
		return w.InventPay.Fall(id, in.Fall, in.CoinFall)
	case in.Select != "" && in != payIn{Select: in.Select}:
		return errors.New("select stands alone")
	case in.Select != "":
		return w.InventPay.Select(id, in.Select)
	case in.Currency != "" || in.Method > 1:
		return errors.New("inventpay takes coins only; here it is coin")
	}
	after, err := in.confirmAfter()
	if err != nil {
		return err
	}
	_, err = w.InventPay.Pay(id, inventpay.PayOptions{
		Base: in.Amount, Amount: in.CoinAmount, Coin: in.Coin, Confirming: in.Confirming, ConfirmAfter: after,
	})
	return err
}

// confirmed judges the outcome of {"confirm":true}.
func confirmed(n int, err error) error {
	if err == nil && n == 0 {
		err = errors.New("nothing is confirming")
	}
	return err
}

func (in payIn) confirmAfter() (time.Duration, error) {
	if in.ConfirmAfter == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(in.ConfirmAfter)
	if err != nil || d <= 0 {
		return 0, errors.New(`confirm_after must be a duration such as "15s"`)
	}
	return d, nil
}
