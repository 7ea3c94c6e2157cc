package telegram

import (
	"fmt"
	"testing"
)

// A buyer, a friend and an admin are there from the start, under ids that settings can name.
func TestPeopleAtTheStart(t *testing.T) {
	w := newWorld(t)
	var people []Person
	if code := w.control("GET", "/people", "", &people); code != 200 {
		t.Fatal(code)
	}
	var got []string
	for _, p := range people {
		got = append(got, fmt.Sprint(p.ID, " ", p.FirstName, " ", p.Note))
	}
	if text := fmt.Sprint(got); text != "[1001 Ada buyer 1002 Boris friend 1003 Olga admin]" {
		t.Error(text)
	}
}
