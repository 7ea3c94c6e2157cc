package main

import (
	"slices"
	"time"
)

// quantile is the value below which a share of the values lies; 0 for none.
func quantile[T int | float64 | time.Duration](values []T, share float64) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := int(share*float64(len(sorted)) + 0.5)
	return sorted[min(max(at, 1), len(sorted))-1]
}

// median is the middle value; of an even number of values the mean of two.
func median[T int | float64 | time.Duration](values []T) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return float64(sorted[half])
	}
	return (float64(sorted[half-1]) + float64(sorted[half])) / 2
}

// pair is one round of a benchmark with a rival: time per piece of work.
type pair struct{ ours, rival time.Duration }

// ratios are the rounds' quotients.
func ratios(pairs []pair) []float64 {
	out := make([]float64, len(pairs))
	for i, p := range pairs {
		out[i] = float64(p.ours) / float64(p.rival)
	}
	return out
}

// times are the medians of both sides over the rounds.
func times(pairs []pair) (ours, rival time.Duration) {
	var a, b []time.Duration
	for _, p := range pairs {
		a, b = append(a, p.ours), append(b, p.rival)
	}
	return time.Duration(median(a)), time.Duration(median(b))
}

// arm measures one side of a round.
type arm func() (time.Duration, error)

// interleave measures both sides in every round and changes who begins.
func interleave(rounds int, ours, rival arm) ([]pair, error) {
	pairs := make([]pair, rounds)
	for i := range pairs {
		first, second := &pairs[i].ours, &pairs[i].rival
		sides := []arm{ours, rival}
		if i%2 == 1 {
			first, second = second, first
			slices.Reverse(sides)
		}
		var err error
		if *first, err = sides[0](); err != nil {
			return nil, err
		}
		if *second, err = sides[1](); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}
