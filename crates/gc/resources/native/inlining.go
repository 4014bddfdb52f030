package p

// Nested calls, arguments, named and unnamed results.

func add(a, b int) int { return a + b }

func abs(n int) (m int) {
	if n < 0 {
		return -n
	}
	m = n
	return
}

func nested(a int) int { return add(abs(a), add(a, 1)) }

// Closures: copies in inlined bodies, the only call of one, calls of a variable that holds one.

func later(x int) func() int { return func() int { return x + 1 } }

func now() int { return later(2)() }

func inClosure() func() func() int { return func() func() int { return later(3) } }

//go:noinline
func work(n int) {}

func once(n int) {
	f := func() {
		work(n)
		work(n)
		work(n)
	}
	f()
}

func twice(n int) {
	f := func() {
		work(n)
		work(n)
		work(n)
	}
	f()
	f()
}

// Recursion stops when a function is met again.

func even(n int) bool { return n == 0 || odd(n-1) }

func odd(n int) bool { return n != 0 && even(n-1) }

func self(n int) int {
	if n == 0 {
		return 0
	}
	return self(n - 1)
}

// Interface methods of receivers that can only be of one type.

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type named struct {
	name string
	square
}

type wrapped struct{ shape }

func (w *wrapped) String() string { return "wrapped" }

func choose() shape { return square{2} }

func devirtualized(other shape) int {
	var s shape = square{1}
	t := choose()
	var u shape
	u = nil
	u = &named{"n", square{3}}
	var v shape = wrapped{other}
	defer s.area()
	return s.area() + t.area() + u.area() + v.area() + other.area()
}

func different(ok bool) int {
	var s shape = square{1}
	if ok {
		s = &named{}
	}
	return s.area()
}
