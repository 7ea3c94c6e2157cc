package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Replay says whether the chain may send a request again on its own.
type Replay int

const (
	// Never sends once. Whoever keeps the attempt decides about a re-send.
	Never Replay = iota
	// Safe may be sent again: reads, and writes that change nothing twice.
	Safe
)

// Request is one call. Path and Body are sent as they are in every attempt.
type Request struct {
	Method    string
	Endpoint  string // route pattern with method, for logs, metrics and errors: "GET /orders/{id}"
	Path      string // below the base URL, each segment escaped, beginning with "/"
	Query     url.Values
	Header    http.Header // beside what Auth sets; Idempotency-Key and the like
	Body      []byte      // JSON, nil for none
	Timeout   time.Duration
	Replay    Replay
	NoAuth    bool
	Unlimited bool // the caller holds a permit of its own: the local limiter is passed by
	// Decode reads a success. Its error makes the call KindUnclear.
	Decode func(Response) error
}

// target is the full URL. The host is always the base URL's.
func (c *Client) target(r Request) (*url.URL, error) {
	if !strings.HasPrefix(r.Path, "/") || strings.HasPrefix(r.Path, "//") || strings.ContainsAny(r.Path, "?#\\") {
		return nil, errors.New("path is not usable")
	}
	raw := c.base.Scheme + "://" + c.base.Host + c.base.EscapedPath() + r.Path
	if len(r.Query) > 0 {
		raw += "?" + r.Query.Encode()
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host != c.base.Host || u.Scheme != c.base.Scheme || u.User != nil {
		return nil, errors.New("path is not usable")
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, errors.New("path is not usable")
		}
	}
	return u, nil
}

// build makes the request of one attempt and signs it. Without GetBody the
// transport cannot re-send behind our back, whatever headers it sees.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	target, err := c.target(r)
	if err != nil {
		return nil, &Error{Kind: KindNotSent, Code: CodeRequest, Err: err}
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), body)
	if err != nil {
		return nil, &Error{Kind: KindNotSent, Code: CodeRequest, Err: errors.New("method or address is not usable")}
	}
	req.GetBody = nil
	for name, values := range r.Header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "giftbot")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.NoAuth {
		return req, nil
	}
	if err := c.options.Auth(req, r.Body); err != nil {
		return nil, &Error{Kind: KindNotSent, Code: CodeAuth, Err: err}
	}
	return req, nil
}

// exchange is one attempt on the wire: send, read to the end, judge, decode.
func (c *Client) exchange(ctx context.Context, r Request) (Response, *Error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return Response{}, As(err)
	}
	raw, err := c.options.Chain.Transport.RoundTrip(req)
	if err != nil {
		return Response{}, c.broken(ctx, err)
	}
	defer raw.Body.Close() // read to its end or given up: nothing can be done about its error
	c.compareClock(raw.Header)
	body, err := io.ReadAll(io.LimitReader(raw.Body, c.options.MaxBody+1))
	res := Response{Status: raw.StatusCode, Header: raw.Header, Body: body}
	switch {
	case err != nil:
		fault := c.broken(ctx, err)
		fault.Kind, fault.Status = KindUnclear, res.Status
		return res, fault
	case int64(len(body)) > c.options.MaxBody:
		return res, &Error{Kind: KindUnclear, Status: res.Status, Code: CodeTooLarge}
	}
	return res, c.judge(r, res)
}

// judge turns an answer into nil or its fault.
func (c *Client) judge(r Request, res Response) *Error {
	verdict := c.options.Classify(res)
	if byStatus := ByStatus(res.Status); verdict.Kind == "" && byStatus != "" {
		verdict.Kind = byStatus
	}
	if verdict.Code == "" && res.Status >= 300 && res.Status <= 399 {
		verdict.Code = CodeRedirect
	}
	if verdict.Kind != "" {
		return &Error{Kind: verdict.Kind, Status: res.Status, Code: word(verdict.Code, maxCode),
			Message: c.redact.text(verdict.Message), RetryAfter: retryAfter(res.Header, c.options.Chain.Now())}
	}
	if r.Decode == nil {
		return nil
	}
	if err := r.Decode(res); err != nil {
		return &Error{Kind: KindUnclear, Status: res.Status, Code: CodeUndecodable, Err: describe(err)}
	}
	return nil
}

// broken names a transport error. Its text is not kept: it may quote the
// address, and a proxy's or a server's bytes.
func (c *Client) broken(ctx context.Context, err error) *Error {
	if dialled(err) {
		return &Error{Kind: KindNotSent, Code: CodeDial, Err: dialCause(err)}
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return &Error{Kind: KindUnclear, Code: ctxCode(ctxErr), Err: ctxErr}
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return &Error{Kind: KindUnclear, Code: CodeTimeout, Err: context.DeadlineExceeded}
	}
	return &Error{Kind: KindUnclear, Code: CodeCut}
}

// dialled reports whether an error arose while connecting: no byte of a
// request leaves before there is a connection.
func dialled(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

func dialCause(err error) error {
	if errors.Is(err, ErrAddress) {
		return ErrAddress
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return errors.New("the host name is not known")
	}
	return errors.New("no connection")
}

func ctxCode(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return CodeTimeout
	}
	return CodeCancelled
}

// PathEscape joins segments to a path, each escaped: no id can climb out of
// its place.
func PathEscape(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}
