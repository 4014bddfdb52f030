// Package work keeps a processor busy in many ways.
package work

import (
	"sort"
	"strings"
	"time"
)

type number interface{ ~int | ~uint64 | ~float64 }

// mix is inlined into its callers, and small into mix.
func mix(a, b uint64) uint64 { return small(a) ^ small(b)*31 }

func small(a uint64) uint64 { return a<<7 | a>>3 }

//go:noinline
func sumOf[T number](values []T) T {
	var sum T
	for _, value := range values {
		sum += twice(value)
	}
	return sum
}

func twice[T number](value T) T { return value + value }

type counter struct{ n uint64 }

func (c *counter) add(n uint64) { c.n = mix(c.n, n) }

//go:noinline
func (c counter) spin(rounds int) uint64 {
	for i := range rounds {
		c.add(uint64(i))
	}
	return c.n
}

type state struct{ n uint64 }

// step is inlined into the wrapper that makes it a method of *state, and of a struct around that.
func (s state) step(rounds int) uint64 {
	for i := range rounds {
		s.n = s.n*31 + uint64(i)
	}
	return s.n
}

type around struct{ *state }

type stepper interface{ step(rounds int) uint64 }

//go:noinline
func stepAll(all []stepper, rounds int) (sum uint64) {
	for _, it := range all {
		sum += it.step(rounds)
	}
	return sum
}

type stack[T any] struct{ items []T }

//go:noinline
func (s *stack[T]) push(item T) { s.items = append(s.items, item) }

//go:noinline
func apply(values []uint64, f func(uint64) uint64) (sum uint64) {
	for _, value := range values {
		sum += f(value)
	}
	return sum
}

// Rounds works until a time.
func Rounds(until time.Time) (sum uint64) {
	values := make([]uint64, 4000)
	floats := make([]float64, 4000)
	words := make([]string, 400)
	for time.Now().Before(until) {
		for i := range values {
			values[i] = mix(uint64(i), sum)
			floats[i] = float64(i)
		}
		sum += sumOf(values) + uint64(sumOf(floats))
		sum += counter{sum}.spin(20000)
		key := sum | 1
		sum += apply(values, func(value uint64) uint64 { return mix(value, key) % key })
		first := &state{sum}
		sum += stepAll([]stepper{first, *first, around{first}, &around{first}}, 5000)
		var s stack[string]
		for i := range words {
			words[i] = strings.Repeat("x", int(values[i]%40))
			s.push(words[i])
		}
		sort.Slice(words, func(i, j int) bool { return words[i] < words[j] })
		sum += uint64(len(s.items))
	}
	return sum
}
