package config

import (
	"slices"
	"strings"
)

// Problem is one thing that keeps the bot from starting. No field ever holds a setting's value.
type Problem struct {
	// Setting is the name in the environment, such as INFINI_SECRET_KEY.
	Setting string
	// Wrong says what is wrong: "is not set".
	Wrong string
	// Fix says what to do about it: "set it to the secret key of the Infini console".
	Fix string
}

// String is the problem as one line: "NAME is not set: set it to …".
func (p Problem) String() string { return p.Setting + " " + p.Wrong + ": " + p.Fix }

// Error lists every problem of an environment, sorted by setting. [Load] returns it and nothing else.
type Error struct {
	Problems []Problem
}

// Error prints a heading and one line per problem.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("settings:")
	for _, problem := range e.Problems {
		text.WriteString("\n  " + problem.String())
	}
	return text.String()
}

// About returns the problems of one setting.
func (e *Error) About(setting string) []Problem {
	var found []Problem
	for _, problem := range e.Problems {
		if problem.Setting == setting {
			found = append(found, problem)
		}
	}
	return found
}

// problems collects while a configuration is read and checked.
type problems struct {
	list []Problem
}

// add notes a problem. Only the first one of a setting is kept: a value that cannot be parsed is not also out of range.
func (p *problems) add(setting, wrong, fix string) {
	if p.has(setting) {
		return
	}
	p.list = append(p.list, Problem{Setting: setting, Wrong: wrong, Fix: fix})
}

// has reports whether the setting already has a problem, so that later checks do not judge its zero value.
func (p *problems) has(setting string) bool {
	return slices.ContainsFunc(p.list, func(one Problem) bool { return one.Setting == setting })
}

// err returns nil, or all problems sorted by setting.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int { return strings.Compare(a.Setting, b.Setting) })
	return &Error{Problems: p.list}
}

// valueError is what our own parsers return: a text known to be free of the value it speaks of.
type valueError string

// Error returns the text.
func (e valueError) Error() string { return string(e) }
