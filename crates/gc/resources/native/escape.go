package p

// The rules of escape analysis without inlining, one or two a function.

type T struct {
	next *T
	buf  []byte
	arr  [4]*int
	f    func()
}

var global *T

var sink any

func Global(t *T, u *T, v T) { global = t; global.next = u.next; global.arr = v.arr }

func Results(a, b *T, c **T) (*T, *T) { return a, b.next }

func named(p *T) (q *T, _ int) {
	q = p
	return
}

func SixResults(p *int) (a, b, c, d, e, f *int) { return nil, nil, nil, nil, nil, p }

func (t *T) SelfAssign(n int) {
	t.buf = t.buf[n:]
	t.arr[0] = t.arr[n]
}

func Loop(n int) {
	var last *int
	for i := 0; i < n; i++ {
		x := i
		last = &x
	}
	_ = *last
	var keep []*int
	for i := 0; i < n; i++ {
		keep = append(keep, &i)
	}
	for _, v := range keep {
		func() { v = nil; _ = v }()
	}
again:
	y := n
	last = &y
	if n > 0 {
		n--
		goto again
	}
}

func Deferred(t *T) {
	defer t.method(1)
	defer func() { t.next = nil }()
	for range 3 {
		defer func() { _ = t }()
	}
	go t.method(2)
}

func (t *T) method(n int) { t.f = nil }

func Closures(p *int) func() int {
	a, b := 1, 2
	b++
	big := [40]int{}
	local := func() int { return a + b + big[0] }
	local()
	dead := func() int { return *p }
	_ = dead
	return func() int { return *p + a }
}

func returns(p *int) func() *int { return func() *int { return p } }

func Known() *int {
	x := 1
	get := func() *int { return &x }
	y := *get()
	var f func(p *int) *int
	if y > 0 {
		f = func(p *int) *int { return p }
	} else {
		f = leak
	}
	z := 2
	return f(&z)
}

func leak(p *int) *int { sink = p; return nil }

func even(n int, p *int) *int {
	if n == 0 {
		return p
	}
	return odd(n-1, p)
}

func odd(n int, p *int) *int {
	if n == 0 {
		return nil
	}
	return even(n-1, p)
}

type I interface{ M(*int) *int }

func Interface(i I, p, q *int) (*int, bool) {
	x, ok := i.(*T2)
	_ = x
	return i.M(p), ok
}

type T2 struct{ p *int }

func (t *T2) M(p *int) *int { return t.p }

func Values(t *T2, u T2) (func(*int) *int, func(*int) *int) { return t.M, u.value }

func (u T2) value(p *int) *int { return u.p }

func Boxes(n int, s string, t T2, b []byte) []any {
	return []any{n, s, t, b, 1, "a" + s, string(b), &t, [1]*int{&n}}
}

func Assert(a any) (*int, string, T2) {
	switch x := a.(type) {
	case *int:
		return x, "", T2{}
	case string:
		return nil, x, T2{}
	case T2, nil:
		_ = x
	}
	t := a.(T2)
	return nil, "", t
}

func Makes(n int, s string) (int, byte) {
	const k = 10
	m := 10
	a := make([]int, n)
	b := make([]int, m)
	c := make([]int, 1<<20)
	d := make([]struct{}, k)
	e := make(map[string]*int)
	e[s] = &n
	f := make(chan *T2, 1)
	f <- &T2{}
	g := []byte(s)
	h := []byte(s)
	h[0] = 1
	var huge [1 << 18]byte
	l := len([]int{1, 2, 3})
	copy(a, make([]int, l))
	return len(a) + len(b) + len(c) + len(d), g[0] + huge[0]
}

func Appends(xs []*int, p *int, ys []*int) []*int {
	local := append([]int(nil), 1)
	_ = local
	xs = append(xs, p)
	xs = append(xs, ys...)
	clear(ys)
	copy(xs, ys)
	return xs
}

func Variadic(format string, args ...any) { print(format, len(args)) }

func CallsVariadic(n int) {
	Variadic("a", n, "b")
	Variadic("c")
	panic(n)
}

func Maps(m map[*int]*int, k, v *int) *int {
	m[k] = v
	_ = map[string]*int{"a": v}
	w, ok := m[k]
	_ = ok
	return w
}

func New(n int) (*int, *int) {
	p := new(int)
	q := new(n)
	return p, q
}

func Select(c chan *int, d chan any, p *int) (r *int) {
	select {
	case r = <-c:
	case x := <-d:
		sink = x
	case c <- p:
	}
	return
}

func Params(_ func(), _ *int) {}

func Unnamed(func(), *int) {}

func array(p *[4]*int) []*int { return p[1:2] }

//go:noescape
func trusted(p *int) (q *int)

//go:uintptrescapes
func address(p uintptr, more ...uintptr) {}

// Package level: what is static allocates nothing.

var (
	static  = []any{1, "a", &T{}, func() int { return 2 }}
	inlined = boxed(3)
	partly  = [2]any{4, make([]int, zero)}
	small   = map[string]int{"a": 1}
	large   = map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9}
	zero    = len(large)
)

func boxed(n int) *box { return &box{n} }

type box struct{ value any }
