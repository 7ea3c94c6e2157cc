package store

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestAnswersOfAnotherKindAreErrors(t *testing.T) {
	cmds := []redis.Cmder{redis.NewStringResult("v", nil), redis.NewIntResult(7, nil)}
	text, err := answerAs[*redis.StringCmd](cmds, 0)
	if err != nil || text.Val() != "v" {
		t.Fatalf("%v, %v", text, err)
	}
	if _, err = answerAs[*redis.StringCmd](cmds, 1); !errors.Is(err, errAnswer) {
		t.Fatalf("a number as text: %v", err)
	}
	for _, i := range []int{-1, 2} {
		if _, err = answerAs[*redis.IntCmd](cmds, i); !errors.Is(err, errAnswer) {
			t.Fatalf("answer %d of two: %v", i, err)
		}
	}
}
