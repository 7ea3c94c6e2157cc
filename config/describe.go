package config

import (
	"reflect"
	"slices"
	"strings"
)

// Setting describes one setting for people.
type Setting struct {
	// Name in the environment; Name_FILE works as well.
	Name string
	// Default is the value used when the setting is absent, "" for none.
	Default string
	// Meaning is one line of English.
	Meaning string
	// Secret settings are credentials: they belong in files, and are never shown.
	Secret bool

	field string // Go field, the name that parse errors use
	want  string // what a good value looks like
}

// Describe lists every setting in the order of the Config struct.
func Describe() []Setting {
	var all []Setting
	sections := reflect.TypeFor[Config]()
	for i := range sections.NumField() {
		all = append(all, describeSection(sections.Field(i).Type)...)
	}
	return all
}

// describeSection reads the tags of one section struct.
func describeSection(section reflect.Type) []Setting {
	settings := make([]Setting, 0, section.NumField())
	for i := range section.NumField() {
		field := section.Field(i)
		settings = append(settings, Setting{
			Name:    field.Tag.Get("env"),
			Default: field.Tag.Get("envDefault"),
			Meaning: field.Tag.Get("doc"),
			Secret:  slices.Contains(secretTypes(), field.Type),
			field:   field.Name,
			want:    field.Tag.Get("want"),
		})
	}
	return settings
}

// secretTypes are the types whose values are credentials.
func secretTypes() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[Secret](), reflect.TypeFor[EncryptionKeys](), reflect.TypeFor[PrivateKeys](), reflect.TypeFor[Endpoints](),
	}
}

// Markdown is the settings table of the README.
func Markdown() string {
	var table strings.Builder
	table.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	for _, setting := range Describe() {
		name, preset := "`"+setting.Name+"`", ""
		if setting.Secret {
			name += " (secret)"
		}
		if setting.Default != "" {
			preset = "`" + setting.Default + "`"
		}
		table.WriteString("| " + name + " | " + preset + " | " + setting.Meaning + " |\n")
	}
	return table.String()
}
