package store

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"giftbot/order"
)

// marksName is the file in SPOOL_DIR with what a replica has seen of Redis.
const marksName = "marks.json"

// marks is what a replica has seen of Redis.
type marks struct {
	ID     string      `json:"i"` // this replica, drawn with its disk
	Seen   []int64     `json:"s"` // highest seq of each shard
	Met    []string    `json:"m"` // replication id of the Redis whose floor was compared, per shard
	Redis  string      `json:"r"` // replication id of the Redis that Offset speaks of
	Offset int64       `json:"o,omitempty"`
	Doubt  order.Doubt `json:"d,omitempty"` // a loss that no freeze speaks of yet
	Frozen string      `json:"f,omitempty"` // the freeze that this replica knows to stand
	Fresh  bool        `json:"n,omitempty"` // nobody has looked yet whether there are open orders
}

var errMarks = errors.New("store: the marks are damaged")

// readMarks reads a replica's marks; on a new disk it begins anew. A damaged file
// counts as a new disk: what it said is not known any more.
func readMarks(d disk, dir string, random io.Reader) (marks, error) {
	var m marks
	body, err := d.Read(filepath.Join(dir, marksName))
	switch {
	case err == nil && json.Unmarshal(body, &m) == nil && m.ID != "":
		return m, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return m, fmt.Errorf("read the marks: %w", err)
	}
	damaged := err == nil
	raw := make([]byte, 6)
	if _, err = io.ReadFull(random, raw); err != nil {
		return m, fmt.Errorf("draw a replica's name: %w", err)
	}
	journal, err := d.Read(filepath.Join(dir, journalName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("read the journal: %w", err)
	}
	return marks{ID: hex.EncodeToString(raw), Fresh: damaged || len(journal) == 0}, nil
}

func (m marks) encode() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, errors.Join(errMarks, err)
	}
	return body, nil
}
