package plexy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFailedOrderGivesTheBalanceBack(t *testing.T) {
	for mode, usd := range map[string]string{ModeFail: "2000", ModeFailKept: "1989.8"} {
		b := newBench(t)
		b.next(mode)
		got := b.buy(psn)
		b.want("at first", got.all("status", "balance_after"), "pending 1989.80")
		b.wantBooks(1, 0, 0, "1989.8")
		done := b.done(got)
		b.want(mode, done.all("status", "completed_at", "failed_at"), "failed null 2026-03-15T12:00:03Z")
		if strings.Contains(done.raw, "voucher_code") {
			t.Errorf("goods: %s", done.raw)
		}
		b.wantBooks(1, 0, 0, usd)
		b.want("later ones go well", b.done(b.buy(psn)).at("status"), "completed")
	}
}

func TestUnknownAccountFailsLater(t *testing.T) {
	b := newBench(t)
	for _, id := range UnknownAccounts() {
		got := b.topUp(pubg, "5.00", fmt.Sprintf(`{"player_id":%q}`, id))
		b.want(id, got.all("status", "balance_after"), "pending 1994.75")
		b.want(id, b.done(got).at("status"), "failed")
	}
	b.wantBooks(3, 0, 0, "2000")
	b.apply(Change{UnknownAccounts: &[]string{"51234"}})
	b.want("chosen", b.done(b.topUp(pubg, "5.00", `{"player_id":"51234"}`)).at("status"), "failed")
	b.want("no longer unknown", b.done(b.topUp(pubg, "5.00", `{"player_id":"unknown"}`)).at("status"), "completed")
	b.apply(Change{UnknownAccounts: &[]string{}})
	b.want("none unknown", b.done(b.topUp(pubg, "5.00", `{"player_id":"51234"}`)).at("status"), "completed")
	b.wantBooks(6, 0, 2, "1989.5")
}

func TestErrorsAroundAnOrder(t *testing.T) {
	b := newBench(t)
	b.next(ModeErrorBefore, ModeRateLimited, ModeErrorAfter)
	b.wantRefused(b.post(`{"product_id":101}`, "k"), 503, "internal_error")
	limited := b.post(`{"product_id":101}`, "k")
	b.wantRefused(limited, 429, "rate_limited")
	b.want("wait", limited.header.Get("Retry-After"), "10")
	b.want("lost", fmt.Sprint(b.post(`{"product_id":101}`, "k").status), "502")
	b.wantBooks(1, 0, 0, "1989.8")
	again := b.post(`{"product_id":101}`, "k")
	b.want("replay", words(again.status, again.at("id")), "201 "+b.v.Books().Orders[0].ID)
	b.want("found by key", b.get("/orders").items()[0].at("idempotency_key"), "k")
	b.wantBooks(1, 0, 0, "1989.8")
}

func TestOddGoods(t *testing.T) {
	b := newBench(t)
	b.next(ModeEmptyContent, ModeOddContent, ModeSameCode, ModeNormal, ModeSameCode)
	contents := []string{}
	for range 5 {
		done := b.done(b.buy(psn))
		b.want("status", done.at("status"), "completed")
		contents = append(contents, done.at("order_content"))
	}
	b.want("empty", contents[0], "map[]")
	if !strings.HasPrefix(contents[1], "map[activation:") {
		t.Errorf("odd: %s", contents[1])
	}
	if contents[2] == contents[1] || contents[3] == contents[2] || contents[4] != contents[3] {
		t.Errorf("same code: %v", contents)
	}
	b.wantBooks(5, 4, 0, "1949")
}

func TestAnswersThatDoNotAddUp(t *testing.T) {
	b := newBench(t)
	b.next(ModeWrongTest, ModeWrongSums)
	b.want("is_test", b.buy(psn).at("is_test"), "true")
	b.want("sums", b.buy(psn).all("is_test", "balance_before", "balance_after", "charged_amount"), "false 1989.80 1979.59 10.20")
	b.wantBooks(2, 0, 0, "1979.6")
}

func TestCodeWithPinAndSerial(t *testing.T) {
	b := newBench(t)
	done := b.done(b.buy(razer))
	for key, look := range map[string]string{
		"voucher_code": `^([A-Z2-7]{4}-){2}[A-Z2-7]{4}$`, "pin": `^[0-9]{8}$`, "serial": `^SN[0-9]{12}$`,
	} {
		if !regexp.MustCompile(look).MatchString(done.at("order_content." + key)) {
			t.Errorf("%s: %s", key, done.raw)
		}
	}
	if k := b.v.Books(); len(k.Orders[0].Content) != 3 || k.Totals.Codes != 1 {
		t.Errorf("books %+v", k.Orders[0])
	}
}

func TestEveryCodeIsDistinct(t *testing.T) {
	b := newBench(t)
	b.apply(Change{PendingFor: ptr("0s"), Balances: map[string]string{"USD": "100000"}})
	seen := map[string]bool{}
	for range 300 {
		got := b.buy(razer)
		b.want("at once", got.all("status", "completed_at"), "completed 2026-03-15T12:00:00Z")
		for _, key := range []string{"voucher_code", "pin", "serial"} {
			value := got.at("order_content." + key)
			if seen[value] {
				t.Fatalf("%s %s was handed out twice", key, value)
			}
			seen[value] = true
		}
	}
}

func TestDelayAndTick(t *testing.T) {
	b := newBench(t)
	if _, ok := b.v.NextDue(); ok {
		t.Error("something is due in an empty book")
	}
	b.apply(Change{PendingFor: ptr("1m")})
	b.buy(psn)
	b.apply(Change{PendingFor: ptr("20s")})
	b.buy(psn)
	if at, ok := b.v.NextDue(); !ok || at.Sub(b.clock.Now()) != 20*time.Second {
		t.Errorf("next due %v %v", at, ok)
	}
	b.clock.Advance(20 * time.Second)
	b.want("ticks", fmt.Sprint(b.v.Tick(t.Context()), b.v.TickParallel(t.Context(), 8)), "1 0")
	if at, ok := b.v.NextDue(); !ok || at.Sub(b.clock.Now()) != 40*time.Second {
		t.Errorf("next due %v %v", at, ok)
	}
	b.clock.Advance(time.Hour)
	b.v.Settle()
	if _, ok := b.v.NextDue(); ok {
		t.Error("something is still due")
	}
	b.wantBooks(2, 2, 0, "1979.6")
}

func TestStoppedCompleting(t *testing.T) {
	b := newBench(t)
	b.apply(Change{StopCompleting: ptr(true)})
	got := b.done(b.buy(psn))
	b.clock.Advance(48 * time.Hour)
	b.want("stopped", b.get("/orders/"+got.at("id")).at("status"), "pending")
	if _, ok := b.v.NextDue(); ok {
		t.Error("due although nothing completes")
	}
	if n := b.v.Books().Totals.Pending; n != 1 {
		t.Errorf("%d pending", n)
	}
	b.apply(Change{StopCompleting: ptr(false)})
	b.want("goes on", b.get("/orders/"+got.at("id")).at("status"), "completed")
}

func TestUndocumentedStatuses(t *testing.T) {
	b := newBench(t)
	b.apply(Change{StatusWord: ptr("processing")})
	first := b.buy(psn)
	b.want("word", first.at("status"), "processing")
	b.want("by word", fmt.Sprint(len(b.get("/orders?status=processing").items()), len(b.get("/orders?status=pending").items())), "1 0")
	b.want("done", b.done(first).at("status"), "completed")

	b.apply(Change{StatusWord: ptr("")})
	second := b.buy(psn)
	b.apply(Change{Statuses: map[string]string{second.at("id"): "refunded"}})
	b.want("stays", b.done(second).at("status"), "refunded")
	if _, ok := b.v.NextDue(); ok {
		t.Error("due although the word holds it")
	}
	b.wantBooks(2, 1, 0, "1979.6")
	b.apply(Change{Statuses: map[string]string{second.at("id"): ""}})
	b.want("goes on", b.done(second).at("status"), "completed")
	b.wantBooks(2, 2, 0, "1979.6")
}

func TestOrdersEndedByControl(t *testing.T) {
	b := newBench(t)
	b.apply(Change{StopCompleting: ptr(true)})
	ids := []string{b.buy(psn).at("id"), b.buy(psn).at("id"), b.topUp(pubg, "10", `{"player_id":"1"}`).at("id")}
	b.apply(Change{FailOrder: &ids[0], CompleteOrder: &ids[2]})
	b.apply(Change{FailOrder: &ids[1], KeepReserve: true})
	statuses := []string{}
	for _, o := range b.v.Books().Orders {
		statuses = append(statuses, words(o.Status, o.Returned))
	}
	b.want("statuses", strings.Join(statuses, " "), "failed true failed false completed false")
	b.wantBooks(3, 0, 1, "1979.3")
	b.want("spent", b.v.Books().Totals.Spent["USD"].String(), "20.7")
	b.apply(Change{StopCompleting: ptr(false)})
	b.clock.Advance(time.Hour)
	b.v.Settle()
	b.wantBooks(3, 0, 1, "1979.3")
}

func TestMarginPerProduct(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Margins: map[int64]string{psn: "100", pubg: "0"}, Prices: map[int64]string{psn: "11.01"}})
	b.want("doubled", b.buy(psn).at("charged_amount"), "22.02")
	b.want("none", b.topUp(pubg, "5", `{"player_id":"1"}`).at("charged_amount"), "5.00")
	b.want("another", b.buy(razer).at("charged_amount"), "20.70")
	b.want("books", b.v.Books().Orders[0].Amount.String(), "11.01")
}

func TestNewOrdersCanBeHidden(t *testing.T) {
	b := newBench(t)
	b.apply(Change{HiddenFor: ptr("10s")})
	id := b.buy(psn).at("id")
	b.want("hidden", fmt.Sprint(b.get("/orders/"+id).status, len(b.get("/orders").items())), "404 0")
	b.clock.Advance(10 * time.Second)
	b.want("seen", fmt.Sprint(b.get("/orders/"+id).status, len(b.get("/orders").items())), "200 1")
}

func TestOrderPages(t *testing.T) {
	b := newBench(t)
	made := []string{}
	for i := range 7 {
		made = append(made, b.buy([]int{psn, razer}[i%2]).at("id"))
	}
	b.next(ModeFail)
	made = append(made, b.buy(psn).at("id"))
	b.clock.Advance(3 * time.Second)
	made = append(made, b.buy(psn).at("id"))
	newest := reversed(made)
	for path, want := range map[string][]string{
		"/orders":                           newest,
		"/orders?page=1&pageSize=4":         newest[:4],
		"/orders?page=3&pageSize=4":         newest[8:],
		"/orders?page=4&pageSize=4":         {},
		"/orders?status=pending":            newest[:1],
		"/orders?status=failed":             newest[1:2],
		"/orders?status=odd":                {},
		"/orders?product_id=103":            {made[5], made[3], made[1]},
		"/orders?product_id=103&pageSize=2": {made[5], made[3]},
		"/orders?product_id=999":            {},
	} {
		if got := b.get(path); got.status != 200 || !slices.Equal(idsOf(got), want) {
			t.Errorf("%s: %d %v, want %v", path, got.status, idsOf(got), want)
		}
	}
	b.want("page", b.get("/orders?page=3&pageSize=4").all("page", "pageSize", "total"), "3 4 9")
	b.want("filtered", b.get("/orders?product_id=103&pageSize=2").all("page", "pageSize", "total"), "1 2 3")
	b.want("default", b.get("/orders").all("page", "pageSize", "total"), "1 50 9")
	if one, list := b.get("/orders/"+made[0]), b.get("/orders?pageSize=9"); fmt.Sprint(list.items()[8].data) != fmt.Sprint(one.data) {
		t.Errorf("the list shows another order: %v", list.items()[8].data)
	}
	for _, path := range []string{"/orders?page=0", "/orders?pageSize=x", "/orders?page=-1", "/orders?product_id=steam"} {
		b.want(path, fmt.Sprint(b.get(path).status), "400")
	}
}
