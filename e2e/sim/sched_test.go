package sim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// fate is what becomes of one call at a port.
type fate string

const (
	fateOK          fate = "ok"
	fateBefore      fate = "error before"
	fateAfter       fate = "error after"  // it took effect, the answer is lost
	fateLate        fate = "late"         // it starts later
	fateSlow        fate = "slow answer"  // it took effect, the answer comes later
	fateTwice       fate = "twice"        // it arrives twice
	fateLimited     fate = "limited"      // 429
	fateDown        fate = "down"         // nothing gets through for a while
	fateCrashBefore fate = "crash before" // the process ends
	fateCrashAfter  fate = "crash after"
	fateDead        fate = "dead" // a call of a process that has ended
)

// verdict is a drawn fate with its measure.
type verdict struct {
	fate    fate
	wait    time.Duration
	variant int // which of several errors
}

// parked is a call that waits at its port.
type parked struct {
	key    string // sorts calls; equal keys are equal calls
	port   string
	inc    *incarnation
	menu   []fate
	at     time.Time // not before
	drawn  *verdict  // set when it was drawn to be late
	resume chan verdict
}

// finished is an actor that came to its end.
type finished struct {
	id   int
	done func()
}

// event is something the world or a person does at a moment.
type event struct {
	at  time.Time
	seq int
	run func()
}

// scheduler owns the order of everything.
type scheduler struct {
	rng   *rand.Rand
	rough int // how often a call meets a fault, per mille
	calm  bool
	tally *tally

	mu       sync.Mutex
	waiting  []*parked
	ended    []finished
	lines    []string // of the present quantum
	running  int
	lastID   int
	arrived  chan struct{}
	events   []event
	eventSeq int
	story    []string
	idle     []chan func() // goroutines that have run an actor before: their stacks have grown
	crash    func(*incarnation)
	left     func(*parked) // told of every call that goes on
}

func newScheduler(seed uint64, rough int, t *tally) *scheduler {
	return &scheduler{rng: rand.New(rand.NewPCG(seed, 1)), rough: rough, tally: t, arrived: make(chan struct{}, 1)}
}

func (s *scheduler) ring() {
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// tell adds a line to the story. Lines of goroutines that run side by side are
// sorted when everything has come to rest.
func (s *scheduler) tell(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

// rest lets everything run until it waits, and writes down what it told.
func (s *scheduler) rest() {
	synctest.Wait()
	s.mu.Lock()
	slices.Sort(s.lines)
	stamp := time.Now().UTC().Format("2 15:04:05.000 ")
	for _, line := range s.lines {
		s.story = append(s.story, stamp+line)
	}
	s.lines = s.lines[:0]
	ended := s.ended
	s.ended = nil
	s.mu.Unlock()
	slices.SortFunc(ended, func(a, b finished) int { return cmp.Compare(a.id, b.id) })
	for _, e := range ended {
		e.done()
	}
}

// actorKey is under which a context carries the id of its actor.
type actorKey struct{}

// start runs an actor in a goroutine of its own; done is called by the
// scheduler after its end.
func (s *scheduler) start(ctx context.Context, run func(context.Context) func()) {
	moment()
	s.mu.Lock()
	s.lastID++
	id := s.lastID
	s.running++
	jobs := s.hand()
	s.mu.Unlock()
	jobs <- func() {
		done := run(context.WithValue(ctx, actorKey{}, id))
		s.mu.Lock()
		s.running--
		s.ended = append(s.ended, finished{id, done})
		s.idle = append(s.idle, jobs)
		s.mu.Unlock()
		s.ring()
	}
	s.rest()
}

// hand is a goroutine that has nothing to do.
func (s *scheduler) hand() chan func() {
	if last := len(s.idle) - 1; last >= 0 {
		jobs := s.idle[last]
		s.idle = s.idle[:last]
		return jobs
	}
	jobs := make(chan func(), 1)
	go func() {
		for job := range jobs {
			job()
		}
	}()
	return jobs
}

// dismiss ends the goroutines that have nothing to do.
func (s *scheduler) dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, jobs := range s.idle {
		close(jobs)
	}
	s.idle = nil
}

// pass waits at a port until the scheduler lets the call go.
func (s *scheduler) pass(inc *incarnation, port, key string, menu []fate) verdict {
	if inc.dead.Load() {
		return verdict{fate: fateDead}
	}
	p := &parked{key: inc.name + " " + port + " " + key, port: port, inc: inc, menu: menu, resume: make(chan verdict, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, p)
	s.mu.Unlock()
	s.ring()
	return <-p.resume
}

// after plans something.
func (s *scheduler) after(d time.Duration, run func()) {
	s.eventSeq++
	e := event{at: time.Now().Add(d), seq: s.eventSeq, run: run}
	at, _ := slices.BinarySearchFunc(s.events, e, func(a, b event) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq))
	})
	s.events = slices.Insert(s.events, at, e)
}

// ready lists the calls that could go on, in a stable order.
func (s *scheduler) ready() []*parked {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.waiting, func(a, b *parked) int { return strings.Compare(a.key, b.key) })
	now := time.Now()
	var out []*parked
	for _, p := range s.waiting {
		if !p.at.After(now) || p.inc.dead.Load() {
			out = append(out, p)
		}
	}
	return out
}

// buried is a waiting call of a dead process, nil if there is none.
func buried(calls []*parked) *parked {
	for _, p := range calls {
		if p.inc.dead.Load() {
			return p
		}
	}
	return nil
}

// of names the orders that a call speaks of, in brackets.
func (p *parked) of() string {
	list := numbersIn(p.key)
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Trim(fmt.Sprint(list), "[]") + ")"
}

// release decides about one call and lets it run.
func (s *scheduler) release(p *parked) {
	v := s.judge(p)
	if v.fate == fateLate {
		p.at = time.Now().Add(v.wait)
		p.drawn = &verdict{fate: fateOK}
		s.tell("%s %s comes %v late%s", p.inc.name, p.port, v.wait.Round(time.Millisecond), p.of())
		s.rest()
		return
	}
	s.mu.Lock()
	s.waiting = slices.DeleteFunc(s.waiting, func(x *parked) bool { return x == p })
	s.mu.Unlock()
	if v.fate == fateCrashBefore || v.fate == fateCrashAfter {
		s.tell("%s CRASH: %s %s%s", p.inc.name, p.port, v.fate.words(), p.of())
		s.crash(p.inc)
	} else if v.fate != fateOK && v.fate != fateDead {
		s.tell("%s %s %s%s", p.inc.name, p.port, v.fate.words(), p.of())
	}
	s.left(p)
	p.resume <- v
	s.rest()
}

// moment lets the least time pass, so that no two deeds share one: deadlines
// counted from there never pass together, and nothing of the story is left to
// which goroutine the machine runs first.
func moment() { time.Sleep(time.Nanosecond) }

func (s *scheduler) judge(p *parked) verdict {
	if p.inc.dead.Load() {
		return verdict{fate: fateDead}
	}
	if p.drawn != nil {
		return *p.drawn
	}
	v := verdict{fate: fateOK}
	s.tally.reach(p.port, p.menu)
	rough, of := s.roughAt(p.port), 1000
	if !s.calm && len(p.menu) > 0 && s.rng.IntN(of) < rough {
		v = verdict{fate: p.menu[s.rng.IntN(len(p.menu))], variant: s.rng.IntN(3)}
		v.wait = s.drawWait(v.fate)
	}
	s.tally.cell(p.port, v.fate)
	return v
}

// roughAt is how often a call at a port meets a fault, per mille. Ports that are
// passed rarely are disturbed more often, so that everything happens there, too;
// not in quiet stories, whose people get what they pay for.
func (s *scheduler) roughAt(port string) int {
	switch {
	case often(port):
		return (s.rough + 2) / 5
	case s.rough <= 2:
		return s.rough
	case scarce(port):
		return 400
	case seldom(port):
		return min(5*s.rough, 250)
	default:
		return s.rough
	}
}

// scarce reports whether a port is passed less than once in a hundred orders.
func scarce(port string) bool {
	switch port {
	case "redis set", "redis hdel", "redis hurry", "redis defer", "redis announce", "redis freeze", "redis lift", "redis answer",
		"infinivoucher GET orders", "infini GET orders", "infini POST token/reissue", "spool put", "journal spending":
		return true
	default:
		return false
	}
}

// seldom reports whether a port is passed less than once in a few orders.
func seldom(port string) bool {
	switch port {
	case "redis insert", "redis later", "redis renew", "telegram editMessageMedia", "univoucher POST cards/create", "univoucher POST cards/cancel",
		"plexy POST orders", "plexy GET orders", "infini POST withdraw", "infini GET withdraw", "inventpay POST create", "inventpay GET {id}",
		"infini POST order", "inventpay POST create_invoice", "infinivoucher POST buy", "infinivoucher GET orders/{id}":
		return true
	default:
		return false
	}
}

// often reports whether a port is passed all the time: a fault there comes less
// often, or a long story is nothing but restarts.
func often(port string) bool {
	switch port {
	case "redis peek", "redis hgetall", "redis park", "redis claim", "redis get", "redis hvals", "univoucher chain":
		return true
	default:
		return strings.Contains(port, " GET ")
	}
}

// drawWait is a time that no deadline or lease is a multiple of.
func (s *scheduler) drawWait(f fate) time.Duration {
	var span time.Duration
	switch f {
	case fateLate, fateSlow:
		span = []time.Duration{300 * time.Millisecond, 4 * time.Second, 40 * time.Second}[s.rng.IntN(3)]
	case fateDown:
		span = 30 * time.Second
	default:
		return 0
	}
	return time.Millisecond + time.Duration(s.rng.Int64N(int64(span)))
}

// busy reports whether an actor is on its way.
func (s *scheduler) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running > 0
}

// due takes the next event whose time has come.
func (s *scheduler) due() (event, bool) {
	if len(s.events) == 0 || s.events[0].at.After(time.Now()) {
		return event{}, false
	}
	e := s.events[0]
	s.events = slices.Delete(s.events, 0, 1)
	return e, true
}

// sleep lets virtual time pass until a moment, or until something stops at a
// port or ends before.
func (s *scheduler) sleep(until time.Time) {
	s.mu.Lock()
	for _, p := range s.waiting {
		if p.at.Before(until) {
			until = p.at
		}
	}
	s.mu.Unlock()
	if len(s.events) > 0 && s.events[0].at.Before(until) {
		until = s.events[0].at
	}
	select {
	case <-s.arrived: // of the quantum that has just come to rest
	default:
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.arrived:
	}
	s.rest()
}
