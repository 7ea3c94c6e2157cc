package app

import (
	"context"
	"strconv"
	"time"

	"giftbot/order"
)

const (
	// wasTold is noted of what admins were told. Until then the note holds when a
	// replica set out to tell it.
	wasTold = "told"
	// tellTime is how long a replica has for that. Then another one may tell it:
	// the first may have ended in between, and twice is better than never.
	tellTime = 5 * time.Minute
)

// setOut notes that this replica tells admins something, and reports whether it
// is this one's to tell, and whether it was told before.
func setOut(ctx context.Context, n notes, key string, now order.Stamp) (ours, told bool, err error) {
	value := strconv.FormatInt(int64(now), 10)
	first, err := n.First(ctx, key, value)
	if err != nil || first {
		return first, false, err
	}
	all, err := n.Notes(ctx)
	if err != nil || all[key] == wasTold {
		return false, err == nil, err
	}
	since, err := strconv.ParseInt(all[key], 10, 64)
	if err == nil && now.Since(order.Stamp(since)) < tellTime {
		return false, false, nil
	}
	return true, false, n.Note(ctx, key, value)
}

// settled notes what came of it: told, or to be told by whoever looks next. A
// replica that is asked to stop notes it still.
func settled(ctx context.Context, n notes, key string, told bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	return n.Note(ctx, key, map[bool]string{true: wasTold}[told])
}
