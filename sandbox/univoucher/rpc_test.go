package univoucher

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (b *bench) rpc(chain int64, body string) reply {
	b.t.Helper()
	return b.call("POST", fmt.Sprintf("%s/%d", rpcPath, chain), body)
}

// ask makes one call on Base and returns the result, or the error's code.
func (b *bench) ask(method, params string) string {
	b.t.Helper()
	got := b.rpc(8453, fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":%s}`, method, params))
	if got.status != 200 || got.data["id"] != 7.0 || got.data["jsonrpc"] != "2.0" {
		b.t.Errorf("%s: %d %s", method, got.status, got.raw)
	}
	if e, ok := got.data["error"].(map[string]any); ok {
		return fmt.Sprint(e["code"])
	}
	return got.text("result")
}

func TestRPCReads(t *testing.T) {
	b := newBench(t)
	b.accepted(nil) // on its way: two transactions, 1.01 USDC and 2700000000000 wei
	pad := strings.Repeat("0", 24)
	balanceOf := fmt.Sprintf(`[{"to":%q,"data":"0x70a08231%s%s"},`, usdc, pad, issuer[2:])
	allowance := fmt.Sprintf(`[{"to":%q,"input":"0xdd62ed3e%s%s%s%s"},`, usdc, pad, issuer[2:], pad, strings.ToLower(contractAddress[2:]))
	other := strings.Replace(allowance, strings.ToLower(contractAddress[2:]), strings.ToLower(usdc[2:]), 1)
	word := func(n int64) string { return fmt.Sprintf("0x%064x", n) }
	check := func(wants map[[2]string]string) {
		t.Helper()
		for q, want := range wants {
			if got := b.ask(q[0], q[1]); got != want {
				t.Errorf("%v: %s, want %s", q, got, want)
			}
		}
	}
	wallet := fmt.Sprintf("[%q", issuer)
	check(map[[2]string]string{
		{"eth_chainId", "[]"}: "0x2105", {"eth_gasPrice", "[]"}: "0x989680",
		{"eth_blockNumber", "[]"}:                        fmt.Sprintf("0x%x", b.clock.Now().Unix()/2),
		{"eth_getBalance", wallet + `,"latest"]`}:        "0x8ac7230489e80000",
		{"eth_getBalance", wallet + `]`}:                 "0x8ac7230489e80000",
		{"eth_getBalance", wallet + `,"pending"]`}:       fmt.Sprintf("0x%x", uint64(10_000_000_000_000_000_000-2_700_000_000_000)),
		{"eth_getTransactionCount", wallet + `,"safe"]`}: "0x0", {"eth_getTransactionCount", wallet + `,"pending"]`}: "0x2",
		{"eth_call", balanceOf + `"latest"]`}: word(10_000_000_000), {"eth_call", balanceOf + `"pending"]`}: word(9_998_990_000),
		{"eth_call", allowance + `"latest"]`}: word(0),
	})
	b.after(time.Minute)
	check(map[[2]string]string{
		{"eth_getTransactionCount", wallet + `,"latest"]`}: "0x2", {"eth_getTransactionCount", wallet + `,"pending"]`}: "0x2",
		{"eth_call", balanceOf + `"finalized"]`}: word(9_998_990_000), {"eth_call", allowance + `"latest"]`}: "0x" + strings.Repeat("f", 64),
		{"eth_call", other + `"latest"]`}:                                                         word(0),
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0x313ce567"},"latest"]`, usdc)}:               word(6),
		{"eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, personA)}:                                 "0x0",
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0x313ce567"},"latest"]`, personA)}:            "0x",
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0x70a08231%s%s"}]`, usdc, pad, personA[2:])}:  word(0),
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0x70a0"},"latest"]`, usdc)}:                   "3",
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0xa9059cbb"},"latest"]`, usdc)}:               "3",
		{"eth_call", strings.Replace(balanceOf, "0x70a0823100", "0x70a0823101", 1) + `"latest"]`}: "3",
		{"eth_call", `[{"to":"me","data":"0x"},"latest"]`}:                                        "-32602",
		{"eth_call", fmt.Sprintf(`[{"to":%q,"data":"0xzz"},"latest"]`, usdc)}:                     "-32602",
		{"eth_call", `[]`}: "-32602", {"eth_call", balanceOf + `"soon"]`}: "-32602",
		{"eth_getBalance", `["me","latest"]`}: "-32602", {"eth_getBalance", `[]`}: "-32602", {"eth_getBalance", `[7,"latest"]`}: "-32602",
		{"eth_getBalance", wallet + `,"0x10"]`}: "-32000", {"eth_getBalance", wallet + `,"earliest"]`}: "-32000",
		{"eth_getTransactionCount", wallet + `,"soon"]`}: "-32602", {"eth_sendRawTransaction", `["0x00"]`}: "-32601",
	})
	if n := len(b.v.byChain[8453].accounts); n != 1 {
		t.Errorf("asking made %d accounts", n)
	}
}

func TestRPCProtocol(t *testing.T) {
	b := newBench(t)
	for body, want := range map[string]string{
		`{"jsonrpc":"2.0","id":"a","method":"eth_chainId","params":[]}`: `{"id":"a","jsonrpc":"2.0","result":"0x1"}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`:               `{"id":1,"jsonrpc":"2.0","result":"0x1"}`,
		`{"jsonrpc":"2.0","method":"eth_chainId"}`:                      ``,
		`{`: `{"error":{"code":-32700,"message":"parse error"},"id":null,"jsonrpc":"2.0"}`,
		`{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}`: `{"error":{"code":-32600,"message":"invalid request"},"id":1,"jsonrpc":"2.0"}`,
		`7`:  `{"error":{"code":-32600,"message":"invalid request"},"id":null,"jsonrpc":"2.0"}`,
		`[]`: `{"error":{"code":-32600,"message":"empty batch"},"id":null,"jsonrpc":"2.0"}`,
		`[{`: `{"error":{"code":-32700,"message":"parse error"},"id":null,"jsonrpc":"2.0"}`,
		`[{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","method":"eth_chainId"},5,{"jsonrpc":"2.0","id":2,"method":"x"}]`: `[{"id":1,"jsonrpc":"2.0","result":"0x1"},` +
			`{"error":{"code":-32600,"message":"invalid request"},"id":null,"jsonrpc":"2.0"},` +
			`{"error":{"code":-32601,"message":"the method x does not exist/is not available"},"id":2,"jsonrpc":"2.0"}]`,
	} {
		if got := b.rpc(1, body); got.status != 200 || got.raw != want {
			t.Errorf("%s: %d %s", body, got.status, got.raw)
		}
	}
	if got := b.rpc(5, `{}`); got.status != 404 {
		t.Errorf("unknown chain: %d", got.status)
	}
	b.apply(Change{RPCDown: to(true)})
	if got := b.rpc(1, `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`); got.status != 503 {
		t.Errorf("down: %d", got.status)
	}
}
