package plexy

import (
	"crypto/subtle"
	"net/http"
)

// guarded checks the key and the agent before h. The key stands raw in
// Authorization: a scheme in front of it is a 401 (plexy sheet §1 and §10).
func (v *Vendor) guarded(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !v.knows(r) || r.PathValue("agent") != v.cfg.AgentID {
			v.fail(w, refuse(http.StatusUnauthorized, "unauthorized", "API key missing or not of this agent"))
			return
		}
		h(w, r)
	})
}

// knows tells whether a request carries the API key, and carries it once.
func (v *Vendor) knows(r *http.Request) bool {
	sent := r.Header.Values("Authorization")
	return len(sent) == 1 && subtle.ConstantTimeCompare([]byte(sent[0]), []byte(v.cfg.APIKey)) == 1
}

// Where the liveness probe may live; the sheet shows neither prefix nor auth.
const (
	HealthRoot  = "root"  // /plexy/health, no key; the default
	HealthAgent = "agent" // /plexy/agent/{id}/health, no key
	HealthKey   = "key"   // /plexy/health, with the key
)

// health is the probe on both paths; only the one chosen is there.
func (v *Vendor) health(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	where, sick := v.set.Health, v.set.Unhealthy
	v.mu.Unlock()
	agent := r.PathValue("agent")
	switch {
	case (agent != "") != (where == HealthAgent), agent != "" && agent != v.cfg.AgentID:
		v.fail(w, noRoute())
	case where == HealthKey && !v.knows(r):
		v.fail(w, refuse(http.StatusUnauthorized, "unauthorized", "API key missing"))
	case sick:
		v.fail(w, refuse(http.StatusServiceUnavailable, "service_unavailable", "maintenance"))
	default:
		ok(w, fields{"status": "ok"})
	}
}

func noRoute() *apiError { return refuse(http.StatusNotFound, "not_found", "no such route") }
