package redistest

import (
	"os"
	"testing"
)

// Memory is a folder in memory, "" where the system has none: what is fsynced
// there does not wait for the disk. On a machine that builds something beside
// the tests one fsync can take a second, and a shop whose every step waits for
// one cannot be told from a shop that hangs. A process that is killed loses no
// byte more there than on a disk; a power cut is played by cutting files.
func Memory() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return ""
}

// Folder is a folder in Memory that goes with the test: for what is fsynced.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(Memory(), "redistest-")
	if err != nil {
		t.Fatalf("folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
