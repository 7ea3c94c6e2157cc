package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is what the journal and the spool need of a file system; tests make it
// fail.
type disk interface {
	// Open opens a file for reading and writing, created if it is not there,
	// with mode 0600.
	Open(path string) (file, error)
	Read(path string) ([]byte, error)
	Rename(from, to string) error
	Remove(path string) error
	List(dir string) ([]string, error)
	// SyncDir makes created, renamed and removed names of a folder durable.
	SyncDir(dir string) error
}

type file interface {
	ReadAll() ([]byte, error)
	WriteAt(b []byte, offset int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// osDisk is the real file system.
type osDisk struct{}

type osFile struct{ *os.File }

// ReadAll reads the whole file, wherever its position is.
func (f osFile) ReadAll() ([]byte, error) { return os.ReadFile(f.Name()) }

func (osDisk) Open(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is SPOOL_DIR plus our own name
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) Read(path string) ([]byte, error) {
	return os.ReadFile(path) //nolint:gosec // the path is SPOOL_DIR plus our own name
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) Remove(path string) error { return os.Remove(path) }

func (osDisk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (osDisk) SyncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the path is SPOOL_DIR
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeDurably writes a file that is there completely or not at all: a
// temporary name, fsync, rename, fsync of the folder.
func writeDurably(d disk, dir, name string, body []byte) error {
	temporary := filepath.Join(dir, name+temporarySuffix)
	if err := writeSynced(d, temporary, body); err != nil {
		_ = d.Remove(temporary)
		return err
	}
	if err := d.Rename(temporary, filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("name a file: %w", err)
	}
	if err := d.SyncDir(dir); err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return nil
}

const temporarySuffix = ".tmp"

func writeSynced(d disk, path string, body []byte) error {
	f, err := d.Open(path)
	if err != nil {
		return fmt.Errorf("open a file: %w", err)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt(body, 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

// CheckDir proves at start that the folder keeps what is written to it: a
// file can be written, fsynced, renamed, read back and removed.
func CheckDir(dir string) error { return checkDir(osDisk{}, dir) }

func checkDir(d disk, dir string) error {
	const name = "check"
	want := "giftbot"
	if err := writeDurably(d, dir, name, []byte(want)); err != nil {
		return fmt.Errorf("store: the spool folder is not usable: %w", err)
	}
	path := filepath.Join(dir, name)
	got, err := d.Read(path)
	if err != nil {
		return fmt.Errorf("store: the spool folder is not usable: %w", err)
	}
	if string(got) != want {
		return errors.New("store: the spool folder does not keep what is written")
	}
	if err := d.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: the spool folder is not usable: %w", err)
	}
	return nil
}
