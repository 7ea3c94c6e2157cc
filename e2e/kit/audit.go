package kit

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"giftbot/sandbox/telegram"
)

// Audit fails the test when a secret of the run is in a log, in the metrics or
// in Redis, or when a Bot API call broke a rule.
func (s *Shop) Audit() {
	s.t.Helper()
	auditCalls(s.t, s.Control)
	for _, leak := range leaks(s.Planted(), s.Places()) {
		s.t.Error(leak)
	}
}

// leaks says which secret is in which place.
func leaks(secrets, places map[string]string) []string {
	var found []string
	for place, text := range places {
		for name, secret := range secrets {
			if strings.Contains(text, secret) {
				found = append(found, name+" is in "+place)
			}
		}
	}
	return found
}

// Planted are the secrets of the run by what they are: credentials, signatures
// that crossed the wire, codes that were sold.
func (s *Shop) Planted() map[string]string {
	s.t.Helper()
	_, token, _ := strings.Cut(s.secrets.Token, ":")
	all := map[string]string{
		"the bot token": token, "the Telegram secret": s.secrets.Telegram, "the Infini secret key": s.secrets.InfiniSecret,
		"the Infini webhook secret": s.secrets.InfiniHook, "the InfiniVoucher key": s.secrets.VoucherKey,
		"the InfiniVoucher path": s.secrets.VoucherPath, "the encryption key": s.secrets.Encryption,
	}
	for _, signature := range s.seen.list() {
		all["signature "+signature[:6]+"…"] = signature
	}
	for _, o := range s.SupplierBooks().Orders {
		for i, code := range o.Codes {
			name := fmt.Sprintf("a code of %s (%d)", o.ID, i+1)
			all[name] = code
			all[name+" without dashes"] = strings.ReplaceAll(code, "-", "")
		}
	}
	return all
}

// Places are the texts no secret may be in.
func (s *Shop) Places() map[string]string {
	s.t.Helper()
	places := map[string]string{"the log": s.Log()}
	for _, b := range s.Bots() {
		if b.Running() {
			_, places["the metrics of "+b.Addr] = Request(s.t, http.MethodGet, "http://"+b.Metrics+"/metrics", nil, nil)
		}
	}
	for _, file := range s.Redis.AppendOnlyFiles() {
		raw, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		places["Redis's file "+file] = string(raw)
	}
	for key, value := range redisDump(s.t, s.Redis.Addr) {
		places["Redis's key "+key] = key + "\n" + value
	}
	return places
}

// auditCalls checks what the bot asked of Telegram.
func auditCalls(t interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}, c *Control) {
	t.Helper()
	var violations []telegram.Violation
	c.Get("/control/telegram/violations", &violations)
	for _, v := range violations {
		t.Errorf("Bot API: %s: %s", v.Method, v.Reason)
	}
	spec, ok := loadSpec()
	if !ok {
		t.Logf("no machine-readable Bot API beside the repository: calls are not checked against it")
		return
	}
	var calls []apiCall
	c.Get("/control/telegram/calls", &calls)
	for _, call := range calls {
		for _, complaint := range spec.judge(call) {
			t.Errorf("Bot API: %s", complaint)
		}
	}
}
