package flows

import (
	"strings"
	"testing"
)

// TestForAdmins: every command that is called the admins' is one, and to
// anybody else it is none.
func TestForAdmins(t *testing.T) {
	admin := testEnv()
	admin.Person = Person{ID: olga, Language: "en", Admin: true}
	for _, name := range adminCommands() {
		if c := (&turn{env: admin}); !c.adminCommand(name, "") {
			t.Errorf("/%s is nothing to an admin", name)
		}
		if c := (&turn{env: testEnv()}); c.adminCommand(name, "") {
			t.Errorf("/%s is a command to everybody", name)
		}
		if !ForAdmins(Input{Command: strings.ToUpper(name)}) {
			t.Errorf("/%s is not seen", name)
		}
	}
	if !ForAdmins(Input{Action: &Action{Verb: verbAdmin}}) || ForAdmins(Input{Command: "shop"}) || ForAdmins(Input{Text: "balances"}) || ForAdmins(Input{Action: &Action{Verb: VerbHome}}) {
		t.Error("what is the admins' and what is not is mixed up")
	}
}
