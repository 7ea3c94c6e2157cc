package resttest

import (
	"os"
	"runtime"
	"testing"
)

// endedTB ends the goroutine as a test does, and remembers that it did.
type endedTB struct {
	testing.TB
	fatal bool
}

func (e *endedTB) Helper() {}

func (e *endedTB) Fatal(...any) {
	e.fatal = true
	runtime.Goexit()
}

func TestFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{"{}\n": "{}", "{}": "{}", "{ }\n\n": "{ }\n", "": ""} {
		if err := os.WriteFile("testdata/a.json", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := File(t, "a.json"); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

func TestFileMissing(t *testing.T) {
	tb := &endedTB{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		File(tb, "missing.json")
		t.Error("went on without the file")
	}()
	<-done
	if !tb.fatal {
		t.Error("a missing file does not end the test")
	}
}
