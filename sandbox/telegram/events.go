package telegram

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	subscriberBuffer = 256
	keepAlive        = 20 * time.Second
)

// subscriber is one open event stream.
type subscriber struct{ lines chan []byte }

// emit sends an event to every open page. A page that reads too slowly is cut
// off: it reconnects and reads everything anew. The lock is held.
func (s *Server) emit(kind string, data any) {
	if len(s.subs) == 0 {
		return
	}
	s.eventID++
	raw, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("sandbox: event cannot be encoded: %v", err))
	}
	line := fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", s.eventID, kind, raw)
	for sub := range s.subs {
		select {
		case sub.lines <- line:
		default:
			delete(s.subs, sub)
			close(sub.lines)
		}
	}
}

func (s *Server) emitMessage(it *person, m *message) {
	s.emit("message", map[string]any{"chat_id": it.ID, "message": viewMessage(it.ID, m)})
}

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a stream outlives the server's write timeout; not all writers have one
	sub := &subscriber{lines: make(chan []byte, subscriberBuffer)}
	s.mu.Lock()
	s.subs[sub] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subs, sub)
	}()
	if _, err := fmt.Fprint(w, "retry: 1000\nevent: hello\ndata: {}\n\n"); err != nil || out.Flush() != nil {
		return
	}
	s.stream(r, w, out, sub)
}

func (s *Server) stream(r *http.Request, w http.ResponseWriter, out *http.ResponseController, sub *subscriber) {
	beat := time.NewTicker(keepAlive)
	defer beat.Stop()
	for {
		line := []byte(": still here\n\n")
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
		case next, open := <-sub.lines:
			if !open {
				return
			}
			line = next
		}
		if _, err := w.Write(line); err != nil || out.Flush() != nil {
			return
		}
	}
}
