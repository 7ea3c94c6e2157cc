package locales

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// format is how a language writes amounts and moments; it comes from the
// format.* keys of its file.
type format struct {
	money   string // "${amount}"
	decimal string
	group   string
	time    string // "{day} {month} {year}, {clock}"
	date    string
	months  []string
}

// errFormat is wrapped when a language file lacks a format.
var errFormat = errors.New("format missing")

func newFormat(texts map[string]text) (format, error) {
	plain := func(key string) string { return texts["format."+key].other }
	f := format{
		money: plain("money"), decimal: plain("decimal"), group: plain("group"),
		time: plain("time"), date: plain("date"), months: strings.Split(plain("months"), "|"),
	}
	if f.money == "" || f.decimal == "" || f.time == "" || f.date == "" || len(f.months) != 12 || plain("language") == "" {
		return format{}, errFormat
	}
	return f, nil
}

// Money writes an amount in US dollars, given as decimal text in major units
// ("1250.5"), with at least two decimals: "$1,250.50", "1 250,50 $". Digits
// beyond are kept. Text that is no amount comes back as it is, and is counted.
func (c *Catalogue) Money(lang, amount string) string {
	f := c.book(lang).format
	digits, negative := strings.CutPrefix(amount, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		c.missing.Add(1)
		return amount
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	written := strings.Replace(f.money, "{amount}", grouped(whole, f.group)+f.decimal+fraction, 1)
	if negative {
		return "−" + written
	}
	return written
}

func onlyDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// grouped puts the separator between thousands.
func grouped(digits, separator string) string {
	if len(digits) <= 3 {
		return digits
	}
	head := len(digits) % 3
	parts := []string{}
	if head > 0 {
		parts = append(parts, digits[:head])
	}
	for at := head; at < len(digits); at += 3 {
		parts = append(parts, digits[at:at+3])
	}
	return strings.Join(parts, separator)
}

// Time writes a moment to the minute in UTC, and says so: "21 Nov 2026, 14:05 UTC".
func (c *Catalogue) Time(lang string, t time.Time) string {
	f := c.book(lang).format
	return f.moment(f.time, t.UTC())
}

// Date writes the day of a moment in UTC: "21 Nov 2026".
func (c *Catalogue) Date(lang string, t time.Time) string {
	f := c.book(lang).format
	return f.moment(f.date, t.UTC())
}

func (f format) moment(pattern string, t time.Time) string {
	return strings.NewReplacer(
		"{day}", strconv.Itoa(t.Day()),
		"{month}", f.months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year()),
		"{clock}", fmt.Sprintf("%02d:%02d", t.Hour(), t.Minute()),
	).Replace(pattern)
}
