package app

import (
	"context"
	"slices"
	"strconv"

	"giftbot/handlers/telegram"
	"giftbot/order"
	"giftbot/store"
)

// The types of this file only translate between a port and its implementer.

// sessions keeps them sealed: what a buyer types for a top-up is personal data.
type sessions struct {
	*store.Store

	vault  order.Vault
	packer *store.Packer
}

// sessionWords is the dictionary of sessions: what stands in most of them.
// Changing it makes stored conversations unreadable.
const sessionWords = `"a":["","","","","",""],"l":{"i":"plexy:456@USD","v":["","","","","",""]},"x":"","b":true,"w":true,` +
	`{"g":"ru","c":true,{"g":"en","s":"p","p":1,"k":"infinivoucher:","k":"plexy:","k":"univoucher:","i":"univoucher:8453-USDC","i":"plexy:","i":"infinivoucher:",` +
	`"q":1,"d":"","u":1000000,"n":"","m":1,"f":25000000}`

// Load implements telegram.SessionStore.
func (s sessions) Load(ctx context.Context, user, update int64) (telegram.Saved, error) {
	seen, session, err := s.Seen(ctx, user, update)
	if err != nil {
		return telegram.Saved{}, err
	}
	return telegram.Saved{Version: session.Version, Seen: seen, Data: s.open(user, session)}, nil
}

const purposeSession = "session"

// person is what a session is sealed for.
func person(user int64) order.Number { return order.Number("person:" + strconv.FormatInt(user, 10)) }

// open returns a session's JSON. One that cannot be opened, because its key is
// gone, comes back as it is stored: that is no JSON, and the conversation begins
// anew. As an error it would keep the person out for good.
func (s sessions) open(user int64, session store.Session) []byte {
	if len(session.Body) == 0 {
		return nil
	}
	packed, err := s.vault.Open(person(user), purposeSession, session.Body)
	if err != nil {
		return session.Body
	}
	body, err := s.packer.Unpack(packed)
	if err != nil {
		return session.Body
	}
	return body
}

// Save implements telegram.SessionStore.
func (s sessions) Save(ctx context.Context, user, update, version int64, data []byte) (telegram.SaveResult, telegram.Saved, error) {
	packed, err := s.packer.Pack(data)
	if err != nil {
		return 0, telegram.Saved{}, err
	}
	sealed, err := s.vault.Seal(person(user), purposeSession, packed)
	if err != nil {
		return 0, telegram.Saved{}, err
	}
	saved, session, err := s.SaveSession(ctx, user, store.Session{Version: version, Body: sealed}, update)
	if err != nil {
		return 0, telegram.Saved{}, err
	}
	if saved == store.SessionSaved {
		return telegram.SaveOK, telegram.Saved{Version: session.Version, Data: data}, nil
	}
	found := telegram.Saved{Version: session.Version, Data: s.open(user, session), Seen: saved == store.SessionDuplicate}
	if saved == store.SessionDuplicate {
		return telegram.SaveDup, found, nil
	}
	return telegram.SaveStale, found, nil
}

// gallery keeps Telegram's ids of the gift cards' pictures.
type gallery struct{ *store.Store }

// Recall implements telegram.Pictures.
func (g gallery) Recall(ctx context.Context, n order.Number, card string) (string, error) {
	return g.Picture(ctx, n, card)
}

// Keep implements telegram.Pictures.
func (g gallery) Keep(ctx context.Context, n order.Number, card, fileID string) error {
	return g.KeepPicture(ctx, n, card, fileID)
}

type outbox struct{ *store.Store }

// Due implements telegram.Outbox.
func (o outbox) Due(ctx context.Context, limit int) ([]telegram.Waiting, order.Stamp, error) {
	pending, next, err := o.Announcements(ctx, limit)
	list := make([]telegram.Waiting, len(pending))
	for i, p := range pending {
		list[i] = telegram.Waiting(p)
	}
	return list, next, err
}

// Take implements telegram.Outbox.
func (o outbox) Take(ctx context.Context, w telegram.Waiting) (order.Announced, error) {
	return o.Store.Take(ctx, store.Pending(w))
}

// redrawID is the one deferred reply a person can have: their screen.
const redrawID = "screen"

type redraws struct{ *store.Store }

// Defer implements telegram.Deferred. What is stored is the wish alone: a
// screen may hold codes.
func (r redraws) Defer(ctx context.Context, user int64, at order.Stamp) error {
	return r.Store.Defer(ctx, store.ReplyRef{Chat: user, ID: redrawID}, nil, at)
}

// Due implements telegram.Deferred.
func (r redraws) Due(ctx context.Context, limit int) ([]int64, order.Stamp, error) {
	refs, next, err := r.DueReplies(ctx, limit)
	users := make([]int64, len(refs))
	for i, ref := range refs {
		users[i] = ref.Chat
	}
	return users, next, err
}

// Take implements telegram.Deferred. A wish whose key is gone is one all the
// same: as an error it would come back for ever.
func (r redraws) Take(ctx context.Context, user int64) (telegram.Redraw, error) {
	reply, err := r.TakeReply(ctx, store.ReplyRef{Chat: user, ID: redrawID})
	if reply.Lease != 0 {
		err = nil
	}
	return telegram.Redraw{User: user, Lease: reply.Lease, Tries: reply.Tries}, err
}

// Done implements telegram.Deferred.
func (r redraws) Done(ctx context.Context, d telegram.Redraw) error {
	return r.AckReply(ctx, leased(d))
}

// Later implements telegram.Deferred.
func (r redraws) Later(ctx context.Context, d telegram.Redraw, at order.Stamp) error {
	return r.LaterReply(ctx, leased(d), at)
}

func leased(d telegram.Redraw) store.Reply {
	return store.Reply{ReplyRef: store.ReplyRef{Chat: d.User, ID: redrawID}, Lease: d.Lease, Tries: d.Tries}
}

type people struct {
	*store.Store

	admins []int64
}

// Blocked implements telegram.People. That somebody cannot be written to shows
// in their announcements, which wait; nothing else depends on it.
func (people) Blocked(context.Context, int64) error { return nil }

// Back implements telegram.People. Admins are told of everybody's orders.
func (p people) Back(ctx context.Context, user int64) error {
	if slices.Contains(p.admins, user) {
		return p.HurryAll(ctx, user)
	}
	return p.Hurry(ctx, user)
}
