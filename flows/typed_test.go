package flows

import (
	"strings"
	"testing"
)

// A number out of an address book comes wrapped in marks that show nothing: the
// screen that has the account confirmed would not show them, and the supplier
// would get them.
func TestAnAccountHasNoInvisibleCharacters(t *testing.T) {
	env := kindsEnv()
	s, _ := play(env, Session{}, pressing(VerbProduct, coins, "", 1), pressing(VerbAmount, coins, "", 100))
	for _, mark := range []string{"\u202a", "\u202c", "\u200b", "\u200e", "\ufeff", "\u2066", "\u2069", "\u00ad", "\u2060",
		"\u200c", "\u200d", "\ufe0f", "\u034f", "\u3164", "\U000e0101"} {
		clean, _ := play(env, s, Input{Text: "12345678"})
		if clean.Typed[0] == "" {
			t.Fatal("the number itself is refused")
		}
		for _, text := range []string{mark + "12345678", "1234" + mark + "5678" + mark, mark + " 12345678 " + mark} {
			if next, _ := play(env, s, Input{Text: text}); next.Typed[0] != clean.Typed[0] {
				t.Errorf("%+q became %+q", text, next.Typed[0])
			}
		}
	}
	// What joins letters and pictures is seen where it is left out.
	if got := oneLine("mother \U0001f469\u200d\U0001f467 \u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645"); !strings.Contains(got, "\u200d") || !strings.Contains(got, "\u200c") {
		t.Errorf("%+q", got)
	}
}
