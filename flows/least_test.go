package flows

import "testing"

// A fee that went up meanwhile makes a sum too small, not too large.
func TestASumThatBecameTooSmall(t *testing.T) {
	env := testEnv()
	s := Session{Screen: ScreenNetwork, Sum: 2 * dollar, Left: 20 * dollar}
	networks := someNetworks()
	for i := range networks {
		networks[i].Least = 3 * dollar
	}
	s, out := Step(env, s, Input{Result: NetworksResult{Balance: 20 * dollar, Networks: networks}})
	if got := out.Replies[0].View.Blocks[0]; got.Key != "wallet.small" || got.Args["least"] != s.Price || s.Screen != ScreenSum {
		t.Errorf("%s %v on %q", got.Key, got.Args, s.Screen)
	}
}
