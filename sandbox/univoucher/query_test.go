package univoucher

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// skipSealing gives every card a ciphertext without paying 80 ms for it.
func (b *bench) skipSealing() {
	for _, c := range b.v.cards {
		c.sealing.Do(func() { c.sealText = "{}" })
	}
}

// The published key opens with the secret of the callback, and belongs to the
// slot: the check before a card is sold (univoucher sheet §6).
func TestCardOpensWithItsSecret(t *testing.T) {
	b := newBench(t)
	b.next(ModeNormal, ModeWrongSecret)
	b.accepted(map[string]any{"message": "hello"})
	b.accepted(nil)
	b.after(time.Minute)
	good, wrong := cardsIn(b.hooks[0].body)[0], cardsIn(b.hooks[1].body)[0]
	got := b.get("/cards/single?id=102100001")
	sealText := got.text("encryptedPrivateKey")
	plain, err := unseal(t, good["cardSecret"].(string), sealText)
	if err != nil || len(plain) != 66 || !strings.HasPrefix(plain, "0x") {
		t.Fatalf("%d letters, %v", len(plain), err)
	}
	key, _ := hex.DecodeString(plain[2:])
	if checksum(addressOf(key)) != good["slotId"] || got.text("slotId") != good["slotId"] {
		t.Errorf("the key's address is not the slot %v", good["slotId"])
	}
	if again := b.get("/cards/single?slotId=" + got.text("slotId")); again.raw != got.raw {
		t.Errorf("by slot: %s", again.raw)
	}
	delete(got.data, "encryptedPrivateKey")
	want := map[string]any{
		"cardId": 102100001.0, "slotId": good["slotId"], "chainId": 8453.0, "chainName": "Base", "active": true, "status": "active",
		"tokenAddress": usdc, "tokenAmount": "1000000", "creator": checksum(issuer), "message": "hello", "feePaid": "10000",
		"createdAt": "2026-03-15T12:00:03.000Z", "createdOnBlock": float64((b.clock.Now().Unix() - 57) / 2),
		"creationHash": b.v.Books().Requests[0].CreationHashes[0],
		"redeemedBy":   nil, "redeemedAt": nil, "redeemedOnBlock": nil, "redemptionHash": nil, "partner": nil,
		"cancelledBy": nil, "cancelledAt": nil, "cancelledOnBlock": nil, "cancellationHash": nil,
	}
	if diff := cmp.Diff(want, got.data); diff != "" {
		t.Error(diff)
	}
	if _, err := unseal(t, wrong["cardSecret"].(string), b.get("/cards/single?id=102100002").text("encryptedPrivateKey")); err == nil {
		t.Error("the wrong secret opens the key")
	}
}

func TestSingleCardRefusals(t *testing.T) {
	b := newBench(t)
	b.accepted(nil)
	b.after(time.Minute)
	b.skipSealing()
	slot := b.request().Cards[0].SlotID
	for query, status := range map[string]int{
		"": 400, "?id=": 400, "?id=102100001&slotId=" + slot: 400, "?id=102100002": 404, "?id=x": 404, "?id=0": 404,
		"?slotId=" + usdc: 404, "?slotId=x": 404, "?id=102100001": 200, "?slotId=" + strings.ToLower(slot): 200,
	} {
		got := b.get("/cards/single" + query)
		text := map[int]string{400: "Either id or slotId parameter is required", 404: "Card not found", 200: "<nil>"}[status]
		if got.status != status || got.text("error") != text {
			t.Errorf("%q: %d %s", query, got.status, got.raw)
		}
	}
}

// A fresh card is not found for a while, and an end is seen as late.
func TestIndexerLag(t *testing.T) {
	b := newBench(t)
	b.apply(Change{IndexerLag: to("30s")})
	b.accepted(nil)
	b.after(3 * time.Second)
	b.skipSealing()
	const id = "102100001"
	status := func() string {
		got := b.get("/cards/single?id=" + id)
		listed := b.get("/cards/all").text("total")
		if (listed == "1") != (got.status == 200) {
			t.Errorf("%d listed, %d", got.status, got.status)
		}
		return fmt.Sprint(got.status, " ", got.data["status"])
	}
	for _, step := range []struct {
		wait time.Duration
		do   Change
		want string
	}{
		{0, Change{}, "404 <nil>"}, {30*time.Second - time.Millisecond, Change{}, "404 <nil>"}, {time.Millisecond, Change{}, "200 active"},
		{0, Change{RedeemCard: &Redeem{CardID: id}}, "200 active"}, {29 * time.Second, Change{}, "200 active"}, {time.Second, Change{}, "200 redeemed"},
	} {
		b.after(step.wait)
		b.apply(step.do)
		if got := status(); got != step.want {
			t.Errorf("%+v: %s", step, got)
		}
	}
}

// Cards A to D for the filters: by us on Base (redeemed by "a", with a
// partner), by us on Polygon (active), by another on Base (redeemed by us), by
// another on BNB (cancelled).
const (
	personA = "0x00000000000000000000000000000000000000aa"
	shop    = "0x00000000000000000000000000000000000000bb"
)

func newMarket(t *testing.T) (b *bench, other string) {
	b = newBench(t)
	key, _ := parseKey(otherKey)
	other = addressOf(key)
	bsc := DefaultTokens()[4].Address
	b.apply(Change{Balances: []SetBalance{
		{8453, other, "", "1000000000000000000"}, {8453, other, usdc, "5000000"},
		{56, other, "", "1000000000000000000"}, {56, other, bsc, "5000000"},
	}})
	for _, c := range []map[string]any{
		{}, {"network": 137, "tokenAddress": zeroAddress},
		{"privateKey": otherKey}, {"privateKey": otherKey, "network": 56, "tokenAddress": bsc},
	} {
		b.accepted(c)
		b.after(5 * time.Second)
	}
	b.apply(Change{RedeemCard: &Redeem{"102100001", personA, shop}})
	b.apply(Change{RedeemCard: &Redeem{"102100002", issuer, ""}, CancelCard: to("103100001")})
	b.skipSealing()
	b.after(time.Minute)
	b.wantAuditOf(other)
	return b, other
}

// wantAuditOf checks what a cancel gave back: the face, not the fee.
func (b *bench) wantAuditOf(other string) {
	b.t.Helper()
	for _, w := range b.v.Books().Wallets {
		if w.Chain == 56 && strings.EqualFold(w.Address, other) && w.of(DefaultTokens()[4].Address).Balance != "4990000" {
			b.t.Errorf("after the cancel: %+v", w)
		}
	}
}

func TestAllCards(t *testing.T) {
	b, other := newMarket(t)
	names := map[string]string{"102100001": "A", "104100001": "B", "102100002": "C", "103100001": "D"}
	for query, want := range map[string]string{
		"":                            "DCBA 4 1 2 1",
		"sortDirection=asc":           "ABCD 4 1 2 1",
		"sortDirection=desc":          "DCBA 4 1 2 1",
		"creator=" + issuer:           "BA 2 1 1 0",
		"creator=" + personA:          " 0 0 0 0",
		"redeemedBy=" + personA:       "A 1 0 1 0",
		"partner=" + shop:             "A 1 0 1 0",
		"tokenAddress=" + usdc:        "CA 2 0 2 0",
		"chain=137":                   "B 1 1 0 0",
		"chain=5":                     " 0 0 0 0",
		"status=active":               "B 1 1 0 0",
		"status=redeemed":             "CA 2 0 2 0",
		"status=cancelled":            "D 1 0 0 1",
		"chain=8453&creator=" + other: "C 1 0 1 0",
		// belongTo, univoucher sheet §12.
		"belongTo=" + issuer:                                                 "CBA 3 1 2 0",
		"belongTo=" + issuer + "&creator=" + other:                           "C 1 0 1 0",
		"belongTo=" + issuer + "&creator=" + issuer:                          " 0 0 0 0",
		"belongTo=" + issuer + "&redeemedBy=" + personA:                      "A 1 0 1 0",
		"belongTo=" + other + "&redeemedBy=" + personA:                       " 0 0 0 0",
		"belongTo=" + shop + "&creator=" + issuer + "&redeemedBy=" + personA: "A 1 0 1 0",
		"belongTo=" + personA + "&status=active":                             " 0 0 0 0",
		"limit=0":                                                            " 4 1 2 1",
		"limit=3":                                                            "DCB 4 1 2 1",
		"limit=3&page=2":                                                     "A 4 1 2 1",
		"limit=3&page=3":                                                     " 4 1 2 1",
		"belongTo=" + strings.ToUpper(issuer[2:]) + "&limit=100":             "400",
		"limit=101":        "400",
		"limit=-1":         "400",
		"page=0":           "400",
		"chain=Base":       "400",
		"status=gone":      "400",
		"sortDirection=up": "400",
		"creator=me":       "400",
	} {
		got := b.get("/cards/all?" + query)
		text := "400"
		if got.status == 200 {
			text = ""
			for _, c := range cardsIn(got.data) {
				text += names[fmt.Sprintf("%.0f", c["cardId"])]
			}
			text += fmt.Sprint(" ", got.data["total"], got.data["active"], got.data["redeemed"], got.data["cancelled"])
			text = strings.Join(strings.Fields("."+text), " ")[1:]
		}
		if text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
	for query, want := range map[string]string{"": "1 20 1", "?limit=0": "1 0 0", "?limit=3&page=2": "2 3 2", "?limit=2": "1 2 2"} {
		got := b.get("/cards/all" + query).data
		if text := fmt.Sprint(got["page"], got["limit"], got["totalPages"]); text != want {
			t.Errorf("%s: pages %s", query, text)
		}
	}
}

func TestEndsAreDescribed(t *testing.T) {
	b, other := newMarket(t)
	at := "2026-03-15T12:00:20.000Z"
	for id, want := range map[string][]any{
		"102100001": {false, "redeemed", checksum(personA), at, checksum(shop), nil, nil},
		"102100002": {false, "redeemed", checksum(issuer), at, nil, nil, nil},
		"103100001": {false, "cancelled", nil, nil, nil, checksum(other), at},
		"104100001": {true, "active", nil, nil, nil, nil, nil},
	} {
		got := b.get("/cards/single?id=" + id).data
		var fields []any
		for _, name := range []string{"active", "status", "redeemedBy", "redeemedAt", "partner", "cancelledBy", "cancelledAt"} {
			fields = append(fields, got[name])
		}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Error(id, diff)
		}
		if (got["redemptionHash"] != nil) != (got["status"] == "redeemed") || (got["cancelledOnBlock"] != nil) != (got["status"] == "cancelled") {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// The same seed plays the same story, byte for byte.
func TestReplay(t *testing.T) {
	play := func() string {
		b := newBench(t)
		b.next(ModeMintTwice, ModeReverted, ModeNormal)
		for range 4 {
			b.accepted(map[string]any{"quantity": 2})
		}
		b.after(10 * time.Second)
		b.apply(Change{RedeemCard: &Redeem{CardID: "102100001"}, FeeBasisPoints: map[int64]int64{1: 50, 10: 60, 56: 70}})
		text := b.get("/cards/single?id=102100003").raw + b.get("/fees/history/10").raw
		for _, h := range b.hooks {
			text += h.raw
		}
		return text + b.books()
	}
	if a, again := play(), play(); a != again {
		t.Errorf("two replays differ:\n%s\n%s", a, again)
	}
}
