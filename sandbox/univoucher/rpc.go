package univoucher

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"strings"

	"giftbot/sandbox/kit"
)

// JSON-RPC 2.0 error codes.
const (
	codeParse    = -32700
	codeRequest  = -32600
	codeMethod   = -32601
	codeParams   = -32602
	codeNode     = -32000
	codeReverted = 3
)

// Selectors of the contract calls the node answers.
const (
	selBalanceOf = "70a08231"
	selAllowance = "dd62ed3e"
	selDecimals  = "313ce567"
)

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func badParams(text string) *rpcError { return &rpcError{codeParams, "invalid params: " + text} }

// rpcCall is one request; without an id it is a notification.
type rpcCall struct {
	Version string            `json:"jsonrpc"`
	ID      json.RawMessage   `json:"id"`
	Method  string            `json:"method"`
	Params  []json.RawMessage `json:"params"`
}

// rpc is the node of one chain: enough to read balances, allowances and
// nonces. A transaction on its way shows in "pending" only.
func (v *Vendor) rpc(w http.ResponseWriter, r *http.Request) {
	raw, err := kit.ReadBody(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	c := v.activeChain(r.PathValue("chain"))
	switch {
	case c == nil:
		missing("no such chain").answer(w)
	case v.set.RPCDown:
		refuse(http.StatusServiceUnavailable, "node is down", nil).answer(w)
	case err != nil:
		kit.WriteJSON(w, http.StatusOK, rpcFailed(nil, &rpcError{codeParse, "parse error"}))
	default:
		v.answerRPC(w, c, bytes.TrimSpace(raw))
	}
}

func (v *Vendor) answerRPC(w http.ResponseWriter, c *chain, raw []byte) {
	if !bytes.HasPrefix(raw, []byte("[")) {
		if answer := v.oneRPC(c, raw); answer != nil {
			kit.WriteJSON(w, http.StatusOK, answer)
		}
		return
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(raw, &batch); err != nil || len(batch) == 0 {
		e := &rpcError{codeRequest, "empty batch"}
		if err != nil {
			e = &rpcError{codeParse, "parse error"}
		}
		kit.WriteJSON(w, http.StatusOK, rpcFailed(nil, e))
		return
	}
	var answers []fields
	for _, one := range batch {
		if answer := v.oneRPC(c, one); answer != nil {
			answers = append(answers, answer)
		}
	}
	if len(answers) > 0 {
		kit.WriteJSON(w, http.StatusOK, answers)
	}
}

func rpcFailed(id json.RawMessage, e *rpcError) fields {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return fields{"jsonrpc": "2.0", "id": id, "error": e}
}

// oneRPC answers one call; nil for a notification.
func (v *Vendor) oneRPC(c *chain, raw []byte) fields {
	if !json.Valid(raw) {
		return rpcFailed(nil, &rpcError{codeParse, "parse error"})
	}
	var call rpcCall
	if err := json.Unmarshal(raw, &call); err != nil || call.Version != "2.0" || call.Method == "" {
		return rpcFailed(call.ID, &rpcError{codeRequest, "invalid request"})
	}
	if len(call.ID) == 0 {
		return nil
	}
	result, e := v.perform(c, call)
	if e != nil {
		return rpcFailed(call.ID, e)
	}
	return fields{"jsonrpc": "2.0", "id": call.ID, "result": result}
}

// perform runs one method; the lock is held.
func (v *Vendor) perform(c *chain, call rpcCall) (string, *rpcError) {
	switch call.Method {
	case "eth_chainId":
		return hexNumber(big.NewInt(c.id)), nil
	case "eth_blockNumber":
		return hexNumber(big.NewInt(c.blockAt(v.cfg.Now()))), nil
	case "eth_gasPrice":
		return hexNumber(c.gasPrice), nil
	case "eth_getBalance", "eth_getTransactionCount":
		a, pending, e := c.subject(call.Params)
		if e != nil {
			return "", e
		}
		if call.Method == "eth_getBalance" {
			return hexNumber(a.at(zeroAddress, pending)), nil
		}
		if pending {
			return hexNumber(big.NewInt(a.nonce + a.pending)), nil
		}
		return hexNumber(big.NewInt(a.nonce)), nil
	case "eth_call":
		return c.ethCall(call.Params)
	}
	return "", &rpcError{codeMethod, fmt.Sprintf("the method %.60s does not exist/is not available", call.Method)}
}

// at is a balance as of the last block, or with all that is on its way.
func (a *account) at(token string, pending bool) *big.Int {
	n := read(a.balance, token)
	if pending {
		n = a.free(token)
	}
	if n.Sign() < 0 {
		return new(big.Int)
	}
	return n
}

func hexNumber(n *big.Int) string { return "0x" + n.Text(16) }

// word is a number as a contract returns it.
func word(n *big.Int) string { return fmt.Sprintf("0x%064x", n) }

func (c *chain) subject(params []json.RawMessage) (*account, bool, *rpcError) {
	if len(params) < 1 || len(params) > 2 {
		return nil, false, badParams("want address and block")
	}
	address, ok := parseAddress(jsonText(params[0]))
	if !ok {
		return nil, false, badParams("bad address")
	}
	pending, e := blockTag(params[1:])
	return c.look(address), pending, e
}

func jsonText(raw json.RawMessage) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return s
}

// blockTag tells whether the pending state is asked for. The node has no
// archive.
func blockTag(params []json.RawMessage) (bool, *rpcError) {
	if len(params) == 0 {
		return false, nil
	}
	switch tag := jsonText(params[0]); {
	case tag == "latest" || tag == "safe" || tag == "finalized":
		return false, nil
	case tag == "pending":
		return true, nil
	case tag == "earliest" || regexp.MustCompile(`^0x(0|[1-9a-f][0-9a-f]{0,15})$`).MatchString(tag):
		return false, &rpcError{codeNode, "missing trie node: this node keeps no history"}
	}
	return false, badParams("bad block")
}

// ethCall answers the read calls of a token; anything else reverts.
func (c *chain) ethCall(params []json.RawMessage) (string, *rpcError) {
	var tx struct {
		To    string `json:"to"`
		Data  string `json:"data"`
		Input string `json:"input"`
	}
	if len(params) < 1 || len(params) > 2 || json.Unmarshal(params[0], &tx) != nil {
		return "", badParams("want a transaction and a block")
	}
	pending, e := blockTag(params[1:])
	if e != nil {
		return "", e
	}
	token, ok := parseAddress(tx.To)
	if tx.Input != "" {
		tx.Data = tx.Input
	}
	data, err := hex.DecodeString(strings.TrimPrefix(tx.Data, "0x"))
	if !ok || err != nil {
		return "", badParams("bad to or data")
	}
	known, exists := c.tokens[token]
	if !exists {
		return "0x", nil // no contract lives there
	}
	return c.tokenCall(known, token, data, pending)
}

func (c *chain) tokenCall(known Token, token string, data []byte, pending bool) (string, *rpcError) {
	text := hex.EncodeToString(data)
	args := text[min(8, len(text)):]
	switch {
	case strings.HasPrefix(text, selBalanceOf) && isAddresses(args, 1):
		return word(c.look(argument(args, 0)).at(token, pending)), nil
	case strings.HasPrefix(text, selAllowance) && isAddresses(args, 2):
		if argument(args, 1) == strings.ToLower(contractAddress) && c.look(argument(args, 0)).approved[token] {
			one := big.NewInt(1)
			return word(one.Sub(one.Lsh(one, 256), big.NewInt(1))), nil
		}
		return word(new(big.Int)), nil
	case text == selDecimals:
		return word(big.NewInt(int64(known.Decimals))), nil
	}
	return "", &rpcError{codeReverted, "execution reverted"}
}

// isAddresses tells whether args are n addresses, each padded to 32 bytes.
func isAddresses(args string, n int) bool {
	if len(args) != 64*n {
		return false
	}
	for i := range n {
		if strings.Trim(args[64*i:64*i+24], "0") != "" {
			return false
		}
	}
	return true
}

func argument(args string, i int) string { return "0x" + args[64*i+24:64*i+64] }
