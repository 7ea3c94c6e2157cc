package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestReport runs everything once, briefly: whether it works, not how fast.
func TestReport(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "README.md")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-rounds", "1", "-check=false", "-out", kept}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, line := range []string{
		"- 1 interleaved rounds", "- redis-server ", "- commit ", " cores (", "quick run",
		"| R1, one person tapping | ", "| R1, 16 people tapping | ", "| R3, webhook answered | ",
		"| R4, browse | 1 ", "| R4, first message | 2 ", "| R4, checkout | ", "| R4, paid to delivered | ", "| R4, idle | ",
		"| R5, session | ", "| R5, closed order, voucher | ", "| R5, closed order, top-up of two fields | ", "| R5, closed order, gift card with a message | ",
		"| R2, paid to codes, median | ", "| R2, paid to codes, 99 of 100 | ", "| R6, claim | ", "| R6, transition | ", "| R6, history page | ",
		"| R7, killed to moved on | ", "| R8, paid to codes in a crowd | ", "| R10, orders a second with fsync always | ", "| R11, orders a second on a cluster | ", "≥ 0.85 | 0.95 |",
		"| R9, idle | ", "| R9, growth over 100,000 updates | ", "| R12, gift picture | ",
		"| Start to ready | ", "| Binary | ", "| Demo answers a button | ", "≤ 1.60 | 1.30 |", "≤ 40 |",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the report lacks %q", line)
		}
	}
	if strings.Contains(text, "NaN") {
		t.Error("the report has a figure that is none")
	}
	if _, err := os.Stat(kept); err == nil {
		t.Error("a quick run overwrote the report")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestMissedLimitFails(t *testing.T) {
	slow := report{results: []result{{name: "slow", values: []float64{1, 3, 9}, limit: 2}, {name: "fast", values: []float64{1}, limit: 2}}}
	err := slow.finish(settings{only: "x", check: true}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "slow") || strings.Contains(err.Error(), "fast") {
		t.Errorf("finish = %v, want the slow one named", err)
	}
	if err := slow.finish(settings{only: "x"}, io.Discard); err != nil {
		t.Errorf("without -check: %v", err)
	}
	if !(result{limit: 2}).missed() {
		t.Error("nothing measured passes for a good figure")
	}
	if !(result{values: []float64{math.NaN()}, limit: 2}).missed() {
		t.Error("no number passes for a good one")
	}
}

func TestCompleteRunKeepsItsReport(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "README.md")
	r := report{results: []result{{name: "x", unit: "ms", values: []float64{1}, limit: 2}}}
	if err := r.finish(settings{out: kept}, io.Discard); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(kept)
	if err != nil || !strings.Contains(string(raw), "| x | 1 ms | 1 – 1 | ≤ 2 | – | holds |") {
		t.Errorf("kept %q, %v", raw, err)
	}
}

func TestStatistics(t *testing.T) {
	if got := []float64{median([]int{3, 1, 2}), median([]int{4, 1, 2, 3}), median([]int(nil))}; !cmp.Equal(got, []float64{2, 2.5, 0}) {
		t.Errorf("medians %v", got)
	}
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	got := []int{quantile(hundred, 0), quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)}
	if !cmp.Equal(got, []int{1, 50, 99, 100}) {
		t.Errorf("quantiles %v", got)
	}
}

func TestInterleave(t *testing.T) {
	var order []string
	side := func(name string, took time.Duration) arm {
		return func() (time.Duration, error) { order = append(order, name); return took, nil }
	}
	r, err := interleave(2, side("a", 3), side("b", 2))
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(r.ratios(1), []float64{1.5, 1.5}) || r.middle(0) != 3 {
		t.Errorf("ratios %v", r.ratios(1))
	}
	if got := strings.Join(order[:6], ""); got != "abbaab" || len(order) != 2*2*alternations {
		t.Errorf("order %s, %d turns", got, len(order))
	}
}

func TestFit(t *testing.T) {
	if slope, middle := fit([]float64{7, 9, 11, 13}); slope != 2 || middle != 10 {
		t.Errorf("slope %v, middle %v", slope, middle)
	}
	if slope, _ := fit([]float64{5, 8, 5, 8, 5}); slope != 0 {
		t.Errorf("slope of what comes back: %v", slope)
	}
}

func TestGrowth(t *testing.T) {
	// 40 MB that grow by 1,000 bytes with every update are no rounding error;
	// what happens in the first quarter does not count.
	f := floodResult{updates: 900, people: 100, step: 5, ours: make([]float64, samples)}
	for i := range f.ours {
		f.ours[i] = 40e6 + 5000*float64(i)
	}
	f.ours[3] = 90e6
	if got := f.growth(); got < 240 || got > 260 {
		t.Errorf("growth %v %%", got)
	}
}

func TestKindsOfKeys(t *testing.T) {
	for key, want := range map[string]kindOf{
		"{s07}:u:5000000001:s": keptSession, "{s07}:u:5000000001:o": keptHistory, "{s07}:u:5000000001:a": keptHistory,
		"{s07}:o:7D4WD9HYMF": keptRecord, "{s07}:ledger": keptLedger, "{s07}:due": keptOther, "{s07}:seq": keptOther,
		"{s07}:p:7D4WD9HYMF:0": keptPicture, "{v:infinivoucher}:o:3ff": keptVendor, "whatever": keptOther,
	} {
		if got := kind(key); got != want {
			t.Errorf("%s is kept as %q, want %q", key, got, want)
		}
	}
}

func TestCensusIsDivided(t *testing.T) {
	before := census{bytes: map[kindOf]float64{keptLedger: 100, keptOther: 50}}
	after := census{bytes: map[kindOf]float64{keptLedger: 300, keptOther: 50, keptRecord: 1000}}
	if got := []float64{after.per(10, before), after.per(10, before, keptRecord)}; !cmp.Equal(got, []float64{120, 100}) {
		t.Errorf("per item %v", got)
	}
	if got := after.parts(10, before); got != "ledger 20, order record 100" {
		t.Errorf("parts %q", got)
	}
}

func TestUnknownBenchmarkIsRefused(t *testing.T) {
	for _, args := range [][]string{{"-only", "R99"}, {"-rounds", "0"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestFormValue(t *testing.T) {
	body := "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n42\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\nb\r\n--x--\r\n"
	if got := []string{string(formValue([]byte(body), "chat_id")), string(formValue([]byte(body), "text")), string(formValue([]byte(body), "id"))}; !cmp.Equal(got, []string{"42", "a\r\nb", ""}) {
		t.Errorf("fields %q", got)
	}
}
