package ordererr

import (
	"net/http"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
)

// From translates a client's error to an *order.Error. op is what was tried:
// "plexy buy". refusal says what a KindRefused means. After a KindLimited the
// engine waits as long as the vendor asked, and at least pause. An error that
// carries no *rest.Error is CodeUnclear: what we cannot name may have happened.
func From(op string, err error, pause time.Duration, refusal func(*rest.Error) order.Code) error {
	e := rest.As(err)
	if e == nil {
		return &order.Error{Code: order.CodeUnclear, Op: op, Err: err}
	}
	out := &order.Error{Code: order.CodeUnclear, Op: op, RetryAfter: e.RetryAfter, Err: e}
	switch e.Kind {
	case rest.KindLimited:
		out.Code = order.CodeLimited
		out.RetryAfter = max(out.RetryAfter, pause)
	case rest.KindNotSent:
		out.Code = order.CodeNotSent
	case rest.KindRefused:
		out.Code = refusal(e)
	default:
	}
	return out
}

// ByStatus is what a refusal means when the vendor's code adds nothing:
// CodeDenied for 401 and 403, CodeUnknown for 404, else CodeInvalid.
func ByStatus(e *rest.Error) order.Code {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return order.CodeDenied
	case http.StatusNotFound:
		return order.CodeUnknown
	default:
		return order.CodeInvalid
	}
}
