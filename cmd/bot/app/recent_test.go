package app

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// scriptedHolder answers each question as planned.
type scriptedHolder struct{ plan []error }

func (h *scriptedHolder) Holdings(context.Context) ([]order.Holding, error) {
	err := h.plan[0]
	if h.plan = h.plan[1:]; err != nil {
		return nil, err
	}
	return []order.Holding{{Account: "a", Amount: decimal.NewFromInt(5)}}, nil
}

// A question that our own limits kept here blames no vendor; one that the vendor
// did not answer does.
func TestRecentAnswerStands(t *testing.T) {
	kept, silent := &order.Error{Code: order.CodeNotSent, Op: "limit"}, &order.Error{Code: order.CodeUnclear, Op: "timeout"}
	r := &recent{holder: &scriptedHolder{plan: []error{kept, nil, kept, silent, kept}}}
	for i, want := range []order.Code{order.CodeNotSent, "", "", order.CodeUnclear, ""} {
		list, err := r.Holdings(t.Context())
		if want == "" && (err != nil || len(list) != 1) || want != "" && order.CodeOf(err) != want {
			t.Errorf("question %d: %v, %v", i, list, err)
		}
	}
	r.holder, r.at = &scriptedHolder{plan: []error{kept}}, time.Now().Add(-time.Minute)
	if _, err := r.Holdings(t.Context()); err == nil {
		t.Error("an answer of a minute ago stands")
	}
}

// The question is given up before whoever asked is gone.
func TestRecentIsInTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var left time.Duration
	r := &recent{holder: holderFunc(func(ctx context.Context) ([]order.Holding, error) {
		end, _ := ctx.Deadline()
		left = time.Until(end)
		return nil, nil
	})}
	if _, err := r.Holdings(ctx); err != nil || left > time.Second-recentSpare {
		t.Errorf("%s for the question, %v", left, err)
	}
}

type holderFunc func(ctx context.Context) ([]order.Holding, error)

func (f holderFunc) Holdings(ctx context.Context) ([]order.Holding, error) { return f(ctx) }
