package telegram

import (
	"context"
	"errors"

	"giftbot/flows"
)

var errNotShown = errors.New("the screen was not shown")

// ahead is a screen that is shown while its session is being saved: the two
// take about as long, and a tap waits for the slower one only.
type ahead struct {
	done chan struct{}
	id   int
	err  error
}

// wait returns once the screen was shown, or could not be. A nil ahead has
// nothing to wait for.
func (a *ahead) wait() (int, error) {
	if a == nil {
		return 0, nil
	}
	<-a.done
	return a.id, a.err
}

// settle waits for the end of what nobody wants to know about any more.
func (a *ahead) settle() {
	if a != nil {
		<-a.done
	}
}

// ahead begins to show an outcome before it is saved, where that is safe: a
// tap that only leafs through the shop and edits the message it was made on.
// If the save fails, Telegram sends the tap again and the same screen comes
// out of it; if another replica saved first, what it saved is shown after it.
// Orders, secrets and new messages wait for the save: nil.
func (d *Dispatcher) ahead(ctx context.Context, e event, lang string, out flows.Outcome, press *answer, t *turn) *ahead {
	leafing := e.query != "" && e.pressed != 0 && len(t.done) == 0 && len(out.Replies) == 1
	if !leafing || out.Replies[0].Place != flows.PlaceEdit || out.Replies[0].Protect || confidential(out.Replies[0].View) {
		return nil
	}
	m := d.Renderer.Message(lang, e.person.ID, out.Replies[0].View)
	toast := d.Renderer.Plain(lang, out.Toast)
	a := &ahead{done: make(chan struct{})}
	given := make(chan struct{})
	go func() {
		defer close(given)
		press.give(toast)
	}()
	go func() {
		defer close(a.done)
		defer d.recovered("ahead")
		defer func() { <-given }()
		a.err = errNotShown // stands if showing panics
		a.id, a.err = d.show(ctx, e.pressed, flows.PlaceEdit, m)
	}()
	return a
}
