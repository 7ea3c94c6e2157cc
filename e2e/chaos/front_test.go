package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"giftbot/e2e/kit"
)

const (
	lookEvery = 50 * time.Millisecond // at the readiness of each replica
	lookTime  = time.Second           // for one look
	silences  = 3                     // looks in a row without an answer, until a replica counts as gone
	proxyTime = 30 * time.Second      // for one request
)

// front is the load balancer before the replicas. It asks each for /readyz again
// and again, believes a no at once and silence after a while, and gives a request to the next that said yes last; where nobody takes the
// connection any more, to the one after it. A request that was taken is never
// repeated: that is the sender's business.
type front struct {
	client *http.Client

	mu       sync.Mutex
	replicas []*replica
	next     int
	tally    webhooks
}

// webhooks counts what came to the public address.
type webhooks struct {
	sent     int
	taken    int            // answered 200
	refused  int            // answered otherwise by a replica
	cut      int            // the replica that had it died, or stood still
	nobody   int            // no replica was ready
	whose    map[string]int // not taken, by route and how
	updates  int            // of all, those of Telegram
	payments int            // of gateways
}

func newFront() *front {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}
	return &front{client: &http.Client{Transport: transport, Timeout: proxyTime}, tally: webhooks{whose: make(map[string]int)}}
}

// watch asks the replicas whether they are ready until ctx ends.
func (f *front) watch(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, r := range f.replicas {
		all.Go(func() {
			silent := 0
			for ctx.Err() == nil {
				bot := r.process()
				ready, answered := r.looksReady(ctx, bot)
				silent++
				if answered {
					silent = 0
				}
				if answered || silent >= silences {
					r.setReady(bot, ready)
				}
				time.Sleep(lookEvery)
			}
		})
	}
}

// looksReady asks a run for /readyz once. What does not run answers no.
func (r *replica) looksReady(ctx context.Context, bot *kit.Bot) (ready, answered bool) {
	addr := address(bot)
	if addr == "" {
		return false, true
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false, true
	}
	res, err := r.w.front.client.Do(req)
	if err != nil {
		return false, unreached(err)
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK, true
}

// turn lists the replicas that are ready, beginning with the next in turn.
func (f *front) turn() []*replica {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	var list []*replica
	for i := range f.replicas {
		if r := f.replicas[(f.next+i)%len(f.replicas)]; r.isReady() {
			list = append(list, r)
		}
	}
	return list
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the sender left
	}
	status, answer, how := http.StatusServiceUnavailable, []byte(nil), "nobody"
	for _, r := range f.turn() {
		status, answer, err = f.forward(r, req, body)
		how = fmt.Sprint(status)
		if err != nil {
			how = "cut"
		}
		if !unreached(err) {
			break
		}
		how = "nobody"
	}
	f.note(req.URL.Path, how)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the sender may be gone
}

func (f *front) forward(r *replica, req *http.Request, body []byte) (int, []byte, error) {
	addr := address(r.process())
	if addr == "" {
		return http.StatusBadGateway, nil, errGone
	}
	out, err := http.NewRequestWithContext(req.Context(), req.Method, "http://"+addr+req.URL.Path, bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, nil, err
	}
	out.Header = req.Header.Clone()
	res, err := f.client.Do(out)
	if err != nil {
		return http.StatusBadGateway, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return http.StatusBadGateway, nil, err
	}
	return res.StatusCode, answer, nil
}

// unreached reports whether nobody took the connection: the request never left.
func unreached(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return errors.Is(err, errGone) || ok && op.Op == "dial"
}

var errGone = errors.New("the replica is gone")

func (f *front) note(path, how string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := &f.tally
	n.sent++
	route, _, _ := strings.Cut(strings.TrimPrefix(path, "/webhooks/"), "/")
	switch route {
	case "telegram":
		n.updates++
	case "infini", "inventpay":
		n.payments++
	}
	switch how {
	case "200":
		n.taken++
		return
	case "cut":
		n.cut++
	case "nobody":
		n.nobody++
	default:
		n.refused++
	}
	n.whose[route+" "+how]++
}

// seen is what came so far.
func (f *front) seen() webhooks {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.tally
	n.whose = make(map[string]int)
	for what, times := range f.tally.whose {
		n.whose[what] = times
	}
	return n
}
