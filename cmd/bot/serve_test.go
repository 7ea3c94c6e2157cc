package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestServeLeavesBeforeItEnds: a bot that was asked to stop says so at /readyz and
// goes on answering, so that nothing is sent to a socket that is closed.
func TestServeLeavesBeforeItEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, logs := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve"}, liveWorld(t, nil), io.Discard, logs) }()
	base := "http://" + listening(t, said) + "/"
	for deadline := time.Now().Add(30 * time.Second); !answersYes(t, base+"readyz"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never ready")
		}
	}
	began := time.Now()
	stop()
	for answersYes(t, base+"readyz") {
		if time.Since(began) > leaveTime {
			t.Fatal("still ready")
		}
		time.Sleep(time.Millisecond)
	}
	for time.Since(began) < leaveTime/2 {
		if status := statusOf(t, base+"healthz"); status != http.StatusOK {
			t.Fatalf("answered with %d, %v after it was asked to stop", status, time.Since(began))
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if took := time.Since(began); took < leaveTime {
		t.Errorf("ended after %v", took)
	}
}

// listening reads the log up to the address, and throws the rest away.
func listening(t *testing.T, logs io.Reader) string {
	t.Helper()
	lines := json.NewDecoder(logs)
	for {
		var line struct {
			Msg  string `json:"msg"`
			Addr string `json:"addr"`
		}
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Msg == "listening" {
			go func() { _, _ = io.Copy(io.Discard, logs) }()
			return line.Addr
		}
	}
}

func statusOf(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}
