package durable

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/store/redistest"
)

// TestLoss plays each kind of trouble that takes back what was acknowledged: who
// pays gets the goods, once, or a person is told of their money.
func TestLoss(t *testing.T) {
	t.Parallel()
	playAll(t, losses(), 2)
}

// lossMost is how much of what Redis acknowledged is lost at most (PROOF §2).
const lossMost = 2 * time.Second

// losses take back what Redis has acknowledged.
func losses() []trouble {
	return []trouble{
		{name: "seconds are gone", make: goneSeconds, loses: true},
		{name: "the last record is torn", make: torn, loses: true},
		{name: "a stale replica is promoted", make: stale, loses: true},
		{name: "a replica that was cut off is promoted", make: cutOff, loses: true},
	}
}

// goneSeconds: killed, and started from the file of up to two seconds before.
func goneSeconds(s *shop) {
	s.dice.pause(rush/6, rush)
	before := s.Redis.Copy(s.t)
	s.note("this is what redis-server will know")
	s.dice.pause(lossMost/4, lossMost)
	s.blow("redis-server is killed, and forgets")
	s.proxy.Lead(nowhere)
	s.Redis.ReturnTo(s.t, before)
	s.Redis.Restart()
	s.dice.pause(0, time.Second)
	s.proxy.Lead(s.Redis.Addr)
	s.note("redis-server is up")
}

// torn: killed, and the end of its file is missing, from the middle of a
// command.
func torn(s *shop) {
	s.dice.pause(rush/6, rush)
	cut := int64(s.dice.between(1, 4000)) // a script's commands are some hundred bytes
	s.blow("redis-server is killed, %d bytes of its file are gone", cut)
	s.proxy.Lead(nowhere)
	s.Redis.Tear(s.t, cut)
	s.Redis.Restart()
	s.proxy.Lead(s.Redis.Addr)
	s.note("redis-server is up")
}

// stale: the primary still counts a replica that hears nothing any more, dies,
// and that replica takes its place. What needs a copy does not leave meanwhile.
func stale(s *shop) {
	s.promoted((*redistest.Line).Hold, "the replica hears nothing any more")
	s.judgeCopies()
}

// cutOff: the primary knows that it has no replica any more, dies, and the
// replica takes its place.
func cutOff(s *shop) {
	s.promoted((*redistest.Line).Close, "the replica is cut off")
}

// promoted has a replica fall behind, its primary die, and the replica take over.
func (s *shop) promoted(behind func(*redistest.Line), says string) {
	line := redistest.NewLine(s.t, s.Redis)
	replica := redistest.Start(s.t)
	replica.Follow(s.t, line)
	s.dice.pause(rush/6, rush)
	behind(line)
	s.note("%s", says)
	s.dice.pause(lossMost/4, lossMost)
	s.blow("the primary dies")
	s.proxy.Lead(nowhere)
	s.Redis.Kill()
	line.Close()
	s.takesOver(replica)
}

// judgeCopies: whatever cannot be repeated left only after a replica had it
// (DESIGN §3): each card that was asked for is in the Redis that took over.
func (s *shop) judgeCopies() {
	s.t.Helper()
	for _, r := range s.CardBooks().Requests {
		number, line, attempt, err := order.ParsePurchaseReference(r.OrderID)
		if err != nil {
			s.t.Errorf("a card was made for %q: %v", r.OrderID, err)
			continue
		}
		o := s.OrderOf(string(number))
		if last, there := o.Lines[line].Last(); !there || last.N < attempt {
			s.t.Errorf("a card was made for %s, and the Redis that took over knows of no attempt: WAIT was not waited for", number)
		}
	}
}
