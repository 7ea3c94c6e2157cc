package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"giftbot/order"
)

const (
	spoolSuffix  = ".spool"
	purposeSpool = "spool"
	maxSpoolID   = 100
)

var errSpoolID = errors.New("store: unusable spool id")

// Spool keeps bodies that must not be lost while Redis is away: sealed, one
// file each, durable when Put returns.
type Spool struct {
	disk  disk
	dir   string
	vault order.Vault
}

// OpenSpool uses a folder as spool. What a crash left half written is removed.
func OpenSpool(dir string, vault order.Vault) (*Spool, error) {
	return openSpool(osDisk{}, dir, vault)
}

func openSpool(d disk, dir string, vault order.Vault) (*Spool, error) {
	names, err := d.List(dir)
	if err != nil {
		return nil, fmt.Errorf("open the spool: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, spoolSuffix+temporarySuffix) {
			if err := d.Remove(filepath.Join(dir, name)); err != nil {
				return nil, fmt.Errorf("open the spool: %w", err)
			}
		}
	}
	return &Spool{disk: d, dir: dir, vault: vault}, nil
}

// Put stores a body under an id of 1 to 100 letters, digits, dots, hyphens or
// underscores. The same id again replaces it.
func (s *Spool) Put(id string, body []byte) error {
	if !spoolID(id) {
		return errSpoolID
	}
	sealed, err := s.vault.Seal(order.Number(id), purposeSpool, body)
	if err != nil {
		return fmt.Errorf("seal a spooled body: %w", err)
	}
	return writeDurably(s.disk, s.dir, id+spoolSuffix, sealed)
}

// List returns the ids of all bodies, sorted.
func (s *Spool) List() ([]string, error) {
	names, err := s.disk.List(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	var ids []string
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, spoolSuffix); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Get returns a body.
func (s *Spool) Get(id string) ([]byte, error) {
	if !spoolID(id) {
		return nil, errSpoolID
	}
	sealed, err := s.disk.Read(filepath.Join(s.dir, id+spoolSuffix))
	if err != nil {
		return nil, fmt.Errorf("read a spooled body: %w", err)
	}
	body, err := s.vault.Open(order.Number(id), purposeSpool, sealed)
	if err != nil {
		return nil, fmt.Errorf("open a spooled body: %w", err)
	}
	return body, nil
}

// Remove deletes a body that was dealt with.
func (s *Spool) Remove(id string) error {
	if !spoolID(id) {
		return errSpoolID
	}
	if err := s.disk.Remove(filepath.Join(s.dir, id+spoolSuffix)); err != nil {
		return fmt.Errorf("remove a spooled body: %w", err)
	}
	if err := s.disk.SyncDir(s.dir); err != nil {
		return fmt.Errorf("sync the spool: %w", err)
	}
	return nil
}

func spoolID(id string) bool {
	if id == "" || len(id) > maxSpoolID || strings.HasPrefix(id, ".") {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", r)
	})
}
