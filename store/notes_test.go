package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotesOfAVendor(t *testing.T) {
	both(t, func(w *world) {
		plexy, other := w.s.VendorNotes("plexy"), w.s.VendorNotes("univoucher")
		ok := func(err error) {
			w.t.Helper()
			if err != nil {
				w.t.Fatal(err)
			}
		}
		ok(plexy.Note(w.t.Context(), "charge:456", "125"))
		ok(plexy.Note(w.t.Context(), "charge:456", "130"))
		ok(plexy.Note(w.t.Context(), "pause:7", "charge"))
		ok(plexy.Note(w.t.Context(), "pause:7", ""))
		got, err := plexy.Notes(w.t.Context())
		ok(err)
		if diff := cmp.Diff(map[string]string{"charge:456": "130"}, got); diff != "" {
			w.t.Error(diff)
		}
		if got, err := other.Notes(w.t.Context()); err != nil || len(got) != 0 {
			w.t.Errorf("notes of another vendor: %v %v", got, err)
		}
		first, firstErr := other.First(w.t.Context(), "low:x", "1")
		again, againErr := other.First(w.t.Context(), "low:x", "1")
		ok(errors.Join(firstErr, againErr))
		if !first || again {
			w.t.Errorf("first %v, again %v", first, again)
		}
	})
}

func TestAPictureIsKeptSealed(t *testing.T) {
	both(t, func(w *world) {
		n := number(w.t, buyer, 'a')
		if id, err := w.s.Picture(w.t.Context(), n, "107"); err != nil || id != "" {
			w.t.Fatalf("%q %v", id, err)
		}
		if err := w.s.KeepPicture(w.t.Context(), n, "107", "planted-file-id"); err != nil {
			w.t.Fatal(err)
		}
		if id, err := w.s.Picture(w.t.Context(), n, "107"); err != nil || id != "planted-file-id" {
			w.t.Fatalf("%q %v", id, err)
		}
		if id, _ := w.s.Picture(w.t.Context(), n, "108"); id != "" {
			w.t.Errorf("another picture is known as %q", id)
		}
		raw, err := w.raw.Get(w.t.Context(), shardKeys(n.Shard()).picture(n, "107")).Result()
		if err != nil || strings.Contains(raw, "planted-file-id") {
			w.t.Errorf("the id stands there in plain, or not at all: %v", err)
		}
	})
}
