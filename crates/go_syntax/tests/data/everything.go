//go:build linux && go1.21

// Package everything has one of each construct.
package everything

import "fmt"

import (
	. "math"
	"sort"
	str "strings"
	_ "unsafe"
)

const single = 1 << 3

const (
	a, b = iota, "b" // inherited below
	c, d
	_, _

	e float64 = 0x1p-2
	f         = 'x' + 0b1010_1010 - 0o17 + 1e3i
)

var global, other = 1, 2

var (
	grid  [3][4]int
	elems = [...]string{0: "a", 2: "c"}
	table = map[string][]int{
		"x": {1, 2, 3},
		"y": nil,
	}
	raw = `raw
string`
)

type (
	// Number is a constraint.
	Number interface {
		~int | ~int8 | float64
		comparable
	}

	Pair[K comparable, V any] struct {
		Key   K
		Value V
	}

	List[T any] struct {
		next *List[T]
		val  T
	}

	Set[T comparable] = map[T]struct{}

	Matrix [4][4]float64
)

type Array [single + 2]int

type Pointers[P *C, C any] struct{}

type Bounded[T interface{ ~[]E }, E any] []T

type Shape interface {
	Area() float64
	Scale(by float64) (Shape, error)
	fmt.Stringer
}

type Square struct {
	side  float64 `json:"side"`
	x, y  int
	*List[int]
	Matrix
	fn    func(int, ...string) (n int, err error)
	in    <-chan int
	out   chan<- (<-chan int)
	empty struct{}
	any   interface{}
}

//go:noinline
func (s *Square) Area() float64 { return s.side * s.side }

func (s Square) Scale(by float64) (Shape, error) {
	if s.side *= by; s.side < 0 {
		return nil, fmt.Errorf("negative: %v", s.side)
	} else if s.side == 0 {
		return &Square{}, nil
	} else {
		return &s, nil
	}
}

func (s Square) String() (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	return str.Repeat("#", int(s.side))
}

func (p Pair[K, V]) Map[W any](f func(V) W) Pair[K, W] {
	return Pair[K, W]{p.Key, f(p.Value)}
}

func Keys[M ~map[K]V, K comparable, V any](m M) (keys []K) {
	for k := range m {
		keys = append(keys, k)
	}
	return
}

func bodyless(x int) int

func control(n int, values ...int) (sum int) {
outer:
	for i := 0; i < n; i++ {
		for range 3 {
			continue outer
		}
		switch {
		case i > 3, i < -3:
			break outer
		case i == 0:
			fallthrough
		default:
			sum++
		}
	}
	for sum < 10 {
		sum += values[0]
	}
	for {
		break
	}
	for i, v := range values {
		sum ^= i &^ v
	}
	switch x := any(n).(type) {
	case int, *int:
		_ = x
	case nil:
	case func() error:
		goto end
	}
	switch y := n % 2; y {
	case 0:
	}
end:
	return sum<<1 | -n
}

func channels(in <-chan int, out chan<- int, done chan struct{}) {
	select {
	case v, ok := <-in:
		if !ok {
			return
		}
		out <- v
	case out <- 1:
	case <-done:
	default:
	}
	go func() { done <- struct{}{} }()
}

func expressions(s []int, p *Square, m map[string]int) {
	_ = s[1:2:3]
	_, _ = s[:], s[1:]
	v, ok := m["k"]
	_, _ = v, ok
	_ = (*p).side + p.Matrix[0][1]
	_ = Keys[map[string]int](m)
	_ = Pair[string, int]{Key: "a", Value: 1}
	_ = []Pair[int, int]{{1, 2}, {Key: 3}}
	_ = struct{ a, b int }{1, 2}
	_ = [2]func(){func() {}, nil}
	_ = &Square{side: 1, x: 2}
	if (Square{}) == *p {
		_ = Pi
	}
	sort.Slice(s, func(i, j int) bool {
		return s[i] < s[j]
	})
	var f func(...int) = func(xs ...int) {}
	f(s...)
	const local = len("abc")
	type inner struct{ local [local]byte }
	var _ inner
	{
		;
	}
	ok = (<-chan int)(nil) == nil || !ok && -v <= +v
}
