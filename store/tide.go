package store

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"giftbot/order"
)

const (
	// keepEvery is how often what was seen goes to the disk while nothing is spent.
	keepEvery = time.Second
	// settlePatience is how long spending waits, after Redis was restarted, for
	// replicas that do not say what they saw.
	settlePatience = 30 * time.Second
	// beatEvery is how often a replica says that it is there, and aliveFor how
	// old that may be for a new one to rely on it.
	beatEvery = 5 * time.Second
	aliveFor  = 15 * time.Second
	// healPatience is how long one replica heals for all.
	healPatience = 90 * time.Second
)

// Tide is what one replica has seen of Redis, in memory and on its disk: a loss
// shows as a counter, or an offset, that is lower than before (DESIGN §3). Safe
// for concurrent use; one process per folder.
type Tide struct {
	disk disk
	dir  string
	now  func() time.Time

	mu       sync.Mutex // guards the rest
	m        marks
	dirty    bool
	kept     time.Time
	known    map[string]bool // replication ids whose floors this process has compared
	mute     bool            // Redis does not tell its replication id
	read     bool            // a sweep has read what the replicas say
	beaten   time.Time       // when this replica said last that it is there
	waits    time.Time       // since when not every replica has said that it misses nothing
	record   map[string]string
	replicas map[string]string
	unread   int
}

// OpenTide opens what a replica remembers of Redis in a folder.
func OpenTide(dir string, random io.Reader, now func() time.Time) (*Tide, error) {
	return openTide(osDisk{}, dir, random, now)
}

func openTide(d disk, dir string, random io.Reader, now func() time.Time) (*Tide, error) {
	m, err := readMarks(d, dir, random)
	if err != nil {
		return nil, err
	}
	t := &Tide{disk: d, dir: dir, now: now, m: m, dirty: true, known: make(map[string]bool)}
	if err := t.Keep(); err != nil {
		return nil, err
	}
	return t, nil
}

// Replica is this replica's name, drawn with its disk.
func (t *Tide) Replica() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.m.ID
}

// Keep implements order.Tide.
func (t *Tide) Keep() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keep()
}

func (t *Tide) keep() error {
	if !t.dirty {
		return nil
	}
	body, err := t.m.encode()
	if err != nil {
		return err
	}
	if err = writeDurably(t.disk, t.dir, marksName, body); err != nil {
		return errors.Join(errNotKept, err)
	}
	t.dirty, t.kept = false, t.now()
	return nil
}

// errNotKept: what was seen is not on the disk. Nothing is spent that is not.
var errNotKept = errors.New("store: keep the marks")

// keepSometimes keeps what was seen now and then.
func (t *Tide) keepSometimes() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now().Sub(t.kept).Abs() < keepEvery {
		return nil
	}
	return t.keep()
}

// size makes room for the shards of the store.
func (t *Tide) size(shards int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.m.Seen) < shards {
		t.m.Seen = append(t.m.Seen, 0)
	}
	for len(t.m.Met) < shards {
		t.m.Met = append(t.m.Met, "")
	}
}

// highest is what was seen of every shard before something is asked.
func (t *Tide) highest() []int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.m.Seen)
}

// saw notes a shard's counter. least is what it has to be at least: what was seen
// before the question left.
func (t *Tide) saw(shard int, seq, least int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case seq < least:
		t.m.Seen[shard] = seq
		t.doubts(order.DoubtBehind)
	case seq > t.m.Seen[shard]:
		t.m.Seen[shard], t.dirty = seq, true
	}
}

// doubts notes a loss. It stays until a freeze speaks of it, over a restart too.
func (t *Tide) doubts(why order.Doubt) {
	t.dirty = true
	if t.m.Doubt == "" {
		t.m.Doubt = why
	}
	_ = t.keep() // a disk that fails keeps spends from leaving as well: they need it
}

// meets reports whether a Redis is one that this process has not met.
func (t *Tide) meets(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.known[id]
}

// floor compares how far a shard was when a Redis was first met. A Redis that
// the marks were made with needs no floor: its counters only grow.
func (t *Tide) floor(shard int, id string, met int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m.Met[shard] == id {
		return
	}
	if met < t.m.Seen[shard] {
		t.m.Seen[shard] = met
		t.doubts(order.DoubtBehind)
	}
	t.m.Met[shard], t.dirty = id, true
}

// replication is what INFO says about it.
type replication struct {
	id, former     string
	offset, turned int64 // where it is; where it took over from the former
	primary        bool
}

func readReplication(info string) replication {
	var role, offset, turned string
	var r replication
	readInfo(info, map[string]*string{
		"role": &role, "master_replid": &r.id, "master_replid2": &r.former, "master_repl_offset": &offset, "second_repl_offset": &turned,
	})
	r.primary = role == "master"
	r.offset, r.turned = whole(offset), whole(turned)
	return r
}

// whole reads a number of INFO, 0 when there is none.
func whole(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// answers notes which Redis answers. One that took over from the one before, at
// an earlier point than was seen there, has not everything.
func (t *Tide) answers(r replication) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case r.id == t.m.Redis:
		if r.offset > t.m.Offset {
			t.m.Offset, t.dirty = r.offset, true
		}
		return
	case r.former == t.m.Redis && r.former != "" && r.turned > 0 && r.turned <= t.m.Offset:
		t.doubts(order.DoubtOffset)
	}
	t.m.Redis, t.m.Offset, t.dirty = r.id, r.offset, true
}

// silent notes that Redis does not say which one it is.
func (t *Tide) silent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mute = true
}

// asks reports whether it is worth asking Redis which one it is.
func (t *Tide) asks() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.mute
}

// epoch names the Redis that this replica compared last.
func (t *Tide) epoch() string { return or(t.m.Redis, unnamed) }

// learn takes over what a sweep read of the freeze and of the replicas. frozen is
// the freeze that was known before the question left. It reports whether this
// replica has to say that it misses nothing.
func (t *Tide) learn(record, replicas map[string]string, frozen string, unread int) (signs bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record, t.replicas, t.unread, t.read = record, replicas, unread, true
	if frozen == t.m.Frozen {
		t.thaws(record)
	}
	if t.m.Doubt == "" {
		t.settles()
	}
	return t.m.Doubt == "" && compared(replicas[t.m.ID]) != t.epoch()
}

// compared is the Redis that a replica has compared, as it said.
func compared(says string) string {
	id, _, _ := strings.Cut(says, " ")
	return id
}

// beat reports whether it is time to say again that this replica is there, and
// what it says.
func (t *Tide) beat() (id, epoch string, due bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if !t.settled() || now.Sub(t.beaten).Abs() < beatEvery {
		return "", "", false
	}
	t.beaten = now
	return t.m.ID, t.epoch(), true
}

// vouched reports whether replicas are there that can say what was spent, and
// all of them: a new one beside them brings no doubt. One whose disk was
// replaced is missed by its old name when Redis is restarted.
func (t *Tide) vouched(now int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, says := range t.replicas {
		_, at, _ := strings.Cut(says, " ")
		if compared(says) != t.epoch() || now-whole(at) > aliveFor.Milliseconds() {
			return false
		}
	}
	return len(t.replicas) > 0
}

// thaws compares the freeze that this replica knows with the one in Redis. One
// that is gone from there without an end was lost, with who knows what.
func (t *Tide) thaws(record map[string]string) {
	before := t.m.Frozen
	switch {
	case stands(record):
		t.m.Frozen = record["id"]
	case before == "":
	case record["id"] == before:
		t.m.Frozen = ""
	default:
		t.doubts(order.DoubtBehind)
	}
	t.dirty = t.dirty || before != t.m.Frozen
}

func stands(record map[string]string) bool { return record["stands"] == flag(true) }

// settles waits for all replicas to say that they miss nothing, and doubts when
// one does not.
func (t *Tide) settles() {
	others := maps.Clone(t.replicas)
	delete(others, t.m.ID)
	for _, says := range others {
		if compared(says) == t.epoch() {
			continue
		}
		now := t.now()
		if t.waits.IsZero() || now.Before(t.waits) {
			t.waits = now
		}
		if now.Sub(t.waits) >= settlePatience && !stands(t.record) {
			t.doubts(order.DoubtAbsent)
			t.waits = now
		}
		return
	}
	t.waits = time.Time{}
}

// signed notes that this replica has said that it misses nothing.
func (t *Tide) signed(epoch string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replicas = maps.Clone(t.replicas)
	if t.replicas == nil {
		t.replicas = make(map[string]string)
	}
	t.replicas[t.m.ID], t.beaten = epoch, t.now()
}

// settled reports whether every replica has said of the present Redis that it
// misses nothing.
func (t *Tide) settled() bool {
	if !t.read || compared(t.replicas[t.m.ID]) != t.epoch() {
		return false
	}
	for _, says := range t.replicas {
		if compared(says) != t.epoch() {
			return false
		}
	}
	return true
}

// Look implements order.Tide.
func (t *Tide) Look() order.Sight {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := order.Sight{Doubt: t.m.Doubt, Waits: !t.settled(), Unread: t.unread, Alone: true}
	if t.m.Frozen == "" && !stands(t.record) {
		s.Owed = owedSince(t.record)
		return s
	}
	s.Freeze = order.Freeze{ID: or(t.m.Frozen, t.record["id"])}
	if t.record["id"] != s.Freeze.ID { // stored, and not read back so far
		return s
	}
	s.Freeze = freezeOf(t.record)
	return t.answered(s)
}

// answered says who has answered a freeze, and who heals.
func (t *Tide) answered(s order.Sight) order.Sight {
	for _, id := range slices.Sorted(maps.Keys(t.replicas)) {
		if _, did := t.record[answerField+id]; !did {
			s.Silent = append(s.Silent, id)
		}
	}
	var all []string
	for field := range t.record {
		if id, is := strings.CutPrefix(field, answerField); is {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	_, s.Answered = t.record[answerField+t.m.ID]
	s.Alone = len(all) == 0 || len(all) == 1 && s.Answered
	late := order.At(t.now()).Since(s.Freeze.At) >= healPatience
	s.Heals = s.Answered && (all[0] == t.m.ID || late)
	return s
}
