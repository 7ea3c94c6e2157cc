package kit

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// SeededIDs returns a generator of UUID v4 strings that repeats exactly for
// the same seed. It is safe for concurrent use.
func SeededIDs(seed uint64) func() string {
	src := rand.NewPCG(seed, 0x9e3779b97f4a7c15)
	var mu sync.Mutex
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		var id uuid.UUID
		binary.BigEndian.PutUint64(id[:8], src.Uint64())
		binary.BigEndian.PutUint64(id[8:], src.Uint64())
		id[6] = id[6]&0x0f | 0x40
		id[8] = id[8]&0x3f | 0x80
		return id.String()
	}
}
