package app

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"giftbot/order"
	"giftbot/store"
)

// Two replicas read an account at different moments. Admins hear of it once
// until it was filled up, and an older reading is no news afterwards.
func TestALowAccountIsToldOnceUntilItIsFilled(t *testing.T) {
	st, err := store.New(store.Options{URL: "redis://" + miniredis.RunT(t).Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	notes := st.VendorNotes(alerts)
	for i, c := range []struct {
		low  bool
		read order.Stamp
		news bool
	}{
		{false, 1_000, false},
		{true, 900, false}, // before it was full
		{true, 2_000, true},
		{true, 2_000, false},
		{true, 3_000, false},
		{false, 4_000, false},
		{true, 3_500, false}, // another replica, which has not looked since
		{true, 4_000, false},
		{true, 5_000, true},
	} {
		news, err := lowNews(t.Context(), notes, "plexy:USD", c.low, c.read)
		if err != nil || news != c.news {
			t.Errorf("%d: %v %v, want %v", i, news, err, c.news)
		}
	}
	if news, err := lowNews(t.Context(), notes, "infinivoucher", true, 10); err != nil || !news {
		t.Errorf("another account: %v %v", news, err)
	}
}
