package univoucher

import (
	"bytes"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	rpcKey = "k3y0123456789abcdef"
	owner  = "0x4a76c41c3b3c50f2e75acfb77c36e35d603d628f"
)

// asked is one expected question to a node.
func asked(method, params, reply string) resttest.Call {
	return resttest.Call{
		Method: "POST", Target: "/v2/" + rpcKey + "?token=" + rpcKey, Body: `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":[` + params + `]}`, Reply: reply,
	}
}

func result(hex string) string { return `{"jsonrpc":"2.0","id":1,"result":"` + hex + `"}` }

// anything accepts any body.
func anything(*http.Request, []byte) error { return nil }

func isBase() resttest.Call { return asked("eth_chainId", "", result("0x2105")) }

func nodes(t *testing.T, chain rest.Chain, calls ...resttest.Call) *Nodes {
	t.Helper()
	chain.Bare, chain.Transport = true, resttest.New(t, calls...)
	n, err := NewNodes(map[int64]string{8453: "https://node.example/v2/" + rpcKey + "?token=" + rpcKey}, chain)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNodesAnswer(t *testing.T) {
	n := nodes(t, rest.Chain{}, isBase(),
		asked("eth_getBalance", `"`+owner+`","latest"`, result("0xde0b6b3a7640000")),
		asked("eth_call", `{"to":"`+baseUSDC+`","data":"0x70a08231000000000000000000000000`+owner[2:]+`"},"latest"`, result("0x"+strings.Repeat("0", 58)+"989680")),
		asked("eth_getTransactionCount", `"`+owner+`","latest"`, result("0x10")),
		asked("eth_getTransactionCount", `"`+owner+`","pending"`, result("0x11")),
		asked("eth_gasPrice", "", result("0x3b9aca00")))
	ctx := t.Context()
	for _, q := range []struct {
		get  func() (*big.Int, error)
		want string
	}{
		{func() (*big.Int, error) { return n.Balance(ctx, 8453, owner) }, "1000000000000000000"},
		{func() (*big.Int, error) { return n.TokenBalance(ctx, 8453, baseUSDC, owner) }, "10000000"},
		{func() (*big.Int, error) { return n.Sent(ctx, 8453, owner, false) }, "16"},
		{func() (*big.Int, error) { return n.Sent(ctx, 8453, owner, true) }, "17"},
		{func() (*big.Int, error) { return n.GasPrice(ctx, 8453) }, "1000000000"},
	} {
		if got, err := q.get(); err != nil || got.String() != q.want {
			t.Errorf("%v %v, want %s", got, err, q.want)
		}
	}
}

func TestHostileAnswersOfANode(t *testing.T) {
	for _, reply := range []string{
		``, `{}`, `null`, `[]`, `{"result":null}`, `{"result":5}`, `{"result":{}}`, result(""), result("0x"), result("12"), result("-0x1"), result("0x-1"),
		result("0x" + strings.Repeat("f", 65)), result("0xzz"), result("0x1 "), result("0x" + strings.Repeat("f", 1<<20)),
		`{"error":{"code":-32000,"message":"header not found"}}`, `{"error":{"code":-32601,"message":"no"},"result":"0x1"}`,
	} {
		n := nodes(t, rest.Chain{}, isBase(), asked("eth_gasPrice", "", reply))
		if got, err := n.GasPrice(t.Context(), 8453); err == nil || got != nil {
			t.Errorf("%.60s: %v", reply, got)
		}
	}
	// A balance is a whole word: an address without a contract answers "0x".
	for _, reply := range []string{result("0x"), result("0x1"), result("0x" + strings.Repeat("0", 128))} {
		n := nodes(t, rest.Chain{}, isBase(), resttest.Call{Check: anything, Reply: reply})
		if got, err := n.TokenBalance(t.Context(), 8453, baseUSDC, owner); err == nil {
			t.Errorf("%s: %v", reply, got)
		}
	}
}

func TestANodeOfAnotherChainIsNotBelieved(t *testing.T) {
	n := nodes(t, rest.Chain{}, asked("eth_chainId", "", result("0x1")), asked("eth_chainId", "", `{"error":{"code":-32000,"message":"x"}}`),
		asked("eth_chainId", "", `{"error":{"code":-32601,"message":"the method does not exist"}}`), asked("eth_gasPrice", "", result("0x5")), asked("eth_gasPrice", "", result("0x6")))
	if _, err := n.GasPrice(t.Context(), 8453); !errors.Is(err, ErrNode) {
		t.Errorf("another chain: %v", err)
	}
	if _, err := n.GasPrice(t.Context(), 8453); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("no answer: %v", err)
	}
	for _, want := range []string{"5", "6"} { // it does not know the question, and is asked it once
		if got, err := n.GasPrice(t.Context(), 8453); err != nil || got.String() != want {
			t.Errorf("%v %v", got, err)
		}
	}
}

func TestNodesRefuse(t *testing.T) {
	n := nodes(t, rest.Chain{})
	ctx := t.Context()
	if _, err := n.GasPrice(ctx, 1); !errors.Is(err, ErrNode) || n.Has(1) || !n.Has(8453) {
		t.Errorf("no node: %v", err)
	}
	_, balance := n.Balance(ctx, 8453, "x")
	_, token := n.TokenBalance(ctx, 8453, "x", owner)
	_, holder := n.TokenBalance(ctx, 8453, baseUSDC, `0x"}`)
	_, sent := n.Sent(ctx, 8453, "", true)
	for _, err := range []error{balance, token, holder, sent} {
		if rest.KindOf(err) != rest.KindRefused {
			t.Errorf("%v", err)
		}
	}
	for _, address := range []string{"", "ftp://x", "http://node.example", "https://u:" + rpcKey + "@node.example", "https://node.example#" + rpcKey, "::" + rpcKey} {
		_, err := NewNodes(map[int64]string{8453: address}, rest.Chain{})
		if err == nil || strings.Contains(err.Error(), rpcKey) || !strings.Contains(err.Error(), "8453") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestNodeWithoutAPath(t *testing.T) {
	chain := rest.Chain{Bare: true, Transport: resttest.New(t, resttest.Call{Target: "/", Check: anything, Reply: result("0x2105")}, resttest.Call{Target: "/", Check: anything, Reply: result("0x1")})}
	n, err := NewNodes(map[int64]string{8453: "http://127.0.0.1:8545"}, chain)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.GasPrice(t.Context(), 8453); err != nil {
		t.Error(err)
	}
}

// Keys of node providers stand in the address.
func TestKeysOfNodesStayHere(t *testing.T) {
	var log bytes.Buffer
	m := &meter{}
	chain := rest.Chain{Observer: m, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	echo := `{"error":{"code":-1,"message":"project ` + rpcKey + ` over quota"}}`
	n := nodes(t, chain, isBase(), asked("eth_gasPrice", "", echo), resttest.Call{Check: anything, Status: 401, Reply: rpcKey}, resttest.Call{Check: anything, Fault: resttest.Cut})
	for range 3 {
		_, err := n.GasPrice(t.Context(), 8453)
		log.WriteString(err.Error())
	}
	if text := log.String() + strings.Join(m.labels, " "); strings.Contains(text, rpcKey) || !strings.Contains(text, "univoucher_rpc eth_gasPrice unclear") {
		t.Errorf("%s", text)
	}
}
