package store

import (
	"fmt"

	"github.com/redis/go-redis/v9"
)

// answerAs returns the i-th answer of a pipeline as the kind of command that
// was put there. Another kind, or none, is errAnswer: never a panic while an
// order is open.
func answerAs[C redis.Cmder](cmds []redis.Cmder, i int) (C, error) {
	var none C
	if i < 0 || i >= len(cmds) {
		return none, fmt.Errorf("%w: %d of %d", errAnswer, i, len(cmds))
	}
	cmd, ok := cmds[i].(C)
	if !ok {
		return none, fmt.Errorf("%w: %T", errAnswer, cmds[i])
	}
	return cmd, nil
}
