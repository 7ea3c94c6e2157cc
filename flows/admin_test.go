package flows

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"giftbot/locales"
	"giftbot/order"
)

// Whatever package order writes into a timeline has words for an admin.
func TestEveryMomentHasWordsForAdmins(t *testing.T) {
	files, err := filepath.Glob("../order/*.go")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`(?:c\.(?:note|decided)\([^,\n]+, |c\.dropped\([^,\n]+, [^,\n]+, |What: |what := FlagOver, |what = FlagTwice, )"([a-z_]+)"`)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range word.FindAllStringSubmatch(string(src), -1) {
			found++
			if momentWords(m[1]).Key == "admin.raw" {
				t.Errorf("%s: no words for %q", file, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d moments found: is the search broken?", found)
	}
	for _, s := range order.Statuses() {
		if momentWords(string(s)).Key == "admin.raw" {
			t.Errorf("no words for the status %q", s)
		}
	}
}

func TestEveryStateHasWordsForAdmins(t *testing.T) {
	for _, s := range []order.LineState{order.LineWaiting, order.LineBuying, order.LineUnclear, order.LineGot, order.LineFailed} {
		if deskLine(s).Key == "admin.raw" {
			t.Errorf("line %q", s)
		}
	}
	for _, s := range []order.PaymentState{
		order.PaymentPlanned, order.PaymentSent, order.PaymentOpen, order.PaymentLost, order.PaymentClosed, order.PaymentRefused,
	} {
		if deskPayment(order.Payment{State: s}).Key == "admin.raw" {
			t.Errorf("payment %q", s)
		}
	}
	for _, p := range []order.Payment{{Fell: true}, {Kept: 1}, {Confirming: true}, {State: order.PaymentOpen, Ended: true}} {
		if deskPayment(p).Key == "admin.raw" {
			t.Errorf("payment %+v", p)
		}
	}
	for _, s := range []order.PayoutState{
		order.PayoutWanted, order.PayoutAddressed, order.PayoutApproved, order.PayoutSent, order.PayoutUnclear, order.PayoutDone, order.PayoutDropped,
	} {
		if deskPayout(order.Payout{State: s}).Key == "admin.raw" {
			t.Errorf("payout %q", s)
		}
	}
	if deskLine("x").Key != "admin.raw" || deskPayment(order.Payment{State: "x"}).Key != "admin.raw" || deskPayout(order.Payout{State: "x"}).Key != "admin.raw" {
		t.Error("a word nobody knows is shown as it is")
	}
}

func TestReadSum(t *testing.T) {
	for text, want := range map[string]order.Money{
		"1": dollar, "12.50": 12_500_000, "0.000001": 1, "0.10": 100_000, "999999999": 999_999_999 * dollar, "007": 7 * dollar,
	} {
		if got, ok := readSum(text); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "0", "0.0", "-1", "+1", "0.0000001", "0.123456789012345678901234567890", "abc", "1e3", "1,5", "$5", "5.", ".5", ".", "1.2.3",
		"1 2", "٥", "1_0", "0x1", "9999999999", "NaN", "1\n", strings.Repeat("9", 5000),
	} {
		if got, ok := readSum(text); ok {
			t.Errorf("%q: read as %d", text, got)
		}
	}
}

// keysOf lists what an admin's buttons do.
func keysOf(v View) []string {
	var all []string
	for _, row := range v.Keyboard {
		for _, b := range row {
			if b.Do != nil && b.Do.Verb == verbAdmin && b.Do.Arg != "" {
				all = append(all, b.Do.Arg)
			}
		}
	}
	return all
}

// Buttons stand for what is possible now, and for nothing else.
func TestOnlyWhatIsPossibleHasAButton(t *testing.T) {
	aside := failedOrder(order.ReasonStock)
	aside = applied(t, aside, order.PayOut{N: 1, Left: aside.Left(), Gateway: "inventpay", By: boris, At: order.At(start)})
	given := payoutOrder(t)
	given.Payouts[0].Approved = []int64{olga}
	letter := unclearOrder()
	letter.Lines[0].Attempts[0].Letters = [][]byte{{1}}
	expired := adminOrder()
	expired.Status = order.Expired
	for name, c := range map[string]struct {
		order order.Order
		want  []string
	}{
		"unpaid":                    {adminOrder(), []string{"confirm", "look"}},
		"expired":                   {expired, []string{"confirm", "look"}},
		"short":                     {shortOrder(), []string{"confirm", "r", "close", "look"}},
		"paid":                      {paidOrder(), []string{"r", "look"}},
		"failed":                    {failedOrder(order.ReasonStock), []string{"again", "r", "look"}},
		"cost above price":          {failedOrder(order.ReasonLoss), []string{"again", "anyway", "r", "look"}},
		"unclear":                   {unclearOrder(), []string{"notbought", "look"}},
		"unclear, a letter is here": {letter, []string{"look"}},
		"payout wanted":             {aside, []string{"refuse", "look", "h"}},
		"payout addressed":          {payoutOrder(t), []string{"approve", "refuse", "look", "h"}},
		"payout, my word is given":  {given, []string{"refuse", "look", "h"}},
		"payout unclear":            {unclearPayout(t), []string{"left", "stayed", "look", "h"}},
		"payout of credit":          {creditPayout(t), []string{"approve", "refuse", "look"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv()
			env.Person = Person{ID: olga, Admin: true}
			_, out := Step(env, Session{Screen: screenDesk}, Input{Result: AdminOrderResult{Intent: AdminOrder{Number: c.order.Number}, Order: c.order}})
			got := slices.DeleteFunc(keysOf(out.Replies[0].View), func(arg string) bool { return arg == argHistory && !slices.Contains(c.want, "h") })
			if !slices.Equal(got, c.want) {
				t.Errorf("buttons %v, want %v", got, c.want)
			}
		})
	}
}

// toSure leads an admin to the last question of a refund of everything.
func toSure(c *chat, o order.Order) {
	c.command("refund", string(o.Number))
	c.act(argToCredit)
	c.text("because")
}

// Of two admins who decide at once, one is refused and sees what has changed.
func TestOfTwoAdminsOneIsRefused(t *testing.T) {
	d := newDesk(failedOrder(order.ReasonStock))
	first, second := d.seat(t, "en", olga), d.seat(t, "en", boris)
	toSure(first, d.order)
	toSure(second, d.order)
	first.act(argYes)
	second.act(argYes)
	if d.order.Returned != d.order.Total {
		t.Errorf("returned %s, want %s once", d.order.Returned, d.order.Total)
	}
	if log := second.log.String(); !strings.Contains(log, "Somebody was faster") {
		t.Errorf("the second was not told:\n%s", log)
	}
	// One who is a step behind hears of it before the last question.
	d = newDesk(failedOrder(order.ReasonStock))
	first, second = d.seat(t, "en", olga), d.seat(t, "en", boris)
	second.command("refund", string(d.order.Number))
	second.act(argToCredit)
	toSure(first, d.order)
	first.act(argYes)
	second.text("because")
	if len(d.decided) != 1 || !strings.Contains(second.log.String(), "Somebody was faster") {
		t.Errorf("%d decisions:\n%s", len(d.decided), second.log.String())
	}
}

// A decision carries what was on the screen, and nobody's id: the edge fills it in.
func TestADecisionIsWhatWasShown(t *testing.T) {
	d := newDesk(failedOrder(order.ReasonStock))
	c, seen := d.seat(t, "en", olga), d.order.Moments()
	c.command("refund", string(d.order.Number)+" 3.000001")
	c.act(argToWallet + ":inventpay")
	c.text(" two\n words\x00 ")
	c.act(argYes)
	want := AdminDo{What: AdminPayOut, Gateway: "inventpay", Decision: order.Decision{
		Number: number(string(testDraft)), Left: 9_400_000, Amount: 3_000_001, Why: "two words", Moments: seen,
	}}
	if len(d.decided) != 1 || d.decided[0] != want {
		t.Errorf("%+v, want %+v", d.decided, want)
	}
}

// Only the question on the screen is answered, once, and in time.
func TestOnlyTheQuestionOnTheScreenIsAnswered(t *testing.T) {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, "en", olga)
	toSure(c, d.order)
	old := *c.messages[len(c.messages)-1].view.Keyboard[0][0].Do
	c.pass(time.Minute)
	c.command("refund", string(d.order.Number)+" 1")
	c.act(argToCredit)
	c.text("another question")
	c.forge(old)
	if len(d.decided) != 0 {
		t.Fatalf("an old question was answered: %+v", d.decided)
	}
	toSure(c, d.order)
	now := *c.messages[len(c.messages)-1].view.Keyboard[0][0].Do
	c.act(argYes)
	c.forge(now)
	c.forge(old)
	if len(d.decided) != 1 {
		t.Errorf("%d decisions, want 1", len(d.decided))
	}
	for _, late := range []time.Duration{5*time.Minute + time.Millisecond, -time.Second} {
		d = newDesk(failedOrder(order.ReasonStock))
		c = d.seat(t, "en", olga)
		toSure(c, d.order)
		c.pass(late)
		c.act(argYes)
		if len(d.decided) != 0 {
			t.Errorf("%s later it was still done", late)
		}
	}
}

// Showing the question again does not make it last longer.
func TestAgainDoesNotProlongAQuestion(t *testing.T) {
	d := newDesk(payoutOrder(t))
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	asked := c.session.Asked
	c.pass(3 * time.Minute)
	s, out := Again(c.env, c.session)
	s, _ = Step(c.env, s, Input{Result: d.answer(c, olga, out.Intent)})
	if s.Asked != asked || asked == 0 {
		t.Errorf("asked at %d, then %d", asked, s.Asked)
	}
}

// An address that was typed after the admin looked is not approved, nor another sum.
func TestApprovesOnlyWhatWasRead(t *testing.T) {
	for name, change := range map[string]func(*desk, *chat){
		"another address":       func(d *desk, c *chat) { d.order.Payouts[0].FixedAt = c.env.Now },
		"one typed long before": func(d *desk, _ *chat) { d.order.Payouts[0].FixedAt -= 60_000 },
		"another sum":           func(d *desk, _ *chat) { d.order.Payouts[0].Amount-- },
		"taken back":            func(d *desk, _ *chat) { d.order.Payouts[0].State = order.PayoutDropped },
		"unreadable":            func(d *desk, _ *chat) { d.address = "" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(payoutOrder(t))
			c := d.seat(t, "en", olga)
			c.command("order", string(d.order.Number))
			c.act(string(AdminApprove))
			c.pass(time.Minute)
			change(d, c)
			c.text(string(d.order.Number))
			if len(d.decided) != 0 || !strings.Contains(c.log.String(), "Nothing was done") {
				t.Errorf("%+v\n%s", d.decided, c.log.String())
			}
		})
	}
}

// What the edge could not read completely is shown as far as it goes, so that
// the payout can be refused, and goes no further.
func TestAnIncompleteOrderIsOnlyLookedAt(t *testing.T) {
	env := testEnv()
	env.Person = Person{ID: olga, Admin: true}
	o := payoutOrder(t)
	for _, screen := range []Screen{screenDesk, screenApprove, screenApproving, screenDeskWhy, screenDeskSure, screenRefund} {
		s := Session{Screen: screen, Number: o.Number, Way: string(AdminRefuse), Asked: env.Now, Sum: 9_400_000}
		for address, key := range map[string]string{"": "admin.no_address", toAddress: "admin.not_read"} {
			r := AdminOrderResult{Intent: AdminOrder{Number: o.Number}, Order: o, Address: address, Code: order.CodeUnclear}
			next, out := Step(env, s, Input{Result: r})
			if next.Screen != screenDesk || out.Intent != nil || out.Replies[0].View.Blocks[0].Key != key {
				t.Errorf("%q: %q %+v", screen, next.Screen, out)
			}
		}
	}
}

// When nothing can be shown at all, it is said why.
func TestWhyAnOrderIsNotThere(t *testing.T) {
	env := testEnv()
	env.Person = Person{ID: olga, Admin: true}
	for code, key := range map[order.Code]string{
		"": "admin.missing", order.CodeMissing: "admin.missing", order.CodeDenied: "admin.denied", order.CodeUnclear: "admin.not_read",
	} {
		r := AdminOrderResult{Intent: AdminOrder{}, Code: code}
		_, out := Step(env, Session{Screen: screenDesk, Number: number(string(testDraft))}, Input{Result: r})
		if got := out.Replies[0].View.Blocks[0].Key; got != key {
			t.Errorf("%q: %s", code, got)
		}
		for _, r := range []Result{BalancesResult{Code: code}, QueueResult{Code: code}, SalesResult{Code: code}} {
			_, out = Step(env, Session{}, Input{Result: r})
			said := out.Replies[0].View.Blocks[0].Key
			if code == order.CodeDenied && said != "admin.denied" || code == order.CodeUnclear && said != "admin.not_read" && said != "admin.sales_failed" {
				t.Errorf("%T %q: %s", r, code, said)
			}
		}
	}
}

func TestAnUnreadableAddressIsNotApproved(t *testing.T) {
	d := newDesk(payoutOrder(t))
	d.address = ""
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	if c.session.Screen != screenDesk || !strings.Contains(c.log.String(), "cannot be read") {
		t.Errorf("screen %q\n%s", c.session.Screen, c.log.String())
	}
}

// Who is no admin any more gets the first screen, whatever was under way; what
// an admin's intent brings back is not shown to them.
func TestWhoIsNoAdminSeesNothing(t *testing.T) {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, "en", olga)
	toSure(c, d.order)
	yes := *c.messages[len(c.messages)-1].view.Keyboard[0][0].Do
	c.env.Person.Admin = false
	stranger, buyer := c.session, Session{Language: "en", Screen: ScreenHome}
	results := []Result{
		AdminOrderResult{Order: d.order}, AdminOrderResult{Intent: AdminDo{}, Order: d.order}, BalancesResult{}, QueueResult{Orders: d.queue, Total: 1}, SalesResult{},
	}
	inputs := []Input{{Action: &yes}, {Text: string(d.order.Number)}, {Text: "because"}, {Command: "queue"}}
	for _, r := range results {
		inputs = append(inputs, Input{Result: r})
	}
	for _, in := range inputs {
		got, out := Step(c.env, stranger, in)
		want, expected := Step(c.env, buyer, in)
		got.Message, want.Message = 0, 0
		if got != want || !sameOutcome(out, expected) {
			t.Errorf("%+v: %+v %+v\nwant %+v %+v", in, got, out, want, expected)
		}
		if _, admin := out.Intent.(AdminDo); admin {
			t.Errorf("%+v reached the desk", in)
		}
	}
	if _, out := Again(c.env, stranger); out.Intent != nil || out.Replies[0].View.Blocks[0].Key != "home.title" {
		t.Errorf("again: %+v", out)
	}
}

func sameOutcome(a, b Outcome) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// For a stranger every command and button of admins is what an unknown one is.
func TestAdminsCommandsAreUnknownToOthers(t *testing.T) {
	env := testEnv()
	_, unknown := Step(env, Session{}, Input{Command: "nonsense"})
	for _, name := range []string{"balances", "queue", "order", "refund", "sales", "resume"} {
		if _, out := Step(env, Session{}, Input{Command: name, Argument: "on"}); !sameOutcome(out, unknown) {
			t.Errorf("/%s: %+v", name, out)
		}
		if slices.ContainsFunc(Commands(), func(c Command) bool { return c.Name == name }) {
			t.Errorf("/%s is registered", name)
		}
	}
	_, old := Step(env, Session{}, Input{Action: &Action{Verb: "??"}})
	for _, a := range []Action{{ID: pageQueue}, {ID: pageSales, Arg: argSalesOn}, {ID: string(number(string(testDraft)))}, {ID: "x"}} {
		a.Verb = verbAdmin
		if _, out := Step(env, Session{}, Input{Action: &a}); !sameOutcome(out, old) {
			t.Errorf("%+v: %+v", a, out)
		}
	}
}

// hugeOrder has more of everything than a message holds.
func hugeOrder() order.Order {
	o := failedOrder(order.ReasonStock)
	long := strings.Repeat("<Ж> & ", 100)
	for i := range 20 {
		l := o.Lines[0]
		l.Name, l.Item, l.State, l.Credited = long+strconv.Itoa(i), strconv.Itoa(i), order.LineFailed, 1
		o.Lines = append(o.Lines, l)
		o.Payments = append(o.Payments, order.Payment{N: i + 2, Gateway: long, State: order.PaymentOpen, Asked: order.MaxMoney, Seen: order.MaxMoney, Kept: order.MaxMoney})
		o.Payouts = append(o.Payouts, order.Payout{N: i + 1, Gateway: long, State: order.PayoutDone, Amount: order.MaxMoney, Network: long, Hash: long})
	}
	o.Doubts = allReasons()
	for range 400 {
		happened(&o, "by_hand", long, boris)
	}
	return o
}

func allReasons() []order.Reason {
	return append(reasons(), order.ReasonPayout, order.ReasonPayoutCap, order.ReasonPayoutUnclear, order.ReasonPayoutRefused, order.ReasonPayoutLeft)
}

// The largest order fits a message, on every page, in every language.
func TestAHugeOrderFitsAMessage(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	o := hugeOrder()
	env := testEnv()
	env.Person = Person{ID: olga, Admin: true}
	for _, lang := range []string{"en", "ru"} {
		v := voice{texts, lang}
		for _, screen := range []Screen{screenDesk, screenHistory, screenRefund} {
			for from := range len(o.Doubts) {
				o.Doubts = append(o.Doubts[1:], o.Doubts[0])
				s := Session{Language: lang, Chosen: true, Screen: screen, Number: o.Number, Page: from}
				r := AdminOrderResult{Intent: AdminOrder{Number: o.Number}, Order: o, Payers: []string{"inventpay"}}
				if screen == screenDesk { // with the longest word on top
					r.Intent, r.Code = AdminDo{What: AdminClose}, order.CodeInvalid
				}
				_, out := Step(env, s, Input{Result: r})
				if size := units(v.view(View{Blocks: out.Replies[0].View.Blocks})); size > 4096 {
					t.Fatalf("%s %s: %d units\n%s", lang, screen, size, v.view(View{Blocks: out.Replies[0].View.Blocks}))
				}
			}
		}
	}
	if texts.Missing() != 0 {
		t.Errorf("%d texts are missing", texts.Missing())
	}
}

// A session stays small whatever an admin types.
func TestAdminSessionsStaySmall(t *testing.T) {
	for _, why := range []string{strings.Repeat("a", 90), strings.Repeat("ж", 90), strings.Repeat("🎁", 49), strings.Repeat("<", 33), strings.Repeat("\"", 90)} {
		d := newDesk(failedOrder(order.ReasonStock))
		c := d.seat(t, "en", olga)
		c.session.Last = Account{Product: steam, Values: [MaxFields]string{strings.Repeat("x", 100)}}
		c.session.Message = 1 << 30
		c.command("refund", string(d.order.Number))
		c.session.Sum, c.session.Left, c.session.Vouched, c.session.Moments = order.MaxMoney, order.MaxMoney, 9, 999
		c.act(argToWallet + ":inventpay")
		s, _ := Step(c.env, c.session, Input{Text: why})
		raw, err := json.Marshal(s)
		if err != nil || len(raw) > sessionLimit {
			t.Errorf("%d bytes, err %v: %s", len(raw), err, raw)
		}
		if s.Why != why {
			t.Errorf("%q became %q", why, s.Why)
		}
	}
	c := newDesk(failedOrder(order.ReasonStock)).seat(t, "en", olga)
	toSure(c, failedOrder(order.ReasonStock))
	for _, why := range []string{strings.Repeat("a", 91), strings.Repeat("🎁", 60), "", "\x00\t "} {
		s, _ := Step(c.env, Session{Screen: screenDeskWhy, Number: c.session.Number, Way: "close"}, Input{Text: why})
		if s.Why != "" || s.Screen != screenDeskWhy {
			t.Errorf("%q was taken: %+v", why, s)
		}
	}
}
