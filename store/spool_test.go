package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testSpool(t *testing.T, d disk, dir string) *Spool {
	t.Helper()
	s, err := openSpool(d, dir, testVault(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func spooled(t *testing.T, s *Spool, want ...string) {
	t.Helper()
	got, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("spooled (-want +got):\n%s", diff)
	}
}

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	s := testSpool(t, osDisk{}, dir)
	spooled(t, s)
	for _, id := range []string{"b-2", "a.1"} {
		if err := s.Put(id, []byte("body of "+id)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Create(filepath.Join(dir, "c"+spoolSuffix+temporarySuffix)); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSpool(dir, testVault(t)) // after a crash
	if err != nil {
		t.Fatal(err)
	}
	spooled(t, s, "a.1", "b-2")
	body, err := s.Get("b-2")
	if err != nil || string(body) != "body of b-2" {
		t.Fatalf("got %q, %v", body, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "b-2"+spoolSuffix))
	if err != nil || bytes.Contains(raw, []byte("body")) {
		t.Fatalf("on the disk in plaintext, %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "b-2"+spoolSuffix), filepath.Join(dir, "x"+spoolSuffix)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("x"); err == nil {
		t.Fatal("a body opened under another id")
	}
	if err := s.Remove("a.1"); err != nil {
		t.Fatal(err)
	}
	spooled(t, s, "x")
	if _, err := s.Get("a.1"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("removed: %v", err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Fatalf("left behind: %v", entries)
	}
}

func TestSpoolIDs(t *testing.T) {
	s := testSpool(t, osDisk{}, t.TempDir())
	for _, id := range []string{"", ".", "..", ".hidden", "a/b", "a\\b", "ü", "a b", strings.Repeat("a", maxSpoolID+1)} {
		if err := s.Put(id, nil); !errors.Is(err, errSpoolID) {
			t.Errorf("put %q: %v", id, err)
		}
		if _, err := s.Get(id); !errors.Is(err, errSpoolID) {
			t.Errorf("get %q: %v", id, err)
		}
		if err := s.Remove(id); !errors.Is(err, errSpoolID) {
			t.Errorf("remove %q: %v", id, err)
		}
	}
}

func TestSpoolOnABadDisk(t *testing.T) {
	for name, d := range map[string]*failingDisk{
		"full": {full: true}, "no sync": {noSync: true}, "no rename": {noRename: true},
	} {
		s := testSpool(t, d, t.TempDir())
		if err := s.Put("a", []byte("body")); err == nil {
			t.Errorf("%s: confirmed", name)
		}
		spooled(t, s)
		*d = failingDisk{}
		if err := s.Put("a", []byte("body")); err != nil {
			t.Errorf("%s: later %v", name, err)
		}
		spooled(t, s, "a")
	}
	if _, err := OpenSpool(filepath.Join(t.TempDir(), "missing"), testVault(t)); err == nil {
		t.Error("opened a folder that is not there")
	}
}

func TestCheckDir(t *testing.T) {
	dir := t.TempDir()
	if err := CheckDir(dir); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Fatalf("left behind: %v", entries)
	}
	if err := CheckDir(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing folder passed")
	}
	for name, d := range map[string]*failingDisk{
		"full": {full: true}, "no sync": {noSync: true}, "no rename": {noRename: true}, "forgets": {forgets: true},
	} {
		if err := checkDir(d, dir); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
	if err := checkDir(&failingDisk{full: true}, dir); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the cause is lost: %v", err)
	}
}
