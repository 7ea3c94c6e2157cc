package univoucher

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/sandbox/kit"
)

func TestChains(t *testing.T) {
	b := newBench(t)
	var got []string
	for _, c := range b.get("/chains").data["chains"].([]any) {
		chain := c.(map[string]any)
		got = append(got, fmt.Sprint(chain["id"], chain["chainPrefix"]))
		if len(chain) != 15 || chain["contractAddress"] != "0x51553818203e38ce0E78e4dA05C07ac779ec5b58" {
			t.Errorf("%v", chain)
		}
	}
	if fmt.Sprint(got) != "[101 845302 5603 13704 4216105 1006 4311407]" {
		t.Errorf("chains %v", got)
	}
	base := b.get("/chains?chain=8453").data
	if base["name"] != "Base" || base["feePercentage"] != 0.01 || base["nativeCurrencySymbol"] != "ETH" || base["nativeCurrencyDecimals"] != 18.0 {
		t.Errorf("bare chain %v", base)
	}
}

func TestFeeEndpoints(t *testing.T) {
	b := newBench(t)
	b.clock.Advance(time.Minute)
	b.apply(Change{FeeBasisPoints: map[int64]int64{137: 150}})
	b.apply(Change{FeeBasisPoints: map[int64]int64{137: 150}}) // no change, no entry
	want := map[string]any{"1": 0.01, "8453": 0.01, "56": 0.01, "137": 0.015, "42161": 0.01, "10": 0.01, "43114": 0.01}
	if diff := cmp.Diff(want, b.get("/fees/current").data); diff != "" {
		t.Error(diff)
	}
	if got := b.get("/fees/current?chainId=137"); got.raw != `{"feePercentage":0.015}` {
		t.Error(got.raw)
	}
	history := b.get("/fees/history/137").data
	entry := history["history"].([]any)[0].(map[string]any)
	delete(entry, "transactionHash")
	want = map[string]any{
		"chainId": 137.0, "chainName": "Polygon", "currentFeePercentage": 0.015, "currentFeeBasisPoints": 150.0, "history": []any{map[string]any{
			"oldFeePercentage": 0.01, "newFeePercentage": 0.015, "oldFeeBasisPoints": 100.0, "newFeeBasisPoints": 150.0,
			"timestamp": "2026-03-15T12:01:00.000Z",
		}},
	}
	if diff := cmp.Diff(want, history); diff != "" {
		t.Error(diff)
	}
	if got := b.get("/fees/history/1"); got.status != 200 || got.data["currentFeeBasisPoints"] != 100.0 || len(got.data["history"].([]any)) != 0 {
		t.Error(got.raw)
	}
}

func TestMissingAndInactiveChains(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Inactive: map[int64]bool{10: true}})
	for path, text := range map[string]string{
		"/chains?chain=5": "Chain not found", "/chains?chain=10": "Chain not found", "/chains?chain=x": "Chain not found",
		"/fees/current?chainId=5": "Chain not found or inactive", "/fees/current?chainId=10": "Chain not found or inactive",
		"/fees/history/5": "Chain not found or inactive", "/fees/history/10": "Chain not found or inactive", "/nothing": "Not found",
	} {
		if got := b.get(path); got.status != 404 || got.text("error") != text {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
	}
	if len(b.get("/chains").data["chains"].([]any)) != 6 || len(b.get("/fees/current").data) != 6 {
		t.Error("the inactive chain is still listed")
	}
	b.apply(Change{Inactive: map[int64]bool{10: false}})
	if b.get("/chains?chain=10").status != 200 {
		t.Error("the chain did not come back")
	}
}

func TestHealthAndSelfDescription(t *testing.T) {
	b := newBench(t)
	if got := b.get("/health"); got.status != 200 || got.text("status") != "ok" || got.data["message"] == nil {
		t.Error(got.raw)
	}
	b.apply(Change{Unhealthy: to(true)})
	if got := b.get("/health"); got.status != 503 || got.text("status") != "error" {
		t.Error(got.raw)
	}
	for _, path := range []string{"", "/", "/callbacks"} {
		if got := b.get(path); got.status != 200 || len(got.data) < 3 {
			t.Errorf("%q: %d %s", path, got.status, got.raw)
		}
	}
	if got := b.call("PUT", api+"/cards/create", ""); got.status != 404 {
		t.Errorf("PUT: %d", got.status)
	}
	if string(FaultBody(500)) != `{"error":"Internal server error","message":"sandbox fault"}` {
		t.Error(string(FaultBody(500)))
	}
}

// Every answer carries the sandbox's own time.
func TestDateHeader(t *testing.T) {
	b := newBench(t)
	b.clock.Advance(time.Hour)
	r, _ := http.NewRequest("GET", "http://v.test"+api+"/health", nil)
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil || res.Header.Get("Date") != "Sun, 15 Mar 2026 13:00:00 GMT" {
		t.Errorf("%v %v", res.Header, err)
	}
}
