package order_test

import (
	"strings"
	"testing"
)

// bug is a fault planted in the hand of the model, to see that its judge is one.
type bug uint8

const (
	noBug           bug = iota
	bugCrashFailed      // an attempt without an outcome counts as failed
	bugNoVersion        // a commit does not compare the version
	bugNewKey           // a purchase is sent again under another key
	bugTotal            // the confirmed total is booked instead of the difference
	bugPayAgain         // a payout that was not answered leaves again
	bugKeyForEver       // a key is sent again after 24 hours
	bugMintAgain        // a request for cards is sent by whoever comes, not once
	bugTimeoutNo        // an answer that is lost counts as a refusal
	bugTrustWebhook     // a webhook is believed without asking the gateway
	bugNoAlert          // nobody is told that a person is needed
	bugNoDue            // an order under way is not due: a crash forgets it
	bugNoJournal        // what is spent is not in the journal
	bugForgetNews       // what was told anew meanwhile counts as told
)

// TestPurePower plants each fault in the player and sees how many orders it takes
// until the judge notices.
func TestPurePower(t *testing.T) {
	for _, tc := range []struct {
		bug    bug
		name   string
		within uint64
	}{
		{bugCrashFailed, "the outcome of a crash is assumed to be a failure", 2000},
		{bugNoVersion, "the version check is dropped", 2000},
		{bugNewKey, "a new key after a timeout", 2000},
		{bugTotal, "the total is booked instead of the difference", 2000},
		{bugPayAgain, "a payout is sent again after a timeout", 20_000},
		{bugKeyForEver, "a key is used again after 24 hours", 20_000},
		{bugMintAgain, "cards are asked for by whoever comes", 20_000},
		{bugTimeoutNo, "a timeout is a no", 2000},
		{bugTrustWebhook, "the webhook is trusted", 2000},
		{bugNoAlert, "no alert", 2000},
		{bugNoDue, "an order under way is not due", 2000},
		{bugNoJournal, "no journal", 20_000},
		{bugForgetNews, "news are forgotten", 20_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, list := newModel(&tally{}), scenes()
			m.bug = tc.bug
			for seed := uint64(1); seed <= tc.within; seed++ {
				s, p, meddles := lotOf(list, seed)
				if wrong := m.play(s, seed, p, meddles); len(wrong) > 0 {
					t.Logf("noticed after %d orders, in %q: %s", seed, s.name, strings.Join(wrong[:1], ""))
					return
				}
			}
			t.Errorf("not noticed in %d orders", tc.within)
		})
	}
}
