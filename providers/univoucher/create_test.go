package univoucher

import (
	"bytes"
	"errors"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// meter keeps the labels a client reports.
type meter struct{ labels []string }

func (m *meter) Request(vendor, endpoint string, outcome rest.Outcome, _ time.Duration) {
	m.labels = append(m.labels, vendor+" "+endpoint+" "+string(outcome))
}
func (m *meter) Breaker(vendor, state string)        { m.labels = append(m.labels, vendor+" "+state) }
func (m *meter) Skew(vendor string, _ time.Duration) { m.labels = append(m.labels, vendor) }

func createdWanted() Created {
	return Created{
		OrderID: "order_12345", Status: "pending", Issuer: "0x4A76C41C3b3c50f2e75acFb77C36e35d603d628f", Chain: 8453, Token: baseUSDC,
		Amount: big.NewInt(1_000_000), Fee: big.NewInt(10_000), Total: big.NewInt(1_010_000), All: big.NewInt(1_010_000), Quantity: 1,
		CallbackURL: hookURL, CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC),
	}
}

func TestCreateOnTheWire(t *testing.T) {
	c := scripted(t, createCall(202, body(t, "created.json")), createCall(202, body(t, "created.json")))
	for range 2 { // the same request is the same bytes
		got, err := c.Create(t.Context(), request(t))
		if err != nil {
			t.Fatal(err)
		}
		same(t, createdWanted(), got)
	}
}

func TestCreateSync(t *testing.T) {
	r := request(t)
	r.CallbackURL, r.AuthToken, r.Message = "", Secret{}, ""
	call := createCall(200, body(t, "created_sync.json"))
	call.Body = `{"network":8453,"tokenAddress":"` + baseUSDC + `","amount":"1000000","quantity":1,"privateKey":"` + walletKey + `","orderId":"order_12345"}`
	got, err := scripted(t, call).CreateSync(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := createdWanted()
	want.Status, want.CallbackURL, want.Approvals, want.Creations = "success", "", []string{"0xa1"}, []string{"0xc1"}
	want.Cards = []NewCard{{ID: "1026123", Secret: NewSecret(vectorSecret), Slot: vectorSlot, Amount: big.NewInt(1_000_000), Token: baseUSDC, OrderID: "order_12345"}}
	same(t, want, got)
	if _, err := scripted(t).CreateSync(t.Context(), request(t)); rest.KindOf(err) != rest.KindRefused {
		t.Errorf("a callback in the synchronous form: %v", err)
	}
}

// Minutes of mining are waited for.
func TestCreateSyncWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		r.CallbackURL, r.AuthToken = "", Secret{}
		call := resttest.Call{Check: anything, Reply: body(t, "created_sync.json"), After: 50 * time.Minute}
		if _, err := chained(t, rest.Chain{}, call).CreateSync(t.Context(), r); err != nil {
			t.Error(err)
		}
	})
}

func TestCreateRefusesBeforeSending(t *testing.T) {
	for name, change := range map[string]func(*CreateRequest){
		"no chain":      func(r *CreateRequest) { r.Chain = 0 },
		"no token":      func(r *CreateRequest) { r.Token = "USDC" },
		"no amount":     func(r *CreateRequest) { r.Amount = nil },
		"amount 0":      func(r *CreateRequest) { r.Amount = new(big.Int) },
		"negative":      func(r *CreateRequest) { r.Amount = big.NewInt(-1) },
		"beyond uint":   func(r *CreateRequest) { r.Amount = new(big.Int).Lsh(big.NewInt(1), 256) },
		"quantity 0":    func(r *CreateRequest) { r.Quantity = 0 },
		"quantity 101":  func(r *CreateRequest) { r.Quantity = 101 },
		"no key":        func(r *CreateRequest) { r.Key = PrivateKey{} },
		"no order":      func(r *CreateRequest) { r.OrderID = "" },
		"long order":    func(r *CreateRequest) { r.OrderID = strings.Repeat("x", 101) },
		"long message":  func(r *CreateRequest) { r.Message = strings.Repeat("я", 101) },
		"no text":       func(r *CreateRequest) { r.Message = "\xff" },
		"no callback":   func(r *CreateRequest) { r.CallbackURL = "" },
		"plain http":    func(r *CreateRequest) { r.CallbackURL = "http://shop.example/x" },
		"short token":   func(r *CreateRequest) { r.AuthToken = NewSecret("short") },
		"user in a URL": func(r *CreateRequest) { r.CallbackURL = "https://u:p@shop.example/x" },
	} {
		r := request(t)
		change(&r)
		_, err := scripted(t).Create(t.Context(), r)
		if e := rest.As(err); e == nil || e.Kind != rest.KindRefused || e.Code != CodeLocal {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := request(t)
	r.Message, r.CallbackURL = strings.Repeat("я", 100), "http://127.0.0.1:8080/x"
	if _, err := r.encode(); err != nil || checkCallback(createRoute, r.CallbackURL, r.AuthToken) != nil {
		t.Errorf("100 characters, loopback: %v", err)
	}
}

// Whatever happens, a creation leaves once (univoucher sheet §6).
func TestCreateIsNeverSentAgain(t *testing.T) {
	for name, call := range map[string]resttest.Call{
		"500": createCall(500, `{"error":"Internal server error"}`), "503": createCall(503, ``), "429": createCall(429, ``), "408": createCall(408, ``), "425": createCall(425, ``),
		"cut": {Body: createBody, Fault: resttest.Cut}, "cut body": {Body: createBody, Status: 202, Reply: body(t, "created.json"), Fault: resttest.CutBody},
		"hang": {Body: createBody, Fault: resttest.Hang}, "unreadable": createCall(202, `{`), "failed": createCall(202, `{"success":false,"error":"x"}`),
		"another form": createCall(200, body(t, "created_sync.json")), "no order": createCall(202, `{"success":true,"status":"pending"}`), "empty": createCall(202, ``),
		"redirect": createCall(307, ``),
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := chained(t, rest.Chain{}, call).Create(t.Context(), request(t)) // a second call would be an extra one
			if kind := rest.KindOf(err); kind != rest.KindUnclear && kind != rest.KindLimited {
				t.Errorf("%s: %v", name, err)
			}
			if time.Since(start) > createTimeout {
				t.Errorf("%s: took %s", name, time.Since(start))
			}
			noSecrets(t, err.Error())
		})
	}
}

func TestCreateKeepsThePlantedKey(t *testing.T) {
	var log bytes.Buffer
	m := &meter{}
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	echo := `{"error":"Invalid private key format: ` + walletKey + ` and ` + walletKey[2:] + ` of ` + authText + `"}`
	for _, reply := range []string{echo, `{"error":"` + walletKey + `"}`, `{"error":"` + vectorSecret + `"}`, `{"message":"` + walletKey + `"}`, walletKey} {
		for _, status := range []int{400, 500, 202} {
			c := chained(t, rest.Chain{Bare: true, Log: logger, Observer: m}, createCall(status, reply))
			_, err := c.Create(t.Context(), request(t))
			if err == nil {
				t.Fatal("it was accepted")
			}
			for ; err != nil; err = errors.Unwrap(err) {
				log.WriteString(err.Error())
			}
		}
	}
	text := log.String() + strings.Join(m.labels, "\n")
	noSecrets(t, text)
	if strings.Contains(text, authText) || !strings.Contains(text, "univoucher POST /cards/create refused") {
		t.Errorf("labels or the auth token: %s", text)
	}
}

func TestCancelOnTheWire(t *testing.T) {
	r := CancelRequest{CardIDs: []string{"102123456", "102123457"}, Key: key(t, walletKey), CallbackURL: hookURL, AuthToken: NewSecret(authText)}
	call := resttest.Call{
		Method: "POST", Target: "/v1/cards/cancel", Status: 202, Reply: `{"success":true}`,
		Body: `{"cardIds":["102123456","102123457"],"privateKey":"` + walletKey + `","callbackUrl":"` + hookURL + `","authToken":"` + authText + `"}`,
	}
	if err := scripted(t, call).Cancel(t.Context(), r); err != nil {
		t.Error(err)
	}
	for _, reply := range []string{`{}`, `{"success":false}`, ``, `{"success":"yes"}`} {
		call.Reply = reply
		if err := scripted(t, call).Cancel(t.Context(), r); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%q: %v", reply, err)
		}
	}
	for name, change := range map[string]func(*CancelRequest){
		"none": func(r *CancelRequest) { r.CardIDs = nil }, "101": func(r *CancelRequest) { r.CardIDs = make([]string, 101) },
		"no number": func(r *CancelRequest) { r.CardIDs = []string{"x"} }, "no key": func(r *CancelRequest) { r.Key = PrivateKey{} },
		"no token": func(r *CancelRequest) { r.AuthToken = Secret{} },
	} {
		odd := r
		change(&odd)
		if err := scripted(t).Cancel(t.Context(), odd); rest.KindOf(err) != rest.KindRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
