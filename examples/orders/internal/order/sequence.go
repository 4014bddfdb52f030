package order

import (
	"fmt"
	"sync/atomic"
)

// Sequence hands out order ids.
type Sequence struct {
	last atomic.Int64
}

// Next is an id that was not handed out before: "ord-000001".
func (s *Sequence) Next() string {
	return fmt.Sprintf("ord-%06d", s.last.Add(1))
}
