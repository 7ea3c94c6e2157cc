package ordererr

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
)

const pause = 5 * time.Second

// stock is a refusal that no status stands for: it shows who was asked.
func stock(*rest.Error) order.Code { return order.CodeStock }

func TestFrom(t *testing.T) {
	tests := map[string]struct {
		kind  rest.Kind
		asked time.Duration // by the vendor
		code  order.Code
		wait  time.Duration
	}{
		"refused":             {rest.KindRefused, 0, order.CodeStock, 0},
		"refused for a while": {rest.KindRefused, time.Second, order.CodeStock, time.Second},
		"limited":             {rest.KindLimited, 0, order.CodeLimited, pause},
		"limited, too short":  {rest.KindLimited, time.Second, order.CodeLimited, pause},
		"limited, longer":     {rest.KindLimited, time.Minute, order.CodeLimited, time.Minute},
		"unclear":             {rest.KindUnclear, time.Second, order.CodeUnclear, time.Second},
		"not sent":            {rest.KindNotSent, time.Second, order.CodeNotSent, time.Second},
		"a kind nobody knows": {"odd", time.Second, order.CodeUnclear, time.Second},
		"no kind":             {"", 0, order.CodeUnclear, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cause := &rest.Error{Vendor: "acme", Endpoint: "POST /buy", Kind: tt.kind, RetryAfter: tt.asked}
			got, ok := errors.AsType[*order.Error](From("acme buy", fmt.Errorf("wrapped: %w", cause), pause, stock))
			if !ok || got.Code != tt.code || got.Op != "acme buy" || got.RetryAfter != tt.wait || !errors.Is(got.Err, cause) {
				t.Errorf("%+v, want %s after %v", got, tt.code, tt.wait)
			}
		})
	}
}

// An error of no client is never taken for a refusal.
func TestFromNameless(t *testing.T) {
	cause := errors.New("nameless")
	got, ok := errors.AsType[*order.Error](From("acme buy", cause, pause, stock))
	if !ok || got.Code != order.CodeUnclear || got.Op != "acme buy" || got.RetryAfter != 0 || !errors.Is(got.Err, cause) {
		t.Errorf("%+v", got)
	}
}

// The vendor is asked what a refusal means, with the whole error, and about nothing else.
func TestFromAsks(t *testing.T) {
	for _, kind := range []rest.Kind{rest.KindRefused, rest.KindLimited, rest.KindUnclear, rest.KindNotSent} {
		cause := &rest.Error{Kind: kind, Code: "NO", Status: 400}
		var asked []*rest.Error
		_ = From("acme buy", cause, 0, func(e *rest.Error) order.Code {
			asked = append(asked, e)
			return order.CodeInvalid
		})
		if wanted := kind == rest.KindRefused; (len(asked) == 1 && asked[0] == cause) != wanted || !wanted && len(asked) > 0 {
			t.Errorf("%s: asked about %v", kind, asked)
		}
	}
}

func TestByStatus(t *testing.T) {
	for status, want := range map[int]order.Code{
		0: order.CodeInvalid, 400: order.CodeInvalid, 401: order.CodeDenied, 402: order.CodeInvalid, 403: order.CodeDenied,
		404: order.CodeUnknown, 409: order.CodeInvalid, 422: order.CodeInvalid,
	} {
		if got := ByStatus(&rest.Error{Kind: rest.KindRefused, Status: status}); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}
