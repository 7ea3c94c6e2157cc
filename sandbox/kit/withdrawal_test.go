package kit

import (
	"slices"
	"testing"
	"time"
)

func TestWithdrawalPlansAreUsedUpInOrder(t *testing.T) {
	plans := Withdrawals{{State: WithdrawalFailed, Times: 2}, {Refuse: 400}}
	kept := plans // what was given stays as it was
	var got []string
	for range 4 {
		n := plans.Take()
		word := n.State
		if _, _, _, refused := n.Refusal(); refused {
			word = "refused"
		}
		got = append(got, word)
	}
	if want := []string{WithdrawalFailed, WithdrawalFailed, "refused", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if kept[0].Times != 2 || kept[1].Refuse != 400 || len(plans) != 0 {
		t.Errorf("%+v %+v", kept, plans)
	}
}

func TestWithdrawalPlanSays(t *testing.T) {
	if got := (NextWithdrawal{}).Lasts(time.Minute); got != time.Minute {
		t.Errorf("no time of its own: %v", got)
	}
	if got := (NextWithdrawal{After: "0s"}).Lasts(time.Minute); got != 0 {
		t.Errorf("at once: %v", got)
	}
	for _, c := range []struct {
		plan         NextWithdrawal
		status, code int
		text         string
		refused      bool
	}{
		{NextWithdrawal{}, 0, 0, "insufficient balance", false},
		{NextWithdrawal{Refuse: 400}, 400, 400, "insufficient balance", true},
		{NextWithdrawal{Refuse: 403, Code: 7, Text: "no"}, 403, 7, "no", true},
	} {
		if status, code, text, refused := c.plan.Refusal(); status != c.status || code != c.code || text != c.text || refused != c.refused {
			t.Errorf("%+v: %d %d %q %v", c.plan, status, code, text, refused)
		}
	}
}

func TestWithdrawalPlansAreJudged(t *testing.T) {
	for name, c := range map[string]struct {
		plan NextWithdrawal
		ok   bool
	}{
		"nothing":          {NextWithdrawal{}, true},
		"failed later":     {NextWithdrawal{State: WithdrawalFailed, After: "30s", Times: 3}, true},
		"approval":         {NextWithdrawal{State: WithdrawalApproval}, true},
		"refused":          {NextWithdrawal{Refuse: 503, Code: 1, Text: "later"}, true},
		"unknown state":    {NextWithdrawal{State: "lost"}, false},
		"bad time":         {NextWithdrawal{After: "soon"}, false},
		"negative time":    {NextWithdrawal{After: "-1s"}, false},
		"negative times":   {NextWithdrawal{Times: -1}, false},
		"refused with 200": {NextWithdrawal{Refuse: 200}, false},
		"both":             {NextWithdrawal{Refuse: 400, State: WithdrawalFailed}, false},
		"words alone":      {NextWithdrawal{Text: "no"}, false},
	} {
		err := Withdrawals{{}, c.plan}.Validate()
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
