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

// arm measures one side: time per piece of work.
type arm func() (time.Duration, error)

// alternations is how often the sides of one round take turns: what else the
// machine does then hits all of them alike.
const alternations = 10

// rounds holds, for each side, one time per round.
type rounds [][]time.Duration

// interleave measures the sides by turns, each time in another order. A
// round's time is the median of its turns.
func interleave(count int, sides ...arm) (rounds, error) {
	all := make(rounds, len(sides))
	for range count {
		turns := make(rounds, len(sides))
		for turn := range alternations {
			for i := range sides {
				at := (i + turn) % len(sides)
				took, err := sides[at]()
				if err != nil {
					return nil, err
				}
				turns[at] = append(turns[at], took)
			}
		}
		for i := range sides {
			all[i] = append(all[i], time.Duration(median(turns[i])))
		}
	}
	return all, nil
}

// ratios are the rounds' quotients of one side and another.
func (r rounds) ratios(other int) []float64 {
	out := make([]float64, len(r[0]))
	for i := range out {
		out[i] = float64(r[0][i]) / float64(r[other][i])
	}
	return out
}

// middle is a side's median over the rounds.
func (r rounds) middle(side int) time.Duration { return time.Duration(median(r[side])) }
