package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"giftbot/sandbox/kit"
)

// control serves /control, JSON in and out; a refusal is {"error": reason}.
func (w *World) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/clock", w.getClock)
	mux.HandleFunc("POST /control/clock", w.postClock)
	mux.HandleFunc("GET /control/faults", w.getFaults)
	mux.HandleFunc("POST /control/faults", w.postFault)
	mux.HandleFunc("DELETE /control/faults", w.deleteFaults)
	mux.HandleFunc("POST /control/faults/release", w.releaseFault)
	mux.HandleFunc("GET /control/requests", w.getRequests)
	mux.HandleFunc("DELETE /control/requests", w.deleteRequests)
	mux.HandleFunc("GET /control/vendors/{name}", w.getVendor)
	mux.HandleFunc("POST /control/vendors/{name}", w.postVendor)
	mux.HandleFunc("GET /control/payments/{gateway}/{id}", w.getPayment)
	mux.HandleFunc("POST /control/payments/{gateway}/{id}", w.postPayment)
	mux.HandleFunc("/control/", func(rw http.ResponseWriter, _ *http.Request) {
		kit.WriteError(rw, http.StatusNotFound, "no such control, or not with this method")
	})
	return mux
}

// read decodes the body into v; on failure it has answered and returns false.
func read(rw http.ResponseWriter, r *http.Request, v any) bool {
	raw, err := kit.ReadBody(r)
	if err == nil {
		err = kit.DecodeStrict(raw, v)
	}
	if err != nil {
		kit.WriteError(rw, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

type clockOut struct {
	Now    time.Time `json:"now"`
	Offset string    `json:"offset"` // Go duration ahead of the real time
}

func (w *World) getClock(rw http.ResponseWriter, _ *http.Request) {
	kit.WriteJSON(rw, http.StatusOK, clockOut{w.Clock.Now(), w.Clock.Offset().String()})
}

func (w *World) postClock(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
	}
	if !read(rw, r, &in) {
		return
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 || d > maxClockAdvance {
		kit.WriteError(rw, http.StatusBadRequest, `advance must be a duration above 0 and up to 366 days, such as "25h"`)
		return
	}
	offset := w.Clock.Advance(d)
	if w.cfg.OnAdvance != nil {
		w.cfg.OnAdvance(offset)
	}
	w.getClock(rw, r)
}

func (w *World) getFaults(rw http.ResponseWriter, _ *http.Request) {
	kit.WriteJSON(rw, http.StatusOK, w.Faults.List())
}

func (w *World) postFault(rw http.ResponseWriter, r *http.Request) {
	var in kit.Fault
	if !read(rw, r, &in) {
		return
	}
	if err := in.Validate(w.targets()); err != nil {
		kit.WriteError(rw, http.StatusBadRequest, err.Error())
		return
	}
	kit.WriteJSON(rw, http.StatusOK, w.Faults.Add(in))
}

// deleteFaults removes one (?id=) or all; held requests go on.
func (w *World) deleteFaults(rw http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("id")
	if text == "" {
		w.Faults.Clear()
		w.getFaults(rw, r)
		return
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !w.Faults.Remove(id) {
		kit.WriteError(rw, http.StatusNotFound, "no such fault")
		return
	}
	w.getFaults(rw, r)
}

func (w *World) releaseFault(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		ID int64 `json:"id"`
	}
	if !read(rw, r, &in) {
		return
	}
	if !w.Faults.Release(in.ID) {
		kit.WriteError(rw, http.StatusNotFound, "no such fault")
		return
	}
	w.getFaults(rw, r)
}

func (w *World) getRequests(rw http.ResponseWriter, r *http.Request) {
	kit.WriteJSON(rw, http.StatusOK, w.Requests.List(r.URL.Query().Get("target")))
}

func (w *World) deleteRequests(rw http.ResponseWriter, r *http.Request) {
	w.Requests.Clear()
	w.getRequests(rw, r)
}
