package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Meter counts what happens, by name and label.
type Meter interface {
	Count(name, label string)
}

// Config is what the edge is made of.
type Config struct {
	Telegram  http.Handler        // intake of updates; nil when updates are polled
	Payments  map[string]Verifier // by gateway name
	Hints     Hinter
	Suppliers []Supplier
	Supply    SupplierHinter
	Callbacks []Callback
	Ready     func(ctx context.Context) error // nil error: ready to sell
	Meter     Meter
	Log       *slog.Logger
	Now       func() time.Time
}

type server struct {
	hints     Hinter
	suppliers SupplierHinter
	ready     func(ctx context.Context) error
	meter     Meter
	log       *slog.Logger
	now       func() time.Time
	refusals  *oncePer
}

// NewHandler mounts every public route of the bot.
func NewHandler(c Config) http.Handler {
	s := &server{hints: c.Hints, suppliers: c.Supply, ready: c.Ready, meter: c.Meter, log: c.Log, now: c.Now, refusals: newOncePer(time.Minute)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.readiness)
	if c.Telegram != nil {
		mux.Handle("/webhooks/telegram", c.Telegram)
	}
	for gateway, verify := range c.Payments {
		mux.HandleFunc("/webhooks/"+gateway, s.postOnly(gateway, s.payment(gateway, verify)))
	}
	for _, v := range c.Suppliers {
		mux.HandleFunc("/webhooks/"+v.Name+"/{secret}", s.postOnly(v.Name, s.supplier(v)))
	}
	for _, c := range c.Callbacks {
		mux.HandleFunc("/webhooks/"+c.Name+"/{token}", s.postOnly(c.Name, s.callback(c)))
	}
	return s.guard(mux)
}

func (s *server) postOnly(from string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			s.answer(w, from, http.StatusMethodNotAllowed, "not_posted")
			return
		}
		next(w, r)
	}
}

const readyWait = 2 * time.Second

// readiness says yes or no, nothing more: the reason is in the log.
func (s *server) readiness(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWait)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		s.log.Warn("not ready", "err", err)
		plain(w, http.StatusServiceUnavailable, "no")
		return
	}
	plain(w, http.StatusOK, "yes")
}

// guard keeps one bad request from taking the process with it.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch cause := recover(); {
			case cause == nil:
			case cause == any(http.ErrAbortHandler):
				panic(cause)
			default:
				s.meter.Count("http_panics", r.Pattern)
				s.log.Error("panic in a handler", "route", r.Pattern)
				plain(w, http.StatusServiceUnavailable, "try again")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// body reads at most limit bytes. Anything longer is refused with 413.
func (s *server) body(w http.ResponseWriter, r *http.Request, from string, limit int64) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body, true
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		s.answer(w, from, http.StatusRequestEntityTooLarge, "too_large")
		return nil, false
	}
	s.answer(w, from, http.StatusBadRequest, "unreadable")
	return nil, false
}

// answer counts the result and tells the sender no more than the status. A
// refusal is logged as well, each kind of each sender once a minute: who knocks
// on and on must not fill the log.
func (s *server) answer(w http.ResponseWriter, from string, status int, result string) {
	s.meter.Count("webhooks", from+":"+result)
	if status >= 400 && status < 500 && s.refusals.allow(from+":"+result, s.now()) {
		s.log.Warn("webhook refused", "from", from, "why", result)
	}
	plain(w, status, http.StatusText(status))
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// The client may be gone; there is nobody to tell.
	_, _ = io.WriteString(w, text+"\n")
}

// Serve answers on a listener until ctx ends, then lets running requests
// finish, at most for the given time.
func Serve(ctx context.Context, l net.Listener, h http.Handler, drain time.Duration) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 90 * time.Second, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return errors.Join(err, srv.Close())
	}
	return nil
}
