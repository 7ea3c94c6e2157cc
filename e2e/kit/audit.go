package kit

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"giftbot/sandbox/telegram"
)

// Audit fails the test when a secret of the run is in a log, in the metrics, in
// Redis, in a journal or a spool, when a Bot API call broke a rule, or when our
// books are not those of the vendors.
func (s *Shop) Audit() {
	s.t.Helper()
	auditCalls(s.t, s.Control)
	if len(s.Bots()) > 0 { // without one, a test itself asked the vendors
		auditBooks(s.t, s.Control, s.Redis.URL)
	}
	s.AuditSecrets()
}

// AuditSecrets is the part of Audit that looks for secrets.
func (s *Shop) AuditSecrets() {
	s.t.Helper()
	for _, leak := range leaks(s.Planted(), s.Places()) {
		s.t.Error(leak)
	}
}

// AuditBooks is the part of Audit that holds our books against the vendors'.
func (s *Shop) AuditBooks() {
	s.t.Helper()
	auditBooks(s.t, s.Control, s.Redis.URL)
}

// Planted are the secrets of the run by what they are: credentials, signatures
// that crossed the wire, codes that were sold.
func (s *Shop) Planted() map[string]string {
	s.t.Helper()
	all := s.secrets.named()
	for _, proof := range s.seen.list() {
		all["signature "+proof[:min(6, len(proof))]+"…"] = proof
	}
	for i, text := range s.typed.list() {
		all[fmt.Sprintf("what somebody typed (%d)", i+1)] = text
	}
	for i, sold := range s.Sold() {
		if sold.What == "pin" {
			continue // eight digits may be anywhere
		}
		name := fmt.Sprintf("a %s of %s (%d)", sold.What, sold.Order, i+1)
		all[name] = sold.Text
		all[name+" without dashes"] = strings.ReplaceAll(sold.Text, "-", "")
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
	for _, b := range s.Bots() {
		for file, text := range filesIn(s.t, b.Spool) {
			places["the spool file "+file] = text
		}
	}
	for key, value := range redisDump(s.t, s.Redis.Addr) {
		places["Redis's key "+key] = key + "\n" + value
	}
	return places
}

// filesIn reads every file of a folder, if it is there.
func filesIn(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range list {
		raw, unread := os.ReadFile(file)
		if os.IsNotExist(unread) {
			continue // drained meanwhile
		}
		err = errors.Join(err, unread)
		files[file] = string(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return files
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
