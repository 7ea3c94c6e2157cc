package kit

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What becomes of a planned withdrawal. The first three are ends, the other two
// last until a control ends them.
const (
	WithdrawalCompleted = "completed" // the coins are on the chain
	WithdrawalFailed    = "failed"    // after processing; the money comes back
	WithdrawalCancelled = "cancelled" // before processing; the money comes back
	WithdrawalApproval  = "approval"  // waits for a person at the vendor, then goes on
	WithdrawalStuck     = "stuck"     // processing without end
)

// NextWithdrawal plans one of the next withdrawals a gateway is asked for.
// Requests that the gateway refuses by itself use up no plan.
type NextWithdrawal struct {
	State  string `json:"state,omitempty"`  // one of the constants above; empty = completed
	After  string `json:"after,omitempty"`  // Go duration from asked to ended; empty = the setting withdraw_after
	Refuse int    `json:"refuse,omitempty"` // HTTP status of a refusal, 400 to 599: nothing is made; stands without state and after
	Code   int    `json:"code,omitempty"`   // with refuse: the vendor's own code where it has such; 0 = the status
	Text   string `json:"text,omitempty"`   // with refuse: the words; empty = insufficient balance
	Times  int    `json:"times,omitempty"`  // 0 = once
}

// Validate returns what is wrong with a plan that somebody asks for.
func (n NextWithdrawal) Validate() error {
	known := []string{"", WithdrawalCompleted, WithdrawalFailed, WithdrawalCancelled, WithdrawalApproval, WithdrawalStuck}
	switch {
	case n.Times < 0:
		return errors.New("next_withdrawal: times must not be negative")
	case !slices.Contains(known, n.State):
		return fmt.Errorf("next_withdrawal: state must be one of %v", known[1:])
	case n.Refuse != 0 && (n.Refuse < 400 || n.Refuse > 599 || n.State != "" || n.After != ""):
		return errors.New("next_withdrawal: refuse is a status of 400 to 599 and stands without state and after")
	case n.Refuse == 0 && (n.Code != 0 || n.Text != ""):
		return errors.New("next_withdrawal: code and text go with refuse")
	}
	if n.After == "" {
		return nil
	}
	if d, err := time.ParseDuration(n.After); err != nil || d < 0 {
		return errors.New(`next_withdrawal: after must be a duration such as "30s"`)
	}
	return nil
}

// Lasts is how long the withdrawal takes; otherwise when the plan says nothing.
func (n NextWithdrawal) Lasts(otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(n.After); err == nil { // validated: only an empty one fails
		return d
	}
	return otherwise
}

// Refusal is the status, code and words of a planned refusal; false for none.
func (n NextWithdrawal) Refusal() (status, code int, text string, refused bool) {
	status, code, text = n.Refuse, n.Code, n.Text
	if code == 0 {
		code = status
	}
	if text == "" {
		text = "insufficient balance"
	}
	return status, code, text, status != 0
}

// Withdrawals is a list of plans, used up from the front.
type Withdrawals []NextWithdrawal

// Validate returns what is wrong with the first bad plan.
func (w Withdrawals) Validate() error {
	for _, n := range w {
		if err := n.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Take uses up one plan; with none left it is the zero plan: all goes well.
func (w *Withdrawals) Take() NextWithdrawal {
	if len(*w) == 0 {
		return NextWithdrawal{}
	}
	n := (*w)[0]
	rest := slices.Clone((*w)[1:])
	if n.Times > 1 {
		again := n
		again.Times--
		rest = slices.Insert(rest, 0, again)
	}
	*w = rest
	return n
}
