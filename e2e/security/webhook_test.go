package security

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
	"giftbot/sandbox/infini"
	"giftbot/sandbox/inventpay"
)

// knock is one request to a route of the shop that has to be refused.
type knock struct {
	name   string
	method string
	path   string
	header http.Header
	body   []byte
	status int
	why    string // how webhooks_total calls it after the vendor's name, "" where there is no route
}

const (
	signature = "X-Webhook-Signature"
	timestamp = "X-Webhook-Timestamp"
	eventID   = "X-Webhook-Event-Id"
)

// flip changes one bit of a text so that it stays printable.
func flip(text string, at int) string {
	raw := []byte(text)
	raw[at] ^= 1
	return string(raw)
}

// changed is a header with one value set anew; without values it is taken away.
func changed(h http.Header, name string, values ...string) http.Header {
	out := h.Clone()
	if out[http.CanonicalHeaderKey(name)] = values; len(values) == 0 {
		out.Del(name)
	}
	return out
}

// respaced is the same JSON with other bytes.
func respaced(body []byte) []byte { return bytes.ReplaceAll(body, []byte(`,"`), []byte(`, "`)) }

// infiniSigned is an Infini webhook as the vendor would sign it.
func infiniSigned(secret string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set(timestamp, stamp)
	h.Set(eventID, "evt-security-1")
	h.Set(signature, infini.SignWebhook(secret, stamp, "evt-security-1", body))
	return h
}

func infiniKnocks(shop *kit.Shop, body []byte, now time.Time) []knock {
	secret := shop.Secrets().InfiniHook
	good, large := infiniSigned(secret, now, body), bytes.Repeat([]byte(" "), 64<<10+1)
	sum := good.Get(signature)
	list := []knock{
		{name: "no signature", header: changed(good, signature)},
		{name: "no timestamp", header: changed(good, timestamp)},
		{name: "no event id", header: changed(good, eventID)},
		{name: "no header at all", header: http.Header{}},
		{name: "wrong secret", header: infiniSigned("another secret than ours", now, body)},
		{name: "one bit of the signature", header: changed(good, signature, flip(sum, 63))},
		{name: "one bit of the timestamp", header: changed(good, timestamp, flip(good.Get(timestamp), 9))},
		{name: "one bit of the event id", header: changed(good, eventID, flip(good.Get(eventID), 0))},
		{name: "one bit of the body", header: good, body: []byte(flip(string(body), len(body)-3))},
		{name: "re-serialised", header: good, body: respaced(body)},
		{name: "two signatures", header: changed(good, signature, sum, sum)},
		{name: "two timestamps", header: changed(good, timestamp, good.Get(timestamp), good.Get(timestamp))},
		{name: "upper case", header: changed(good, signature, strings.ToUpper(sum))},
		{name: "after the window", header: infiniSigned(secret, now.Add(-31*time.Minute), body)},
		{name: "before its time", header: infiniSigned(secret, now.Add(6*time.Minute), body)},
		{name: "oversized", header: infiniSigned(secret, now, large), body: large, status: http.StatusRequestEntityTooLarge, why: "too_large"},
		{name: "GET", method: http.MethodGet, header: good, status: http.StatusMethodNotAllowed, why: "not_posted"},
		{name: "PUT", method: http.MethodPut, header: good, status: http.StatusMethodNotAllowed, why: "not_posted"},
		{name: "signed, and no event", header: infiniSigned(secret, now, []byte("[]")), body: []byte("[]"), status: http.StatusBadRequest, why: "malformed"},
	}
	return completed(list, "/webhooks/infini", body, http.StatusUnauthorized, "bad_signature")
}

func inventPayKnocks(shop *kit.Shop, body []byte) []knock {
	sum, large := inventpay.SignWebhook(shop.Secrets().InventHook, body), bytes.Repeat([]byte(" "), 64<<10+1)
	with := func(values ...string) http.Header {
		return changed(http.Header{"Content-Type": {"application/json"}}, signature, values...)
	}
	list := []knock{ // nothing that is signed is fresh: there is no window (inventpay sheet §5)
		{name: "no signature", header: with()},
		{name: "empty signature", header: with("")},
		{name: "wrong secret", header: with(inventpay.SignWebhook("another secret than ours", body))},
		{name: "one bit of the signature", header: with(flip(sum, 0))},
		{name: "one bit of the body", header: with(sum), body: []byte(flip(string(body), len(body)-3))},
		{name: "re-serialised", header: with(sum), body: respaced(body)},
		{name: "two signatures", header: with(sum, sum)},
		{name: "a shortened signature", header: with(sum[:32])},
		{name: "oversized", header: with(inventpay.SignWebhook(shop.Secrets().InventHook, large)), body: large, status: http.StatusRequestEntityTooLarge, why: "too_large"},
		{name: "GET", method: http.MethodGet, header: with(sum), status: http.StatusMethodNotAllowed, why: "not_posted"},
	}
	return completed(list, "/webhooks/inventpay", body, http.StatusUnauthorized, "bad_signature")
}

// voucherKnocks: the vendor signs nothing, its secret is the path, and who
// knows that can do no more than have us look.
func voucherKnocks(shop *kit.Shop, body []byte) []knock {
	const base = "/webhooks/infinivoucher/"
	secret, large := shop.Secrets().VoucherPath, bytes.Repeat([]byte(" "), 16<<10+1)
	return completed([]knock{
		{name: "a guess", path: base + "guess"},
		{name: "one bit of the path", path: base + flip(secret, 3)},
		{name: "a shortened path", path: base + secret[:len(secret)-1]},
		{name: "no secret", path: base, why: "-"},
		{name: "more behind it", path: base + secret + "/x", why: "-"},
		{name: "none of its folder", path: "/webhooks/infinivoucher", why: "-"},
		{name: "oversized", path: base + secret, body: large, status: http.StatusRequestEntityTooLarge, why: "too_large"},
		{name: "no hint", path: base + secret, body: []byte(`{"data":{"order_id":"../wallet"}}`), status: http.StatusBadRequest, why: "malformed"},
		{name: "GET", path: base + secret, method: http.MethodGet, status: http.StatusMethodNotAllowed, why: "not_posted"},
	}, "", body, http.StatusNotFound, "bad_path")
}

// cardKnocks are around a callback that was taken before.
func cardKnocks(t *testing.T, letter kit.Letter) []knock {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(letter.Body, &fields); err != nil {
		t.Fatal(err)
	}
	with := func(field string, value any) []byte {
		other := maps.Clone(fields)
		other[field] = value
		raw, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	last, auth := len(letter.Path)-1, fmt.Sprint(fields["authToken"])
	parts := strings.Split(letter.Path, ".")
	parts[2] = "0-2" // the next attempt
	return completed([]knock{
		{name: "a guess", path: "/webhooks/univoucher/guess"},
		{name: "one bit of the path", path: flip(letter.Path, last)},
		{name: "a shortened path", path: letter.Path[:last]},
		{name: "another attempt's path", path: strings.Join(parts, ".")},
		{name: "one bit of the token", path: letter.Path, body: with("authToken", flip(auth, 5))},
		{name: "no token", path: letter.Path, body: with("authToken", "")},
		{name: "no JSON", path: letter.Path, body: []byte("cards"), status: http.StatusBadRequest, why: "malformed"},
		{name: "oversized", path: letter.Path, body: bytes.Repeat([]byte(" "), 1<<20+1), status: http.StatusRequestEntityTooLarge, why: "too_large"},
		{name: "GET", path: letter.Path, method: http.MethodGet, status: http.StatusMethodNotAllowed, why: "not_posted"},
	}, "", letter.Body, http.StatusUnauthorized, "bad_token")
}

// completed fills in what most knocks of a list have in common; "-" is no why.
func completed(list []knock, path string, body []byte, status int, why string) []knock {
	for i := range list {
		k := &list[i]
		if k.method == "" {
			k.method = http.MethodPost
		}
		if k.path == "" {
			k.path = path
		}
		if k.body == nil {
			k.body = body
		}
		if k.status == 0 {
			k.status = status
		}
		if k.why == "" {
			k.why = why
		}
		k.why, _ = strings.CutPrefix(k.why, "-")
	}
	return list
}

// vendorOf is the vendor of a route.
func vendorOf(path string) string {
	vendor, _, _ := strings.Cut(strings.TrimPrefix(path, "/webhooks/"), "/")
	return vendor
}

// try sends a knock and wants it refused and counted.
func (k knock) try(t *testing.T, shop *kit.Shop) {
	t.Helper()
	vendor := vendorOf(k.path)
	before := figure(t, shop, "webhooks_total", vendor+":"+k.why)
	status, answer := kit.Request(t, k.method, "http://"+shop.Bot().Addr+k.path, k.header, k.body)
	if status != k.status || len(answer) > 64 {
		t.Errorf("%s, %s: status %d, want %d: %q", vendor, k.name, status, k.status, answer)
	}
	if k.why != "" && figure(t, shop, "webhooks_total", vendor+":"+k.why) != before+1 {
		t.Errorf("%s, %s: not counted as %s", vendor, k.name, k.why)
	}
}

// doors is a shop with an order at each vendor.
type doors struct {
	*kit.Shop
	waiting kit.Checkout // at Infini
	coins   kit.Checkout // at InventPay
	letter  kit.Letter   // brought cards
}

func openDoors(t *testing.T) doors {
	t.Helper()
	d := doors{Shop: kit.Open(t, kit.Options{Clock: true})}
	d.Cards(map[string]any{"mint_delay": "100ms", "indexer_lag": "0s"})
	ada, boris, clara := d.Person(1001, "en"), d.Person(1002, "en"), d.Person(1004, "en")
	want := kit.Cheap()
	want.Gateway = kit.InventPay
	kit.AtOnce(
		func() { d.waiting = ada.Order(kit.Cheap()) },
		func() { d.coins = clara.Order(want) },
		func() {
			cards := boris.OrderCard(kit.Cards25(1))
			d.PayAt(cards, nil)
			kit.Eventually(t, "delivered card", func() bool { return d.OrderOf(cards.Number).Status == order.Delivered })
		},
	)
	d.letter = d.Letters()[0]
	return d
}

// TestWebhooks: at each vendor's door, whatever does not prove where it comes
// from is refused with 4xx, changes nothing, is counted and logged.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	reference := d.GatewayBooks().Orders[0].ClientReference
	paid := fmt.Appendf(nil, `{"event":"order.completed","order_id":%q,"client_reference":%q,"status":"paid","amount_confirmed":"1.88"}`, d.waiting.ID, reference)
	coins := fmt.Appendf(nil, `{"event":"payment.completed","paymentId":%q,"orderId":%q,"status":"COMPLETED"}`, d.coins.ID, d.coins.Number[:5]+d.coins.Number[6:]+"-1")
	hint := []byte(`{"event":"order.completed","data":{"order_id":"clforged000000000000000","status":"COMPLETED"}}`)
	all := slices.Concat(
		infiniKnocks(d.Shop, paid, time.Now()), inventPayKnocks(d.Shop, coins), voucherKnocks(d.Shop, hint), cardKnocks(t, d.letter),
		completed([]knock{ // calls nobody back (plexy sheet §7): there is no door
			{name: "no such route", path: "/webhooks/plexy"}, {name: "nor below", path: "/webhooks/plexy/x"}, {name: "nor GET", path: "/webhooks/plexy", method: http.MethodGet},
		}, "", paid, http.StatusNotFound, "-"),
	)
	unchanged(t, d.Shop, nil, func() {
		for _, k := range all {
			k.try(t, d.Shop)
		}
	})
	refusalsLogged(t, d.Shop, all)
	if m := d.Person(1001, "en").At(d.waiting.Message); !strings.Contains(m.Text, "Waiting for your payment") {
		t.Errorf("the order has moved: %s", m.Text)
	}
	// The same doors open to the vendor itself, so it was not the door that was shut.
	accepted(t, d, "/webhooks/infini", infiniSigned(d.Secrets().InfiniHook, time.Now(), paid), paid)
	accepted(t, d, "/webhooks/inventpay", http.Header{signature: {inventpay.SignWebhook(d.Secrets().InventHook, coins)}}, coins)
	accepted(t, d, "/webhooks/infinivoucher/"+d.Secrets().VoucherPath, nil, hint)
	if status := kit.Status(t, http.MethodPost, "http://"+d.Bot().Addr+d.letter.Path, nil, d.letter.Body); status != http.StatusOK {
		t.Errorf("a callback that comes again: %d", status)
	}
}

// accepted sends what a vendor would, and wants it stored.
func accepted(t *testing.T, d doors, path string, header http.Header, body []byte) {
	t.Helper()
	vendor := vendorOf(path)
	before := figure(t, d.Shop, "webhooks_total", vendor+":stored")
	if status := kit.Status(t, http.MethodPost, "http://"+d.Bot().Addr+path, header, body); status != http.StatusOK {
		t.Errorf("%s itself is refused: %d", vendor, status)
	}
	if figure(t, d.Shop, "webhooks_total", vendor+":stored") == before {
		t.Errorf("%s: what it says was not stored", vendor)
	}
}

// refusalsLogged: a line for each vendor and reason, and nothing of what was sent.
func refusalsLogged(t *testing.T, shop *kit.Shop, all []knock) {
	t.Helper()
	log := shop.Log()
	for _, k := range all {
		if line := fmt.Sprintf(`"msg":"webhook refused","from":%q,"why":%q`, vendorOf(k.path), k.why); k.why != "" && !strings.Contains(log, line) {
			t.Errorf("%s, %s: no line %s", vendorOf(k.path), k.name, line)
		}
		for _, values := range k.header {
			for _, value := range values {
				if len(value) >= 32 && strings.Contains(log, value) {
					t.Errorf("%s, %s: a signature is in the log", vendorOf(k.path), k.name)
				}
			}
		}
		if tail := k.path[strings.LastIndexByte(k.path, '/')+1:]; len(tail) >= 32 && strings.Contains(log, tail) {
			t.Errorf("%s, %s: a secret path is in the log", vendorOf(k.path), k.name)
		}
	}
}
