package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"giftbot/order"
)

// journalName is the journal's file in SPOOL_DIR.
const journalName = "journal.jsonl"

var (
	_ order.Journal = (*Journal)(nil)
	_ order.Memory  = (*Journal)(nil)

	errJournal       = errors.New("store: the journal is damaged")
	errJournalBroken = errors.New("store: the journal could not be written, restart to read it again")
)

// The kinds of intents.
const (
	IntentPlaced   = "placed"   // an order
	IntentSpending = "spending" // an outside call that cannot be repeated
	IntentOrdered  = "ordered"  // all of an order that is about to be stored
	IntentSending  = "sending"  // a purchase under a derived key
	IntentLinked   = "linked"   // a gateway's id of a payment
)

// Intent is one line of the journal.
type Intent struct {
	At     order.Stamp  `json:"t"`
	Kind   string       `json:"k"`
	Number order.Number `json:"n,omitempty"`
	Buyer  int64        `json:"u,omitempty"`
	Amount order.Money  `json:"a,omitempty"` // micro-units
	Key    string       `json:"p,omitempty"` // request id of the payment
	Owner  string       `json:"o,omitempty"` // order.PermitOwner of what is spent
	Body   []byte       `json:"b,omitempty"` // packed order

	Payment  int    `json:"i,omitempty"` // from 1
	Gateway  string `json:"g,omitempty"`
	External string `json:"x,omitempty"` // the gateway's id of a link
}

// line is how an intent is stored: with a CRC-32C over its exact bytes.
type line struct {
	CRC    string          `json:"c"`
	Intent json.RawMessage `json:"i"`
}

// Journal is the append-only local file of intents: one JSON line each,
// fsynced before the caller goes on. Safe for concurrent use; one process per
// folder.
type Journal struct {
	now    func() time.Time
	packer *Packer

	mu     sync.Mutex // guards the rest
	f      file
	size   int64
	broken bool
	orders recent[order.Number]
	links  recent[order.Linked]
}

const (
	// journalKeep is how long a line is kept: far longer than Redis can ever go
	// back. What is older was settled, or is before a person.
	journalKeep = 30 * 24 * time.Hour
	// journalSlack is how many old lines are worth writing the file anew.
	journalSlack = 10_000
)

// OpenJournal opens the journal in a folder and returns what it holds, oldest
// first. A last line that was cut off by a crash is dropped, it was never
// confirmed; damage anywhere else is an error. Lines older than thirty days are
// dropped when there are many.
func OpenJournal(dir string, now func() time.Time) (*Journal, []Intent, error) {
	return openJournal(osDisk{}, dir, now)
}

func openJournal(d disk, dir string, now func() time.Time) (*Journal, []Intent, error) {
	f, err := d.Open(filepath.Join(dir, journalName))
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	intents, size, err := replay(f)
	if err == nil {
		err = errors.Join(f.Truncate(size), f.Sync(), d.SyncDir(dir))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", errors.Join(err, f.Close()))
	}
	if old := outdated(intents, now()); old >= journalSlack {
		return rewritten(d, dir, f, intents[old:], now)
	}
	return &Journal{now: now, packer: NewPacker(orderWords), f: f, size: size}, intents, nil
}

// outdated counts the lines at the beginning that are kept no longer.
func outdated(intents []Intent, now time.Time) int {
	since := order.At(now.Add(-journalKeep))
	for n, i := range intents {
		if i.At >= since {
			return n
		}
	}
	return len(intents)
}

// rewritten puts a file with only these lines in place of the journal: at any
// moment either is there completely.
func rewritten(d disk, dir string, former file, intents []Intent, now func() time.Time) (*Journal, []Intent, error) {
	var body []byte
	for _, i := range intents {
		text, err := writeLine(i)
		if err != nil {
			return nil, nil, errors.Join(err, former.Close())
		}
		body = append(body, text...)
	}
	if err := errors.Join(former.Close(), writeDurably(d, dir, journalName, body)); err != nil {
		return nil, nil, fmt.Errorf("shorten the journal: %w", err)
	}
	f, err := d.Open(filepath.Join(dir, journalName))
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	return &Journal{now: now, packer: NewPacker(orderWords), f: f, size: int64(len(body))}, intents, nil
}

// replay reads all whole lines and returns where they end.
func replay(f file) ([]Intent, int64, error) {
	body, err := f.ReadAll()
	if err != nil {
		return nil, 0, err
	}
	var intents []Intent
	var size int64
	for number := 1; len(body) > 0; number++ {
		one, rest, whole := bytes.Cut(body, []byte("\n"))
		i, ok := readLine(one)
		if !whole || (!ok && len(rest) == 0) {
			return intents, size, nil
		}
		if !ok {
			return nil, 0, fmt.Errorf("%w in line %d", errJournal, number)
		}
		intents = append(intents, i)
		size += int64(len(one)) + 1
		body = rest
	}
	return intents, size, nil
}

// Placed records a new order before it can cost anybody money: when it
// returns nil, the line is on the disk.
func (j *Journal) Placed(n order.Number, buyer int64, total order.Money, key string) error {
	return j.append(Intent{Kind: IntentPlaced, Number: n, Buyer: buyer, Amount: total, Key: key}, true)
}

// Spending records an outside call that cannot be repeated before it leaves:
// when it returns nil, the line is on the disk.
func (j *Journal) Spending(owner string, cost order.Money) error {
	return j.append(Intent{Kind: IntentSpending, Owner: owner, Amount: cost}, true)
}

// Spent returns the calls among some intents that may have left.
func Spent(intents []Intent) []order.Spent {
	var list []order.Spent
	for _, i := range intents {
		if i.Kind == IntentSpending {
			list = append(list, order.Spent{Owner: i.Owner, At: i.At})
		}
	}
	return list
}

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = true
	if err := j.f.Close(); err != nil {
		return fmt.Errorf("close the journal: %w", err)
	}
	return nil
}

// append writes one line. After a failed write the torn line is cut off; if
// that fails too, or an fsync failed, nobody knows what is on the disk and the
// journal refuses everything until it is opened again.
// Not synced, the line outlives this process, and not always the machine.
func (j *Journal) append(i Intent, synced bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken {
		return errJournalBroken
	}
	i.At = order.At(j.now())
	text, err := writeLine(i)
	if err != nil {
		return err
	}
	if _, err := j.f.WriteAt(text, j.size); err != nil {
		if cut := j.f.Truncate(j.size); cut != nil {
			j.broken = true
		}
		return fmt.Errorf("write the journal: %w", err)
	}
	if synced {
		if err := j.f.Sync(); err != nil {
			j.broken = true
			return fmt.Errorf("sync the journal: %w", err)
		}
	}
	j.size += int64(len(text))
	return nil
}

func writeLine(i Intent) ([]byte, error) {
	body, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("encode an intent: %w", err)
	}
	text, err := json.Marshal(line{CRC: checksum(body), Intent: body})
	if err != nil {
		return nil, fmt.Errorf("encode an intent: %w", err)
	}
	return append(text, '\n'), nil
}

func readLine(text []byte) (Intent, bool) {
	var l line
	var i Intent
	if err := json.Unmarshal(text, &l); err != nil || checksum(l.Intent) != l.CRC {
		return Intent{}, false
	}
	if err := json.Unmarshal(l.Intent, &i); err != nil {
		return Intent{}, false
	}
	return i, true
}

func checksum(body []byte) string {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return strconv.FormatUint(uint64(sum), 16)
}
