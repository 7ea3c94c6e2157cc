// Package config turns the process environment into typed, checked settings.
//
// [Load] is the whole interface for cmd/bot: it takes the environment as a list of NAME=value, resolves the `_FILE`
// variants, parses, checks, and returns either a [Config] that is safe to start with or an [*Error] that lists every
// problem at once. A problem names the setting, says what is wrong and what to do, and never quotes the value: the
// text may end up in a log, and half of the settings are credentials.
//
// A setting is one field of one section struct (config.go). Its tags are the only place where its name (`env`), default
// (`envDefault`), shape (`want`) and meaning (`doc`) are written; [Describe] reads them back for the README table.
// Rules that a type cannot express are in validate.go (the shop) and vendors.go (gateways and suppliers).
//
// Three kinds of names are understood for every setting NAME:
//
//	NAME           the value itself; an empty value counts as not set
//	NAME_FILE      a path to a file that holds the value; one trailing newline is dropped; not together with NAME
//	NAME_PREVIOUS  webhook secrets only: the secret that is still accepted while a new one is rolled out
//
// The package reads no environment of its own and keeps no state.
package config
