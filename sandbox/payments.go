package sandbox

import (
	"errors"
	"net/http"
	"time"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/kit"
)

// payIn is the body of POST /control/payments/{gateway}/{id}; an empty body, or
// no amount, pays exactly what is missing.
type payIn struct {
	Amount       string `json:"amount,omitempty"`        // in the order's currency
	Currency     string `json:"currency,omitempty"`      // coin that is sent; default USDT
	Method       int    `json:"method,omitempty"`        // 1 crypto (default), 2 card
	Confirming   bool   `json:"confirming,omitempty"`    // seen, stays unconfirmed until {"confirm":true}
	ConfirmAfter string `json:"confirm_after,omitempty"` // Go duration: seen now, confirmed then
	Confirm      bool   `json:"confirm,omitempty"`       // pays nothing: confirms what is confirming
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
	if r.PathValue("gateway") != infiniName {
		kit.WriteError(rw, http.StatusNotFound, "no such gateway")
		return
	}
	raw, err := kit.ReadBody(r)
	var in payIn
	if err == nil && len(raw) > 0 {
		err = kit.DecodeStrict(raw, &in)
	}
	if err == nil {
		err = w.payInfini(r.PathValue("id"), in)
	}
	switch {
	case errors.Is(err, infini.ErrUnknownOrder):
		kit.WriteError(rw, http.StatusNotFound, "no such checkout")
	case err != nil:
		kit.WriteError(rw, http.StatusBadRequest, err.Error())
	default:
		w.getPayment(rw, r)
	}
}

func (w *World) payInfini(id string, in payIn) error {
	if in.Confirm {
		if in != (payIn{Confirm: true}) {
			return errors.New("confirm stands alone")
		}
		n, err := w.Infini.Confirm(id)
		if err == nil && n == 0 {
			err = errors.New("nothing is confirming")
		}
		return err
	}
	opts := infini.PayOptions{Amount: in.Amount, Currency: in.Currency, Method: in.Method, Confirming: in.Confirming}
	if in.ConfirmAfter != "" {
		d, err := time.ParseDuration(in.ConfirmAfter)
		if err != nil || d <= 0 {
			return errors.New(`confirm_after must be a duration such as "15s"`)
		}
		opts.ConfirmAfter = d
	}
	_, err := w.Infini.Pay(id, opts)
	return err
}
