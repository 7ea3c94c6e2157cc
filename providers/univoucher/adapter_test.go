package univoucher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
)

// world plays the vendor and the nodes: a state that a test changes, and a list
// of what was asked.
type world struct {
	t       testing.TB
	now     time.Time
	cards   []map[string]any // newest first
	points  int
	chains  string
	create  func(sent map[string]any) (int, string)
	cancel  func(sent map[string]any) (int, string)
	fault   map[string]int // route → status
	cut     map[string]bool
	hidden  map[string]bool // cards the index does not show yet
	native  string
	gas     string
	token   string
	waiting int
	mined   int
	strict  bool // creators are compared as they are spelled
	seen    []string
	log     bytes.Buffer
	meter   meter
}

const itemUSDC = "8453-USDC"

func newWorld(t testing.TB) *world {
	return &world{
		t: t, now: time.Date(2026, 3, 15, 12, 6, 0, 0, time.UTC), points: 100,
		chains: `{"chains":[{"id":8453,"name":"Base"},{"id":56,"name":"BNB"},{"id":137,"name":"Polygon"},{"id":42161,"name":"Arbitrum"}]}`,
		fault:  map[string]int{}, cut: map[string]bool{}, hidden: map[string]bool{},
		native: "0xde0b6b3a7640000", gas: "0x3b9aca00", token: "0x" + fmt.Sprintf("%064x", 1_000_000_000), waiting: 4, mined: 4,
	}
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent map[string]any
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		if err := json.Unmarshal(raw, &sent); err != nil {
			w.t.Error(err)
		}
	}
	route := strings.TrimPrefix(r.URL.Path, "/v1")
	if r.URL.Host == "node.example" {
		route = sent["method"].(string)
	}
	w.seen = append(w.seen, route)
	if w.cut[route] {
		return nil, io.ErrUnexpectedEOF
	}
	status, reply := w.fault[route], `{"error":"fault"}`
	if status == 0 {
		status, reply = w.answer(route, r, sent)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(reply))}, nil
}

func (w *world) answer(route string, r *http.Request, sent map[string]any) (int, string) {
	switch route {
	case "/health":
		return 200, `{"status":"ok"}`
	case "/chains":
		return 200, w.chains
	case "/cards/single":
		return w.single(r.URL.Query().Get("id"))
	case "/cards/all":
		return w.list(r)
	case "/cards/create":
		return w.create(sent)
	case "/cards/cancel":
		return w.cancel(sent)
	case "eth_chainId":
		return 200, result("0x" + strings.TrimPrefix(r.URL.Path, "/"))
	case "eth_getBalance":
		return 200, result(w.native)
	case "eth_gasPrice":
		return 200, result(w.gas)
	case "eth_call":
		return 200, result(w.token)
	case "eth_getTransactionCount":
		if strings.Contains(fmt.Sprint(sent["params"]), "pending") {
			return 200, result(fmt.Sprintf("0x%x", w.waiting))
		}
		return 200, result(fmt.Sprintf("0x%x", w.mined))
	}
	if chain, ok := strings.CutPrefix(route, "/fees/history/"); ok {
		return 200, fmt.Sprintf(`{"chainId":%s,"currentFeePercentage":0.01,"currentFeeBasisPoints":%d,"history":[]}`, chain, w.points)
	}
	w.t.Errorf("extra call %s", route)
	return 418, `{}`
}

func (w *world) single(id string) (int, string) {
	for _, c := range w.cards {
		if fmt.Sprint(c["cardId"]) == id && !w.hidden[id] {
			return 200, encoded(w.t, c)
		}
	}
	return 404, `{"error":"Card not found"}`
}

func (w *world) list(r *http.Request) (int, string) {
	q := r.URL.Query()
	var all []map[string]any
	for _, c := range w.cards {
		creator := fmt.Sprint(c["creator"])
		mine := strings.EqualFold(creator, q.Get("creator")) && (!w.strict || creator == q.Get("creator"))
		if mine && fmt.Sprint(c["chainId"]) == q.Get("chain") && !w.hidden[fmt.Sprint(c["cardId"])] {
			all = append(all, c)
		}
	}
	if q.Get("sortDirection") != "desc" || q.Get("tokenAddress") != "" || q.Get("status") != "" {
		w.t.Errorf("list %s", r.URL.RawQuery)
	}
	page, _ := strconv.Atoi(q.Get("page"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	from := min((page-1)*limit, len(all))
	return 200, encoded(w.t, map[string]any{
		"total": len(all), "page": page, "limit": limit, "totalPages": (len(all) + limit - 1) / limit, "cards": append([]map[string]any{}, all[from:min(from+limit, len(all))]...),
	})
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// mint puts a good card of ten dollars on top of the list, with the vector's
// key and secret.
func (w *world) mint(id int, change ...func(map[string]any)) {
	c := map[string]any{
		"cardId": id, "slotId": checksummed(vectorSlot), "chainId": 8453, "chainName": "Base", "active": true, "status": "active",
		"tokenAddress": strings.ToLower(baseUSDC), "tokenAmount": "10000000", "creator": checksummed(key(w.t, walletKey).Address()), "message": "",
		"encryptedPrivateKey": vectorLocked, "feePaid": "100000", "createdAt": w.now.Add(time.Second).Format(time.RFC3339), "creationHash": "0xc1",
	}
	for _, f := range change {
		f(c)
	}
	w.cards = slices.Insert(w.cards, 0, c)
}

// put changes one field of a card.
func put(field string, value any) func(map[string]any) {
	return func(c map[string]any) { c[field] = value }
}

func (w *world) card(id string) map[string]any {
	return w.cards[slices.IndexFunc(w.cards, func(c map[string]any) bool { return fmt.Sprint(c["cardId"]) == id })]
}

func (w *world) chain() rest.Chain {
	return rest.Chain{
		Bare: true, Transport: w, Observer: &w.meter, Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (w *world) settings() Settings {
	k := key(w.t, walletKey)
	return Settings{
		Keys: map[int64]PrivateKey{8453: k, 56: k, 1: k, 137: k}, Tokens: DefaultTokens(), CallbackBase: "https://shop.example/webhooks/univoucher/",
	}
}

func (w *world) adapter(change ...func(*Settings)) *Adapter {
	w.t.Helper()
	s := w.settings()
	for _, f := range change {
		f(&s)
	}
	c, err := New(Options{BaseURL: "https://api.univoucher.com/v1", Keys: []PrivateKey{key(w.t, walletKey)}, Chain: w.chain()})
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := NewNodes(map[int64]string{8453: "https://node.example/2105", 56: "https://node.example/38", 1: "https://node.example/1", 42161: "https://node.example/a4b1"}, w.chain())
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := NewAdapter(c, n, tokens(), s, func() time.Time { return w.now })
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// count is how often a route was asked.
func (w *world) count(route string) int {
	n := 0
	for _, s := range w.seen {
		if s == route {
			n++
		}
	}
	return n
}

func (w *world) purchase(quantity int) order.Purchase {
	return order.Purchase{
		Key: "k", Reference: reference, Item: itemUSDC, Quantity: quantity, Face: 10_000_000, FirstSentAt: order.At(w.now), UnitCost: 10_200_000,
		Purse: "univoucher:8453-USDC", Details: order.Details{Message: "Happy birthday"},
	}
}

// codeIs compares an error's code, "" for none: order.CodeOf counts no error as
// unclear.
func codeIs(t *testing.T, name string, err error, want order.Code) {
	t.Helper()
	var got order.Code
	if err != nil {
		got = order.CodeOf(err)
		noSecrets(t, err.Error())
	}
	if got != want {
		t.Errorf("%s: %v, want code %q", name, err, want)
	}
}

func TestTerms(t *testing.T) {
	w := newWorld(t)
	a := w.adapter()
	got := a.Terms()
	if !got.Once || got.Pieces != 10 || got.Frees || got.Look != time.Minute || got.Patience != 30*time.Minute || got.Recalls || got.Sends < 1 || a.Name() != "univoucher" {
		t.Errorf("%+v", got)
	}
	if got.Lock("8453-USDC") != "8453" || got.Lock("8453-USDT") != "8453" || got.Lock("1-USDC") != "1" {
		t.Error("one creation at a time per chain")
	}
	if !w.adapter(func(s *Settings) { s.Cancel = true }).Terms().Recalls {
		t.Error("cancelling is on")
	}
}

func TestUnusableSettings(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*Settings){
		"a token twice":     func(s *Settings) { s.Tokens = append(s.Tokens, s.Tokens[0]) },
		"unknown chain":     func(s *Settings) { s.Tokens[0].Chain = 5 },
		"lower case":        func(s *Settings) { s.Tokens[0].Symbol = "usdc" },
		"no address":        func(s *Settings) { s.Tokens[0].Address = "0x12" },
		"the native coin":   func(s *Settings) { s.Tokens[0].Address = zeroAddress },
		"negative decimals": func(s *Settings) { s.Tokens[0].Decimals = -1 },
		"huge decimals":     func(s *Settings) { s.Tokens[0].Decimals = 31 },
		"min 0":             func(s *Settings) { s.Tokens[0].Min = 0 },
		"max below min":     func(s *Settings) { s.Tokens[0].Max = 1 },
		"max beyond money":  func(s *Settings) { s.Tokens[0].Max = order.MaxMoney },
		"a preset outside":  func(s *Settings) { s.Tokens[0].Presets = []order.Money{1_000_000_000} },
		"not of the token":  func(s *Settings) { s.Tokens[0].Decimals, s.Tokens[0].Min = 2, 5_005_000 },
		"gas below 0":       func(s *Settings) { s.Tokens[0].GasUSD = -1 },
		"plain http":        func(s *Settings) { s.CallbackBase = "http://shop.example/webhooks/univoucher/" },
		"no slash":          func(s *Settings) { s.CallbackBase = "https://shop.example/webhooks/univoucher" },
		"no address base":   func(s *Settings) { s.CallbackBase = "" },
	} {
		s := w.settings()
		change(&s)
		if _, err := NewAdapter(nil, nil, tokens(), s, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The defaults are the issuers' contracts: a typing error breaks the checksum.
func TestDefaultTokens(t *testing.T) {
	seen := map[string]bool{}
	for _, token := range DefaultTokens() {
		if checksummed(token.Address) != token.Address || token.check() != nil || seen[token.Item()] || seen[token.Address] {
			t.Errorf("%s %s", token.Item(), token.Address)
		}
		seen[token.Item()], seen[token.Address] = true, true
		if want := map[bool]int{true: 18, false: 6}[token.Chain == 56]; token.Decimals != want {
			t.Errorf("%s has %d decimals", token.Item(), token.Decimals)
		}
		if token.Min != 5_000_000 || token.Max != 500_000_000 || token.GasUSD <= 0 || len(token.Presets) != 3 {
			t.Errorf("%+v", token)
		}
	}
	for _, n := range Networks() {
		for _, symbol := range []string{"USDC", "USDT"} {
			if !seen[strconv.FormatInt(n.ID, 10)+"-"+symbol] {
				t.Errorf("no %s on %s", symbol, n.Name)
			}
		}
	}
	token := Token{Chain: 8453, Symbol: "USDC"}
	if token.Item() != itemUSDC || token.Purse() != "univoucher:8453-USDC" {
		t.Error("names")
	}
}

func TestJoined(t *testing.T) {
	ids := []string{"10", "9", "102", "9"}
	if got := joined(ids); got != "9,10,102" || ids[0] != "10" {
		t.Errorf("%s %v", got, ids)
	}
	if joined(nil) != "" {
		t.Error("nothing")
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(t)
	codeIs(t, "up", w.adapter().Health(t.Context()), "")
	w.fault["/health"] = 503
	codeIs(t, "down", w.adapter().Health(t.Context()), order.CodeUnclear)
}
