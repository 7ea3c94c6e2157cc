package univoucher

import (
	"testing"

	"giftbot/order"
)

// one token of each of two chains, for which there are a wallet and a node.
func twoChains(s *Settings) {
	var few []Token
	for _, t := range s.Tokens {
		if t.Item() == itemUSDC || t.Item() == "56-USDT" {
			few = append(few, t)
		}
	}
	s.Tokens = few
}

func TestHoldings(t *testing.T) {
	w := newWorld(t)
	got, err := w.adapter(twoChains).Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, []order.Holding{
		{Account: "univoucher:8453-ETH", Asset: "ETH", Chain: "Base", Amount: dec("1")},
		{Account: "univoucher:8453-USDC", Asset: "USDC", Chain: "Base", Amount: dec("1000")},
		{Account: "univoucher:56-BNB", Asset: "BNB", Chain: "BNB Chain", Amount: dec("1")},
		{Account: "univoucher:56-USDT", Asset: "USDT", Chain: "BNB Chain", Amount: dec("0")}, // 18 decimals: less than a micro-unit
	}, got)
	if got[1].Account != (Token{Chain: 8453, Symbol: "USDC"}).Purse() {
		t.Errorf("%s is not the purse that pays", got[1].Account)
	}
}

// A node that does not answer hides no other chain, and is told.
func TestHoldingsInPart(t *testing.T) {
	w := newWorld(t)
	a := w.adapter(twoChains)
	if _, err := a.wallet(t.Context(), 8453); err != nil {
		t.Fatal(err)
	}
	w.fault["eth_getBalance"] = 503
	got, err := a.Holdings(t.Context())
	if order.CodeOf(err) != order.CodeUnclear || err == nil || len(got) != 2 || got[0].Chain != "Base" {
		t.Errorf("%+v %v", got, err)
	}
}
