package p

type T struct {
	a, b int
	f    func()
	s    []byte
	m    map[string]*T
}

type I interface{ M(int) (int, error) }

var (
	table [8]int
	hook  = func(n int) int { return n + 1 }
)

const debug = false

//go:noinline
func show(args ...any) string { return "" }

func leaf(x, y int) int { return x + y }

func nested(x int) int { return leaf(leaf(x, 1), 2) }

func (t *T) first() *int { return &t.a }

func (t *T) second() *int { return &t.b }

func (t T) value() int { return t.a * t.b }

func methods(t *T) int { return t.value() + *t.first() }

func byName(t *T) func() int { return t.value }

func callsParameter(f func(int) int) int { return f(3) }

func callsField(t *T) { t.f() }

func callsInterface(i I) (int, error) { return i.M(1) }

func twoResults(i I) (n int, err error) {
	n, err = i.M(2)
	if err != nil {
		return 0, err
	}
	return n, nil
}

func commaOk(t *T, key string) bool {
	_, ok := t.m[key]
	return ok
}

func assertion(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return show(v)
}

func slices(s []byte, n int) int { return len(s[:n]) + len(s[0:n]) + len(s[:len(s)]) + cap(s[1:2:3]) }

func constants() string {
	if debug && len(table) > 3 || false {
		return "never"
	}
	return "a" + "b"
}

func partly(on bool) int {
	if (debug || on) && !debug {
		return 1
	}
	return 2
}

func byKey(t *T) {
	for i := range table {
		table[i] = t.a
	}
	for i := range t.s {
		t.s[i] = 0
	}
}

func ranges(xs []int) (s int) {
	for _, x := range xs {
		s += x
	}
	return
}

func conversions(s string, b []byte, r rune, n int32, f float64) (int, string) {
	x := int(n) + int(f) + len([]byte(s)) + len([]rune(s)) + len([]rune("abc"))
	return x, string(b) + string(r) + show(float32(f))
}

func literals() (*T, []int, map[string]int, [2]T) {
	return &T{a: 1}, []int{1, 2, 7: 3}, map[string]int{"a": 1}, [2]T{{a: 1}, {b: 2}}
}

func variadic(xs ...any) int { return len(xs) }

func callsVariadic() int { return variadic() + variadic(1, "a", 2.5, 'x') }

func switches(n int, v any) string {
	switch n {
	case 1, 2:
		return "small"
	case 3:
		fallthrough
	default:
		n++
	}
	switch x := v.(type) {
	case nil:
		return "nil"
	case int, string:
		_ = x
	case error:
		return x.Error()
	}
	switch {
	case debug:
		return "never"
	}
	return "large"
}

func selects(c chan int, d chan<- string) int {
	select {
	case v := <-c:
		return v
	case v, ok := <-c:
		if ok {
			return v
		}
	case d <- "x":
	default:
	}
	return 0
}

func closures(n int) int {
	add := func(m int) int { return n + m }
	inner := func() func() int { return func() int { return n } }
	return add(1) + inner()()
}

func reassigned(n int) int {
	f := func() int { return n }
	if n > 3 {
		f = nil
	}
	return f()
}

func even(n int) bool {
	if n == 0 {
		return true
	}
	return odd(n - 1)
}

func odd(n int) bool {
	if n == 0 {
		return false
	}
	return even(n - 1)
}

func defers(t *T) {
	defer t.f()
	defer show("done", t.a)
	go t.value()
}

func recovers() (err any) {
	defer func() { err = recover() }()
	return nil
}

func panics(n int) {
	if n < 0 {
		panic("negative")
	}
	if n > 9 {
		panic(show("%d", n))
	}
}

func labels(n int) int {
outer:
	for i := 0; i < n; i++ {
		for {
			if i > 3 {
				break outer
			}
			continue outer
		}
	}
	goto end
end:
	return n
}

func dead(n int) int {
	if n > 0 {
		return 1
	} else {
		return 2
	}
}

//go:noinline
func marked() {}

func assembly()

func strings(a, b string) bool { return a+b+"c" < b && !(a == "" || b[0] == 'x') }

func operations(x, y int, u uint) int { x += y; x <<= u; x++; x &^= 7; return -x ^ y&^3<<2 }

func allocations(n int) (*T, *int, []int, map[int]int, chan int, any) {
	return new(T), new(n), make([]int, n, 2*n), make(map[int]int), make(chan int, 4), n
}

func init() { table[0] = 1 }

func embedded(o outer) int { return o.value() + o.a + o.T.b + o.p.a }

type outer struct {
	T
	p *T
}

func methodExpressions(t T) int { return T.value(t) + *(*T).first(&t) }

func compare(i I, j any, e error) bool { return i == j || e == nil || j == 3 }

func minmax(a, b float64, c complex128) float64 {
	return max(a, b, 1) + min(real(c), imag(c)) + real(complex(a, b))
}

func appends(t *T, bs []byte, s string) []byte {
	copy(t.s, bs)
	clear(t.m)
	delete(t.m, s)
	return append(append(t.s, 'a', 'b'), s...)
}
