package config

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Load reads the settings from environ, a list of NAME=value as [os.Environ] returns it; later entries win.
// The error is always an [*Error] with every problem; the Config beside it then holds what could be read, which is
// enough for `bot doctor` to look further and not enough to sell with.
func Load(environ []string) (Config, error) {
	return load(env.ToMap(environ), readSettingFile)
}

// LoadListenAddr reads LISTEN_ADDR alone, for `bot health`, which must not fail on anybody else's settings.
func LoadListenAddr(environ []string) (string, error) {
	var server Server
	found := &problems{}
	known := slices.DeleteFunc(Describe(), func(s Setting) bool { return s.Name != "LISTEN_ADDR" })
	values := resolve(env.ToMap(environ), known, readSettingFile, found)
	parseSection(reflect.ValueOf(&server).Elem(), values, found)
	checkAddr(found, "LISTEN_ADDR", server.ListenAddr)
	return server.ListenAddr, found.err()
}

// load is Load with the file system as a parameter.
func load(environ map[string]string, readFile func(string) (string, error)) (Config, error) {
	var settings Config
	found, known := &problems{}, Describe()
	refuseUnknown(environ, known, found)
	values := resolve(environ, known, readFile, found)
	sections := reflect.ValueOf(&settings).Elem()
	for i := range sections.NumField() {
		parseSection(sections.Field(i), values, found)
	}
	settings.normalise()
	settings.validate(values, found)
	return settings, found.err()
}

// parseSection fills one section struct and reports what does not parse. Sections are parsed one by one because the
// parser names a Go field in its errors, and only within a section is that name unique.
func parseSection(section reflect.Value, values map[string]string, found *problems) {
	err := env.ParseWithOptions(section.Addr().Interface(), env.Options{
		Environment: values,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[[]int64](): parseIDs,
			reflect.TypeFor[[]int]():   parseInts,
		},
	})
	if err == nil {
		return
	}
	known := describeSection(section.Type())
	var all env.AggregateError
	if !errors.As(err, &all) {
		all.Errors = []error{err}
	}
	for _, one := range all.Errors {
		addParseProblem(one, known, found)
	}
}

// addParseProblem turns the parser's error into a problem. The error's own text quotes the value, so it is used only
// when it is one of ours.
func addParseProblem(err error, known []Setting, found *problems) {
	var parse env.ParseError
	if !errors.As(err, &parse) {
		found.add("environment", "cannot be parsed", "report this as a bug of the config package")
		return
	}
	at := slices.IndexFunc(known, func(s Setting) bool { return s.field == parse.Name })
	if at < 0 {
		found.add("environment", "cannot be parsed", "report this as a bug of the config package")
		return
	}
	wrong := "cannot be read"
	var ours valueError
	if errors.As(parse.Err, &ours) {
		wrong = ours.Error()
	}
	found.add(known[at].Name, wrong, "set it to "+known[at].want)
}

// normalise removes differences without meaning: a slash at the end of an address, doubled list entries.
func (c *Config) normalise() {
	for _, address := range []*string{&c.Telegram.APIURL, &c.Server.PublicURL, &c.Infini.BaseURL, &c.InventPay.BaseURL, &c.InfiniVoucher.BaseURL, &c.Plexy.BaseURL, &c.UniVoucher.BaseURL} {
		*address = strings.TrimRight(*address, "/")
	}
	slices.Sort(c.Infini.PayMethods)
	c.Infini.PayMethods = slices.Compact(c.Infini.PayMethods)
	slices.Sort(c.Shop.AdminIDs)
	c.Shop.AdminIDs = slices.Compact(c.Shop.AdminIDs)
}

// parseIDs reads a comma-separated list of numbers; spaces around them are allowed.
func parseIDs(text string) (any, error) {
	var ids []int64
	for part := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, valueError("is not a list of numbers")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// parseInts is parseIDs for small numbers.
func parseInts(text string) (any, error) {
	var numbers []int
	for part := range strings.SplitSeq(text, ",") {
		number, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, valueError("is not a list of numbers")
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}
