package p

func h[T any](p *T, n int) int {
	if p == nil {
		return n
	}
	return n + 1
}

func G[T any](p *T) func(*T, int) int {
	return h[T]
}

type List[T any] struct{ items []T }

func (l *List[T]) Len() int     { return len(l.items) }
func (l List[T]) Cap(n int) int { return cap(l.items) + n }

func M[T any](l *List[T]) func() int     { return l.Len }
func MV[T any](l *List[T]) func(int) int { return l.Cap }
func ME[T any]() func(*List[T]) int      { return (*List[T]).Len }

type I interface{ Foo(int) string }

func TI[T I](x T) string           { return x.Foo(3) }
func TV[T I](x T) func(int) string { return x.Foo }
func TE[T I]() func(T, int) string { return T.Foo }

type impl struct{ a int }

func (i impl) Foo(n int) string { return "x" }

func Use(i I, v impl) {
	var n int
	G(&n)(&n, 3)
	l := &List[int]{}
	M(l)()
	MV(l)(2)
	ME[int]()(l)
	TI(i)
	TI(v)
	TV(i)(1)
	TV(v)(1)
	TE[I]()(i, 1)
	TE[impl]()(v, 2)
}

func local() {
	type pair struct{ a, b int }
	var all List[pair]
	M(&all)()
}

type failure struct {
	msg  string
	args []int
	next *failure
}

func failed(kind string, n int, next *failure) *failure {
	return &failure{msg: "bad " + kind + "!", args: make([]int, n), next: next}
}

var known = failed("input", 4, failed("digit", 5, nil))
