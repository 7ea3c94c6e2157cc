package sandbox

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"giftbot/sandbox/kit"
)

// local lets only this machine's own pages and tools through: the Host must be
// a loopback name (against DNS rebinding), and an Origin, when present, must be
// this very host (against requests from other sites).
func (w *World) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.knownHost(r.Host) {
			kit.WriteError(rw, http.StatusForbidden, "this host may not use the sandbox")
			return
		}
		if !sameOrigin(r) {
			kit.WriteError(rw, http.StatusForbidden, "requests from other origins are refused")
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func (w *World) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || slices.Contains(w.cfg.Hosts, host) {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func sameOrigin(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Method != http.MethodGet && (site == "cross-site" || site == "same-site") {
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return err == nil && len(origins) == 1 && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
