package telegram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
)

const (
	bodyLimit     = 1 << 20 // bytes
	handleTimeout = 25 * time.Second
	roomTimeout   = 2 * time.Second                   // how long an update may wait for a free place
	secretHeader  = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the name of a header, not its value
	pooledBody    = 64 << 10
	statusesKept  = 16
)

// Handler handles updates: *Dispatcher.
type Handler interface {
	Handle(ctx context.Context, u *models.Update) error
	// Sorry is called after a panic.
	Sorry(ctx context.Context, p flows.Person)
}

// Intake is the webhook's http.Handler. It answers 200 with an empty body
// only after the update was handled; 503 has Telegram send it again.
type Intake struct {
	handler Handler
	secrets [][sha256.Size]byte
	meter   Meter
	log     *slog.Logger
	room    chan struct{}
	bodies  sync.Pool
	refusal *rarely[int] // by status

	mu       sync.Mutex
	active   int
	draining bool
	idle     chan struct{}
}

// NewIntake makes the webhook handler. secrets are the current one and, while
// it is being changed, the previous; empty ones are left out, none at all is
// an error. parallel bounds the updates handled at once.
func NewIntake(h Handler, secrets []string, parallel int, meter Meter, log *slog.Logger) (*Intake, error) {
	in := &Intake{
		handler: h, meter: meter, log: log, room: make(chan struct{}, max(parallel, 1)), idle: make(chan struct{}), refusal: newRarely[int](statusesKept),
	}
	for _, secret := range secrets {
		if secret != "" {
			in.secrets = append(in.secrets, sha256.Sum256([]byte(secret)))
		}
	}
	if len(in.secrets) == 0 {
		return nil, errors.New("telegram webhook: no secret")
	}
	in.bodies.New = func() any { return new(bytes.Buffer) }
	return in, nil
}

// ServeHTTP implements http.Handler.
func (in *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := in.refuse(r); status != 0 {
		in.meter.Count("telegram_webhook", http.StatusText(status))
		in.refused(status)
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		w.WriteHeader(status)
		return
	}
	if !in.begin() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer in.end()
	started := time.Now()
	status := in.serve(w, r)
	if status >= 400 && status < 500 {
		in.refused(status)
	}
	in.meter.Took("telegram_webhook", http.StatusText(status), time.Since(started))
	w.WriteHeader(status)
}

// refused logs that somebody else than Telegram may be knocking, once a minute
// for each status: they must not fill the log.
func (in *Intake) refused(status int) {
	if in.refusal.allow(status, time.Now()) {
		in.log.Warn("webhook refused", "from", "telegram", "status", status)
	}
}

// refuse returns the status for a request that is not read at all, 0 if it is.
func (in *Intake) refuse(r *http.Request) int {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	if given := r.Header.Values(secretHeader); len(given) != 1 || !in.trusted(given[0]) {
		return http.StatusUnauthorized
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType
	}
	return 0
}

// trusted compares with every secret in constant time; hashing first hides
// the length as well.
func (in *Intake) trusted(got string) bool {
	sum := sha256.Sum256([]byte(got))
	match := 0
	for i := range in.secrets {
		match |= subtle.ConstantTimeCompare(sum[:], in.secrets[i][:])
	}
	return match == 1
}

// serve reads, decodes and handles one update and returns the status.
func (in *Intake) serve(w http.ResponseWriter, r *http.Request) int {
	buf, _ := in.bodies.Get().(*bytes.Buffer)
	defer in.keep(buf)
	buf.Reset()
	if _, err := io.Copy(buf, http.MaxBytesReader(w, r.Body, bodyLimit)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			in.meter.Count("telegram_bad_update", "too large")
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	}
	u := new(models.Update)
	if err := json.Unmarshal(buf.Bytes(), u); err != nil {
		// Acknowledged all the same: it would come back for 24 hours and
		// block everything behind it.
		in.meter.Count("telegram_bad_update", "unreadable")
		in.log.Warn("update cannot be read", "bytes", buf.Len())
		return http.StatusOK
	}
	// The work is not cut short because the client hung up or the server
	// stops: it has its own time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), handleTimeout)
	defer cancel()
	return in.handle(ctx, u)
}

func (in *Intake) keep(buf *bytes.Buffer) {
	if buf.Cap() <= pooledBody {
		in.bodies.Put(buf)
	}
}

// handle waits for a free place and lets the handler work.
func (in *Intake) handle(ctx context.Context, u *models.Update) int {
	if !in.enter(ctx) {
		in.meter.Count("telegram_webhook", "full")
		return http.StatusServiceUnavailable
	}
	defer func() { <-in.room }()
	if err := in.guarded(ctx, u); err != nil {
		in.meter.Count("telegram_webhook", "retry")
		in.log.Warn("update comes again", "err", err)
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func (in *Intake) enter(ctx context.Context) bool {
	select {
	case in.room <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(roomTimeout)
	defer wait.Stop()
	select {
	case in.room <- struct{}{}:
		return true
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

// guarded handles an update. A panic counts as handled, after a word to the
// person: the same update would panic again and block their queue.
func (in *Intake) guarded(ctx context.Context, u *models.Update) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		in.meter.Count("telegram_panics", "update")
		// The value may hold anything, the stack holds no values.
		in.log.Error("panic while handling an update", "kind", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
		if who, ok := speaker(u); ok {
			in.handler.Sorry(ctx, who)
		}
		err = nil
	}()
	return in.handler.Handle(ctx, u)
}

// speaker is who to apologise to: only somebody in a private chat.
func speaker(u *models.Update) (flows.Person, bool) {
	switch {
	case u.CallbackQuery != nil:
		return personFrom(&u.CallbackQuery.From), u.CallbackQuery.From.ID != 0
	case u.Message != nil && u.Message.From != nil && u.Message.Chat.Type == models.ChatTypePrivate:
		return personFrom(u.Message.From), true
	default:
		return flows.Person{}, false
	}
}

func (in *Intake) begin() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.draining {
		return false
	}
	in.active++
	return true
}

func (in *Intake) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.active--
	if in.draining && in.active == 0 {
		close(in.idle)
	}
}

// Drain refuses further updates with 503 and waits for those under way, at
// most until ctx ends.
func (in *Intake) Drain(ctx context.Context) error {
	in.mu.Lock()
	if !in.draining {
		in.draining = true
		if in.active == 0 {
			close(in.idle)
		}
	}
	in.mu.Unlock()
	select {
	case <-in.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("updates under way: %w", ctx.Err())
	}
}
