package telegram

import (
	"net/url"
	"regexp"
	"slices"
	"time"
)

const (
	defaultMaxConnections = 40
	maxSecret             = 256
	setWebhookEvery       = time.Second
)

// webhook is where updates go, and how that went lately.
type webhook struct {
	url, secret    string
	allowed        []string
	maxConnections int
	setAt          time.Time
	lastError      string
	lastErrorAt    time.Time
}

func setWebhook(s *Server, p params) (any, *apiError) {
	if !p.has("url") {
		return deleteWebhook(s, p)
	}
	next, err := s.readWebhook(p)
	if err != nil {
		return nil, err
	}
	if p.bool("drop_pending_updates") {
		s.pending = nil
	}
	same := next.url == s.hook.url && next.secret == s.hook.secret && next.maxConnections == s.hook.maxConnections &&
		slices.Equal(next.allowed, s.hook.allowed)
	if same {
		return described{true, "Webhook is already set"}, nil
	}
	now := s.cfg.Now()
	if !s.hook.setAt.IsZero() && now.Sub(s.hook.setAt) < setWebhookEvery {
		return nil, tooMany(1)
	}
	next.setAt = now
	s.hook = next
	for _, u := range s.pending {
		u.due, u.tries = now, 0
	}
	s.ring()
	return described{true, "Webhook was set"}, nil
}

func (s *Server) readWebhook(p params) (webhook, *apiError) {
	next := webhook{url: p.str("url"), secret: p.str("secret_token"), allowed: s.hook.allowed, maxConnections: defaultMaxConnections}
	if err := checkWebhookURL(next.url); err != nil {
		return next, err
	}
	if len(next.secret) > maxSecret {
		return next, bad("secret token is too long")
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]*$`).MatchString(next.secret) {
		return next, bad("secret token contains unallowed characters")
	}
	if p.has("max_connections") {
		if n := p.int("max_connections"); n >= 1 && n <= 100 {
			next.maxConnections = int(n)
		}
	}
	if p.has("allowed_updates") {
		next.allowed = p.list("allowed_updates")
	}
	return next, nil
}

// checkWebhookURL takes https on Telegram's four ports, and anything on loopback.
func checkWebhookURL(raw string) *apiError {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return bad("bad webhook: invalid HTTP URL")
	case isLoopback(u.Hostname()):
		return nil
	case u.Scheme != "https":
		return bad("bad webhook: An HTTPS URL must be provided for webhook")
	case !slices.Contains([]string{"", "80", "88", "443", "8443"}, u.Port()):
		return bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	return nil
}

func deleteWebhook(s *Server, p params) (any, *apiError) {
	if p.bool("drop_pending_updates") {
		s.pending = nil
	}
	if s.hook.url == "" {
		return described{true, "Webhook is already deleted"}, nil
	}
	s.hook = webhook{allowed: s.hook.allowed, maxConnections: defaultMaxConnections}
	s.ring()
	return described{true, "Webhook was deleted"}, nil
}

func getWebhookInfo(s *Server, _ params) (any, *apiError) {
	s.expire()
	out := struct {
		URL            string   `json:"url"`
		Certificate    bool     `json:"has_custom_certificate"`
		Pending        int      `json:"pending_update_count"`
		LastErrorDate  int64    `json:"last_error_date,omitempty"`
		LastError      string   `json:"last_error_message,omitempty"`
		MaxConnections int      `json:"max_connections,omitempty"`
		Allowed        []string `json:"allowed_updates,omitempty"`
	}{URL: s.hook.url, Pending: len(s.pending), LastError: s.hook.lastError, Allowed: s.hook.allowed}
	if s.hook.url != "" {
		out.MaxConnections = s.hook.maxConnections
	}
	if !s.hook.lastErrorAt.IsZero() {
		out.LastErrorDate = s.hook.lastErrorAt.Unix()
	}
	return out, nil
}
