// Package rest is the one HTTP chain every vendor client goes through:
//
//	limiter → breaker → timeout → auth → redacted log and metrics → error → retry → decode
//
// A vendor package describes itself with Options (how it signs, how it says
// no) and each call with a Request; everything that can go wrong comes back as
// one *Error whose Kind answers the only question money asks: did the vendor
// refuse (KindRefused), is it unknown what happened (KindUnclear), or did
// provably nothing leave this machine (KindNotSent)?
//
// Rules kept here, for all vendors:
//   - every call has a deadline, and it covers waiting, retries and reading;
//   - a request is sent again only when its author said that this is safe;
//   - redirects are not followed, other hosts and private addresses are not
//     dialled, plain http is for loopback only (DESIGN §5);
//   - no header, body, query or path ever reaches a log, a metric or an error:
//     endpoints are named by their route pattern.
package rest
