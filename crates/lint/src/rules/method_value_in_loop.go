package facts

import "testing"

type server struct{ n int }

func (s *server) handle() int { return s.n }

var kept [10]func() int

func BenchmarkMadeEachTurn(b *testing.B) {
	s := &server{1}
	for b.Loop() {
		for i := range kept {
			kept[i] = s.handle
		}
	}
}

func BenchmarkMadeOnce(b *testing.B) {
	s := &server{1}
	for b.Loop() {
		handle := s.handle
		for i := range kept {
			kept[i] = handle
		}
	}
}
