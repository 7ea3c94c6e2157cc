package telegram

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/go-telegram/bot"
)

const (
	callTimeout    = 10 * time.Second // one call to the Bot API, connection to last byte
	idleTimeout    = 30 * time.Second // shorter than the server's: a stale connection is our mistake
	smallBody      = 512 << 10        // bytes, enough for a picture; a larger body is streamed
	answerLimit    = 4 << 20          // bytes of an answer that are read
	connsPerHost   = 64
	pooledCapacity = 16 << 10
)

// Client is an HTTP client for the Bot API. The library streams every request
// through a pipe, chunked and not repeatable; Client buffers small bodies, so
// that they have a length and survive a connection the server closed.
type Client struct {
	http *http.Client
	pool sync.Pool
}

var _ bot.HttpClient = (*Client)(nil)

// NewClient returns a client with its own connection pool. Redirects are not
// followed: the token is part of the path.
func NewClient() *Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		MaxIdleConns:          connsPerHost,
		MaxIdleConnsPerHost:   connsPerHost,
		IdleConnTimeout:       idleTimeout,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: callTimeout,
		ForceAttemptHTTP2:     true,
	}
	return &Client{
		http: &http.Client{
			Transport: transport,
			Timeout:   callTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
		pool: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do implements bot.HttpClient.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		return c.send(req)
	}
	buf, _ := c.pool.Get().(*bytes.Buffer)
	buf.Reset()
	n, err := io.CopyN(buf, req.Body, smallBody)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", errNeverSent, err)
	}
	if n == smallBody {
		req.Body = readCloser{io.MultiReader(buf, req.Body), req.Body}
		return c.send(req)
	}
	_ = req.Body.Close()
	// The transport may still read the body after Do returned, so a buffer that
	// goes back to the pool is copied out.
	body := buf.Bytes()
	if buf.Cap() <= pooledCapacity {
		body = bytes.Clone(body)
		c.pool.Put(buf)
	}
	rewind(req, body)
	return c.send(req)
}

// rewind gives the request a body of known length that can be sent again. A
// call without parameters gets none: strict servers refuse an empty form.
func rewind(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	if len(body) == 0 {
		req.Body, req.GetBody = http.NoBody, nil
		req.Header.Del("Content-Type")
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(body)), nil
	}
	if !strings.HasPrefix(path.Base(req.URL.Path), "send") {
		// net/http takes this as leave to repeat the request on a fresh
		// connection when a kept one turns out to be closed, and does not send
		// the empty header. A message must not be sent twice; the rest may.
		req.Header["Idempotency-Key"] = nil
	}
}

func (c *Client) send(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		// *url.Error stays on top: the library masks the token inside it.
		return nil, err //nolint:wrapcheck // the library asserts on the type
	}
	resp.Body = readCloser{io.LimitReader(resp.Body, answerLimit), resp.Body}
	return resp, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}
