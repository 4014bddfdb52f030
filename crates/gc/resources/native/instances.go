package p

type T struct{ next *T }

func (t *T) M() {}

type I interface{ M() }

type List[E any] struct {
	items []E
	first *E
}

func (l *List[E]) Push(e E) { l.items = append(l.items, e) }

func (l List[E]) Len() int { return len(l.items) }

func Same[E any](e E) E { return e }

func Drop[E any](e E) {}

func Three[E any]() int { return 3 }

func As[E any](e E) any { return e }

func Apply[E any](e E, f func(E)) { f(e) }

//go:noinline
func Large[E any](es []E, f func(E)) {
	for _, e := range es {
		f(e)
	}
}

var sink any

func around(n int, s string) *T {
	t := &T{}
	sink = &T{}
	Drop(t)
	sink = []byte(s)
	return Same(&T{next: Same(t)})
}

func closures(es []*T) int {
	n := 0
	Apply(es[0], func(t *T) { n++ })
	count := func(t *T) { n++ }
	Large(es, count)
	Large(es, func(t *T) { sink = t })
	kept := func() { sink = es }
	kept()
	return n
}

func interfaces(t *T) {
	i := As(t).(I)
	i.M()
	var j I = Same[I](&T{})
	j.M()
	func() { sink = t }()
}

func constants() {
	n := Three[int]()
	sink = make([]int, n)
	m := make([]byte, Three[string]())
	_ = m
	sink = n
	sink = 7
}

func lists(l *List[int], s string) int {
	l.Push(1)
	push := l.Push
	push(2)
	local := &List[string]{}
	local.Push(s)
	go l.Push(3)
	defer Drop(s)
	return l.Len() + local.Len()
}

func value(p *int) func(*int) *int {
	f := Same[*int]
	sink = f(p)
	sink = As(f(p)).(*int)
	return Same[*int]
}

func recursive(t *T, n int) *T {
	if n == 0 {
		return t
	}
	return back(t, n)
}

func back[N int | uint](t *T, n N) *T { return recursive(t, int(n)-1) }

func fresh() *T { return &T{} }

var (
	static    = fresh()
	dynamic   = Same(&T{})
	functions = []func(*T) *T{Same[*T], func(t *T) *T { return t }}
)
