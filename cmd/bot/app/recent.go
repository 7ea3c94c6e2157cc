package app

import (
	"context"
	"sync"
	"time"

	"giftbot/order"
)

const (
	// recentFor is how old an answer may be that stands for a question our own
	// limits kept from leaving.
	recentFor = 15 * time.Second
	// recentSpare is how long before the question's end it is given up, so that
	// the answer of before still comes in time.
	recentSpare = 150 * time.Millisecond
)

// recent asks a vendor what we have there. When our own limits do not let the
// question leave, the last answer stands: the vendor has not failed.
type recent struct {
	holder order.Holder

	mu   sync.Mutex
	at   time.Time
	list []order.Holding
}

// Holdings implements order.Holder.
func (r *recent) Holdings(ctx context.Context) ([]order.Holding, error) {
	asked := ctx
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		asked, cancel = context.WithDeadline(ctx, end.Add(-recentSpare))
		defer cancel()
	}
	list, err := r.holder.Holdings(asked)
	list, err = r.remember(list, err)
	if err != nil && asked.Err() != nil {
		<-ctx.Done() // nothing was said in time: that is what whoever asked has to see
	}
	return list, err
}

// remember keeps an answer, or gives the last one for a question that never left.
func (r *recent) remember(list []order.Holding, err error) ([]order.Holding, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch code := order.CodeOf(err); {
	case err == nil:
		r.at, r.list = time.Now(), list
	case (code == order.CodeNotSent || code == order.CodeLimited) && time.Since(r.at) <= recentFor:
		return r.list, nil
	}
	return list, err
}
