package sim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"giftbot/order"
)

// rules are what the words of the verdict mean.
func rulesOf(word string) string {
	return map[string]string{
		"lost":         "what was paid for reaches its buyer, or a person is told",
		"doubled":      "nothing is bought, placed or shown twice",
		"stuck":        "every order ends, or waits for a person who was told",
		"money":        "what came in is goods, credit, paid out or held: nothing appears, nothing goes",
		"unpaid goods": "goods are bought only for money that was there",
		"silent":       "whatever waits for a person was told to one",
		"told":         "the buyer's message says where the order is",
		"codes":        "each code is shown to exactly one person",
		"secret":       "no code, key or account is in a log, a metric or Redis",
		"payout":       "money leaves once, to the address its buyer typed, with the words it needs",
		"cap":          "no more leaves in a day than the shop allows",
		"permit":       "purchases of one product run one after the other, and their permits end",
		"refund":       "what was bought is not refunded as well",
		"pings":        "a buyer is rung once for each piece of news",
		"twice":        "of two decisions made from one screen, one is refused",
		"ledger":       "the books balance to the last micro",
		"copies":       "a code leaves in the order's own message",
		"address":      "an address stays as it was typed for a day",
		"needless":     "in a quiet world whoever pays exactly gets the goods",
		"nagged":       "nobody is asked again and again about one thing",
		"gateway":      "every payment at a gateway carries our reference",
		"Bot API":      "Telegram takes every call as it is sent",
	}[word]
}

var (
	numberIn  = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{10}\b`)
	replicaIn = regexp.MustCompile(`^([A-C])(\d+) `)
	personIn  = regexp.MustCompile(`^(\d{4}) `)
)

// numbersIn are the order numbers that a text names.
func numbersIn(text string) []order.Number {
	var out []order.Number
	for _, word := range numberIn.FindAllString(text, -1) {
		if n, err := order.ParseNumber(word); err == nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// words tell what a fate does to a call.
func (f fate) words() string {
	switch f {
	case fateBefore:
		return "does not arrive"
	case fateAfter:
		return "takes effect, its answer is lost"
	case fateSlow:
		return "takes effect, its answer comes late"
	case fateTwice:
		return "arrives twice"
	case fateLimited:
		return "is refused: too many requests"
	case fateDown:
		return "does not arrive, nor does anything for a while"
	case fateCrashBefore:
		return "never leaves: the process ends"
	case fateCrashAfter:
		return "takes effect, and the process ends before the answer"
	default:
		return string(f)
	}
}

// retell is what a failing seed prints for somebody who has never seen one: the
// rules that are broken, the lines of the orders concerned, how to see it again.
func retell(out told, seed uint64, fed string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Story %d breaks a rule.\n", seed)
	said, concerned := map[string]bool{}, []order.Number(nil)
	for _, wrong := range out.wrong {
		word, _, _ := strings.Cut(wrong, ":")
		if rule := rulesOf(word); rule != "" && !said[word] {
			said[word] = true
			fmt.Fprintf(&b, "\nThe rule: %s.\n", rule)
		}
		fmt.Fprintf(&b, "  %s\n", wrong)
		concerned = append(concerned, numbersIn(wrong)...)
	}
	slices.Sort(concerned)
	for _, n := range slices.Compact(concerned) {
		fmt.Fprintf(&b, "\nWhat happened to %s (day, virtual time, who, what):\n", n)
		for _, line := range out.story {
			if about(line, n) {
				fmt.Fprintln(&b, "  "+readable(line))
			}
		}
	}
	fmt.Fprintf(&b, "\nTo see all of it, line by line the same: make sim SEED=%d", seed)
	if fed != dietNone {
		fmt.Fprintf(&b, ", or go test ./e2e/sim -run 'TestSimulation$' -v -sim.seed=%d -sim.diet=%q", seed, fed)
	}
	return b.String() + "\n"
}

// about reports whether a line belongs to an order's story: it names it, or is
// about Redis itself.
func about(line string, n order.Number) bool {
	return strings.Contains(line, string(n)) || strings.Contains(line, "   Redis ")
}

// readable names who does what.
func readable(line string) string {
	day, rest, ok := strings.Cut(line, " ")
	at, what, found := strings.Cut(rest, " ")
	if !ok || !found {
		return line
	}
	who := ""
	switch {
	case strings.HasPrefix(what, "   "):
		who, what = "the world", strings.TrimSpace(what)
	case replicaIn.MatchString(what):
		m := replicaIn.FindStringSubmatch(what)
		who, what = "replica "+m[1]+", life "+m[2], what[len(m[0]):]
	case personIn.MatchString(what):
		m := personIn.FindStringSubmatch(what)
		who, what = "buyer "+m[1], what[len(m[0]):]
	case strings.HasPrefix(what, "staff has "):
		who, what = "staff", what[len("staff "):]
	case strings.HasPrefix(what, "clerk "), strings.HasPrefix(what, "staff "):
		who, what, _ = strings.Cut(what, ",")
		who, what = strings.Replace(who, "clerk", "admin", 1), strings.TrimSpace(what)
	}
	plain := strings.NewReplacer("log level=WARN msg=", "warns: ", "log level=ERROR msg=", "alarms: ", ": <nil>", ": done")
	return fmt.Sprintf("%s %s  %-20s %s", day, at, who, plain.Replace(what))
}

func TestRetell(t *testing.T) {
	const a, b = "0Q6WZ5HRAY", "0NR9RFKT1D"
	out := told{
		wrong: []string{"lost: " + a + " (voucher) has 1 pieces", "stuck: due and not worked on"},
		story: []string{
			"1 00:07:42.957 1003 sees order " + a + ", will: pay", "1 00:07:43.000 1004 sees order " + b + ", will: pay",
			"1 00:07:44.000 A2 redis commit " + fateAfter.words() + " (" + a + ")", "1 00:07:45.000    Redis is away for 3s",
			"1 00:07:46.000    " + a + " paid → fulfilling", "1 00:07:47.000 clerk 2, " + a + ": refund: <nil>",
			"1 00:07:48.000 B3 log level=WARN msg=purchase order=" + a + " code=unclear", "1 00:07:49.000 staff has " + a + " looked at: <nil>",
		},
	}
	got := retell(out, 7, dietNone)
	for _, want := range []string{
		"Story 7 breaks a rule.", "The rule: what was paid for reaches its buyer, or a person is told.", "The rule: every order ends",
		"1 00:07:42.957  buyer 1003           sees order " + a + ", will: pay", "replica A, life 2    redis commit takes effect, its answer is lost (" + a + ")",
		"the world            Redis is away for 3s", "the world            " + a + " paid → fulfilling", "admin 2              " + a + ": refund: done", "make sim SEED=7",
		"replica B, life 3    warns: purchase order=" + a + " code=unclear", "staff                has " + a + " looked at: done",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, b) {
		t.Errorf("another order's lines in\n%s", got)
	}
}
