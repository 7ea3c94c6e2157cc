package univoucher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"giftbot/providers/rest"
)

const (
	nodeVendor   = "univoucher_rpc" // label in logs and metrics
	nodeTimeout  = 5 * time.Second
	maxNodeBody  = 64 << 10                   // bytes of an answer
	balanceOf    = "0x70a08231"               // selector of ERC-20 balanceOf(address)
	addressPad   = "000000000000000000000000" // an address in a word of 32 bytes
	noSuchMethod = -32601
)

var (
	plainQuantity = regexp.MustCompile(`^0x[0-9a-fA-F]{1,64}$`)
	plainWord     = regexp.MustCompile(`^0x[0-9a-fA-F]{64}$`)
)

// ErrNode is wrapped by every refusal to ask a chain: no node is configured, or
// the one that is belongs to another chain.
var ErrNode = errors.New("univoucher: no node for this chain")

// Nodes asks the chains themselves, over our own RPC addresses (DESIGN §5). It
// is safe for concurrent use.
type Nodes struct {
	nodes map[int64]*node
}

// node is one RPC address. Keys of node providers stand in its path or query.
type node struct {
	chain int64
	rest  *rest.Client
	path  string
	query url.Values

	mu      sync.Mutex
	checked bool // it has said that it is of this chain
}

// NewNodes takes one RPC address per chain id. The error names the chain and
// does not quote the address.
func NewNodes(addresses map[int64]string, chain rest.Chain) (*Nodes, error) {
	out := &Nodes{nodes: make(map[int64]*node, len(addresses))}
	for id, address := range addresses {
		n, err := newNode(id, address, chain)
		if err != nil {
			return nil, fmt.Errorf("univoucher: node of chain %d: %w", id, err)
		}
		out.nodes[id] = n
	}
	return out, nil
}

func newNode(id int64, address string, chain rest.Chain) (*node, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: not an absolute URL", rest.ErrBaseURL)
	}
	n := &node{chain: id, path: u.EscapedPath(), query: u.Query()}
	if n.path == "" {
		n.path = "/"
	}
	secrets := strings.Split(strings.Trim(u.Path, "/"), "/")
	for _, values := range n.query {
		secrets = append(secrets, values...)
	}
	base := *u
	base.Path, base.RawPath, base.RawQuery = "", "", ""
	n.rest, err = rest.New(rest.Options{
		Vendor: nodeVendor, BaseURL: base.String(), Classify: classifyNode, Secrets: long(secrets), MaxBody: maxNodeBody, Chain: chain,
	})
	return n, err
}

// long keeps what may be a key: short path segments are plain words.
func long(words []string) []string {
	var out []string
	for _, w := range words {
		if len(w) >= 12 {
			out = append(out, w)
		}
	}
	return out
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// classifyNode reads a JSON-RPC error, which nodes send under any status. None
// of them proves anything: reads are only ever unclear.
func classifyNode(r rest.Response) rest.Verdict {
	var w struct {
		Error *rpcError `json:"error"`
	}
	byStatus := rest.ByStatus(r.Status)
	if json.Unmarshal(r.Body, &w) == nil && w.Error != nil {
		v := rest.Verdict{Kind: rest.KindUnclear, Code: CodeRPC, Message: w.Error.Message}
		if w.Error.Code == noSuchMethod {
			v.Kind = rest.KindRefused
		}
		return v
	}
	return rest.Verdict{Kind: byStatus}
}

// call asks one question and returns its number.
func (n *node) call(ctx context.Context, method string, shape *regexp.Regexp, params ...string) (*big.Int, error) {
	list := make([]json.RawMessage, len(params))
	for i, p := range params {
		list[i] = json.RawMessage(p)
	}
	body, err := json.Marshal(struct {
		Version string            `json:"jsonrpc"`
		ID      int               `json:"id"`
		Method  string            `json:"method"`
		Params  []json.RawMessage `json:"params"`
	}{"2.0", 1, method, list})
	if err != nil {
		return nil, fmt.Errorf("univoucher: encode %s: %w", method, err)
	}
	var number *big.Int
	err = n.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: method, Path: n.path, Query: n.query, Body: body, Timeout: nodeTimeout, Replay: rest.Safe,
		Decode: func(r rest.Response) (err error) {
			number, err = hexNumber(r.Body, shape)
			return err
		},
	})
	return number, err
}

// hexNumber reads the result of an answer: hex of at most 32 bytes.
func hexNumber(body []byte, shape *regexp.Regexp) (*big.Int, error) {
	var w struct {
		Result string `json:"result"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	if !shape.MatchString(w.Result) {
		return nil, &rest.FieldError{Field: "result", Rule: "is no number in hex"}
	}
	number, ok := new(big.Int).SetString(w.Result[2:], 16)
	if !ok {
		return nil, &rest.FieldError{Field: "result", Rule: "is no number in hex"}
	}
	return number, nil
}

// Has reports whether a chain can be asked.
func (s *Nodes) Has(chain int64) bool { return s.nodes[chain] != nil }

// of returns the node of a chain once it has said that it is of this chain: a
// wrong address in the settings would prove that nothing was ever bought. A
// node that does not know the question is believed.
func (s *Nodes) of(ctx context.Context, chain int64) (*node, error) {
	n := s.nodes[chain]
	if n == nil {
		return nil, ErrNode
	}
	n.mu.Lock()
	checked := n.checked
	n.mu.Unlock()
	if checked {
		return n, nil
	}
	id, err := n.call(ctx, "eth_chainId", plainQuantity)
	switch {
	case rest.KindOf(err) == rest.KindRefused && rest.As(err).Code == CodeRPC:
	case err != nil:
		return nil, err
	case !equal(id, big.NewInt(chain)):
		return nil, fmt.Errorf("%w: the node is of another chain", ErrNode)
	}
	n.mu.Lock()
	n.checked = true
	n.mu.Unlock()
	return n, nil
}

func (s *Nodes) ask(ctx context.Context, chain int64, method string, shape *regexp.Regexp, params ...string) (*big.Int, error) {
	n, err := s.of(ctx, chain)
	if err != nil {
		return nil, err
	}
	return n.call(ctx, method, shape, params...)
}

// Balance returns the native coin an address has, in wei.
func (s *Nodes) Balance(ctx context.Context, chain int64, address string) (*big.Int, error) {
	if !plainAddress.MatchString(address) {
		return nil, refused("eth_getBalance", "no address")
	}
	return s.ask(ctx, chain, "eth_getBalance", plainQuantity, `"`+address+`"`, `"latest"`)
}

// TokenBalance returns what an address has of an ERC-20 token, in its smallest
// unit. An answer without a number, as of an address without a contract, is an
// error.
func (s *Nodes) TokenBalance(ctx context.Context, chain int64, token, owner string) (*big.Int, error) {
	if !plainAddress.MatchString(token) || !plainAddress.MatchString(owner) {
		return nil, refused("eth_call", "no address")
	}
	call := `{"to":"` + token + `","data":"` + balanceOf + addressPad + strings.ToLower(owner[2:]) + `"}`
	return s.ask(ctx, chain, "eth_call", plainWord, call, `"latest"`)
}

// Sent returns how many transactions an address has sent: mined ones, or with
// those that wait to be.
func (s *Nodes) Sent(ctx context.Context, chain int64, address string, waiting bool) (*big.Int, error) {
	if !plainAddress.MatchString(address) {
		return nil, refused("eth_getTransactionCount", "no address")
	}
	block := `"latest"`
	if waiting {
		block = `"pending"`
	}
	return s.ask(ctx, chain, "eth_getTransactionCount", plainQuantity, `"`+address+`"`, block)
}

// GasPrice returns what a unit of gas costs at this moment, in wei.
func (s *Nodes) GasPrice(ctx context.Context, chain int64) (*big.Int, error) {
	return s.ask(ctx, chain, "eth_gasPrice", plainQuantity)
}
