package univoucher

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

const callbackText = `{"orderId":"o","status":"success","issuerAddress":"0x1","network":8453,"tokenAddress":"0x2","amountPerCard":"10","feePerCard":"1","totalPerCard":"11",
"quantity":2,"totalAmount":"22","message":"m","cards":[{"cardId":5,"cardSecret":"A-B","slotId":"0x3","amount":"10","tokenAddress":"0x2","message":"m","orderId":"o"},{"cardId":"6","cardSecret":"C"}],
"approvalTransactionHashes":[],"creationTransactionHashes":["0xc"],"authToken":"t"}`

func TestCallbackIsRead(t *testing.T) {
	got, err := ParseCallback([]byte(callbackText))
	if err != nil {
		t.Fatal(err)
	}
	same(t, Callback{
		OrderID: "o", Status: "success", Chain: 8453, Token: "0x2", Amount: big.NewInt(10), Fee: big.NewInt(1), All: big.NewInt(22), Quantity: 2, Given: 2,
		Cards: []NewCard{
			{ID: "5", Secret: NewSecret("A-B"), Slot: "0x3", Amount: big.NewInt(10), Token: "0x2", Message: "m", OrderID: "o"}, {ID: "6", Secret: NewSecret("C")},
		},
		Creations: []string{"0xc"},
	}, got)
}

func TestOneOddCardDoesNotHideTheOthers(t *testing.T) {
	for odd, given := range map[string]int{`{"cardId":"x"}`: 3, `7`: 3, `null`: 3, `{"cardId":7,"cardSecret":5}`: 3, `{}`: 3} {
		got, err := ParseCallback([]byte(strings.Replace(callbackText, `"cards":[`, `"cards":[`+odd+`,`, 1)))
		if err != nil || len(got.Cards) != 2 || got.Given != given || got.Twice {
			t.Errorf("%s: %v %d of %d", odd, err, len(got.Cards), got.Given)
		}
	}
	got, err := ParseCallback([]byte(strings.Replace(callbackText, `"cardId":"6"`, `"cardId":5`, 1)))
	if err != nil || len(got.Cards) != 1 || !got.Twice {
		t.Errorf("twice: %v %+v", err, got)
	}
}

func TestUnreadableCallbacks(t *testing.T) {
	for _, text := range []string{``, `null x`, `[]`, `{"cards":{}}`, `"` + strings.Repeat("x", MaxCallbackBody) + `"`, callbackText[:100]} {
		if _, err := ParseCallback([]byte(text)); !errors.Is(err, ErrCallback) {
			t.Errorf("%.30s: %v", text, err)
		} else if strings.Contains(err.Error(), "A-B") {
			t.Errorf("the error quotes: %v", err)
		}
	}
}

// An error does not prove that no money moved (univoucher sheet §5).
func TestWhatAnErrorProves(t *testing.T) {
	for text, want := range map[string][2]bool{ // sure, funds
		`{"status":"error","error":"Insufficient token balance","creationTransactionHashes":[]}`:                  {true, true},
		`{"status":"error","error":"execution reverted","creationTransactionHashes":[]}`:                          {true, false},
		`{"status":"error","error":"reverted","approvalTransactionHashes":["0x"],"creationTransactionHashes":[]}`: {true, false},
		`{"status":"error","error":{"x":1},"creationTransactionHashes":[]}`:                                       {true, false},
		`{"status":"error","error":"reverted","creationTransactionHashes":["0xc"]}`:                               {false, false},
		`{"status":"error","error":"reverted"}`:                                                                   {false, false},
		`{"status":"error","error":"Transaction timeout","creationTransactionHashes":[]}`:                         {false, false},
		`{"status":"error","error":"wait timed out","creationTransactionHashes":[]}`:                              {false, false},
		`{"status":"error","error":"context deadline exceeded","creationTransactionHashes":[]}`:                   {false, false},
		`{"status":"error","error":"already known","creationTransactionHashes":[]}`:                               {false, false},
		`{"status":"error","error":"nonce has already been used","creationTransactionHashes":[]}`:                 {false, false},
		`{"status":"error","error":"replacement transaction underpriced","creationTransactionHashes":[]}`:         {false, false},
		`{"status":"error","error":"socket hang up","creationTransactionHashes":[]}`:                              {false, false},
		`{"status":"error","error":"read ECONNRESET","creationTransactionHashes":[]}`:                             {false, false},
		`{"status":"error","error":"could not detect network","creationTransactionHashes":[]}`:                    {false, false},
		`{"status":"error","error":"502 Bad Gateway","creationTransactionHashes":[]}`:                             {false, false},
		`{"status":"error","error":"Internal server error","creationTransactionHashes":[]}`:                       {false, false},
		`{"status":"error","error":"Service Unavailable","creationTransactionHashes":[]}`:                         {false, false},
		`{"status":"error","error":"reverted","creationTransactionHashes":[],"cards":[{"cardId":1}]}`:             {false, false},
		`{"status":"success","creationTransactionHashes":[]}`:                                                     {false, false},
		`{"status":"done","error":"x","creationTransactionHashes":[]}`:                                            {false, false},
	} {
		got, err := ParseCallback([]byte(text))
		if err != nil || got.Sure != want[0] || got.Funds != want[1] {
			t.Errorf("%s: %v, sure %t, funds %t", text, err, got.Sure, got.Funds)
		}
	}
}

// FuzzCallback: whatever comes in, nothing panics, and no card stands there
// twice or without an id.
func FuzzCallback(f *testing.F) {
	f.Add([]byte(callbackText))
	f.Add([]byte(`{"status":"error","error":"x","creationTransactionHashes":[]}`))
	f.Add([]byte(`{"cards":[{"cardId":1},{"cardId":"1"},[],null],"quantity":-1,"totalAmount":"-5"}`))
	f.Add([]byte(`{"network":1e99,"amountPerCard":{},"error":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := ParseCallback(body)
		if err != nil && !errors.Is(err, ErrCallback) {
			t.Errorf("%v", err)
		}
		seen := map[string]bool{}
		for _, c := range got.Cards {
			if seen[c.ID] || !plainID.MatchString(c.ID) {
				t.Errorf("card %q", c.ID)
			}
			seen[c.ID] = true
		}
		if got.All != nil && got.All.Sign() < 0 || len(got.Cards) > got.Given || got.Sure && len(got.Creations) > 0 {
			t.Errorf("%+v", got)
		}
	})
}

// FuzzHexNumber: a node's answer is at most 32 bytes of a number.
func FuzzHexNumber(f *testing.F) {
	for _, seed := range []string{result("0x1"), result("0x"), `{"result":"-0x1"}`, `{"result":null}`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := hexNumber(body, plainQuantity); err == nil && (got.Sign() < 0 || got.BitLen() > 256) {
			t.Errorf("%v", got)
		}
	})
}
