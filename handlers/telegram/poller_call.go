package telegram

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	pollWait     = 50 * time.Second // Telegram's longest (TELEGRAM.md §2.1)
	pollAtOnce   = 100              // updates in one answer, Telegram's most
	pollPatience = pollWait + callTimeout
	telegramAPI  = "https://api.telegram.org"
)

// Faults that only fetching updates meets.
const (
	faultWebhookSet   Fault = "webhook_set"   // 409: a webhook is set, there is nothing to fetch
	faultSecondPoller Fault = "second_poller" // 409: somebody else fetches with this token
	faultTooMuch      Fault = "too_much"      // the answer is longer than we read
)

// NewPollClient returns a client whose calls may wait as long as a long poll
// does. It has its own connections, so that a poll delays no message.
func NewPollClient() *Client {
	c := NewClient()
	if transport, ok := c.http.Transport.(*http.Transport); ok {
		transport.ResponseHeaderTimeout = pollPatience
	}
	c.http.Timeout = pollPatience
	return c
}

// apiAnswer is what the Bot API answers to any call. The updates of it are
// kept raw: one that cannot be read must not cost the others.
type apiAnswer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"` // seconds
	} `json:"parameters"`
}

// fetch calls getUpdates. offset confirms every update before it, 0 confirms
// none; wait is how long Telegram may hold an empty answer back.
func (p *Poller) fetch(ctx context.Context, offset int64, limit int, wait time.Duration) ([]json.RawMessage, error) {
	const method = "getUpdates"
	allowed, err := json.Marshal(allowedUpdates())
	if err != nil {
		return nil, &Error{Fault: FaultNotSent, Method: method}
	}
	form := url.Values{
		"limit": {strconv.Itoa(limit)}, "timeout": {strconv.Itoa(int(wait / time.Second))}, "allowed_updates": {string(allowed)},
	}
	if offset != 0 {
		form.Set("offset", strconv.FormatInt(offset, 10))
	}
	result, err := p.call(ctx, method, form)
	if err != nil {
		return nil, err
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(result, &batch); err != nil {
		return nil, &Error{Fault: FaultUnclear, Method: method}
	}
	return batch, nil
}

// unhook makes Telegram keep updates for us instead of delivering them. What
// waits there is never dropped.
func (p *Poller) unhook(ctx context.Context) error {
	_, err := p.call(ctx, "deleteWebhook", nil)
	return err
}

// call makes one call to the Bot API. Its errors are *Error and quote nothing:
// the address holds the token, the answer holds what people wrote.
func (p *Poller) call(ctx context.Context, method string, form url.Values) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+method, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, &Error{Fault: FaultNotSent, Method: method}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, classify(method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	switch {
	case err != nil:
		return nil, classify(method, err)
	case len(body) == answerLimit:
		return nil, &Error{Fault: faultTooMuch, Method: method}
	}
	var a apiAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, &Error{Fault: FaultUnclear, Method: method}
	}
	if !a.OK {
		return nil, a.refusal(method)
	}
	return a.Result, nil
}

// refusal is the error of an answer that is not ok (TELEGRAM.md §3).
func (a apiAnswer) refusal(method string) *Error {
	e := &Error{Method: method}
	switch {
	case a.Code == http.StatusTooManyRequests:
		e.Fault, e.RetryAfter = FaultLimited, time.Duration(max(a.Parameters.RetryAfter, 1))*time.Second
	case a.Code == http.StatusUnauthorized:
		e.Fault = FaultUnauthorized
	case a.Code == http.StatusConflict && strings.Contains(strings.ToLower(a.Description), "webhook"):
		e.Fault = faultWebhookSet
	case a.Code == http.StatusConflict:
		e.Fault = faultSecondPoller
	case a.Code >= 400 && a.Code < 500:
		e.Fault = FaultRefused
	default:
		e.Fault = FaultUnclear
	}
	return e
}

// pollHint tells an operator what to do about a poll that failed.
func pollHint(f Fault) string {
	switch f {
	case faultWebhookSet:
		return "something set a webhook for this bot; restart this process to remove it, and stop what set it"
	case faultSecondPoller:
		return "another process fetches updates with this token; polling works for one process only"
	case FaultUnauthorized:
		return "the token was revoked"
	default:
		return ""
	}
}
