package p

type Stringer interface{ String() string }

type Number interface{ ~int | ~float64 }

type Named interface{ Name() string }

type Pair[K comparable, V any] struct {
	key   K
	value V
	next  *Pair[K, V]
}

type Table[K comparable, V any] struct {
	m        map[K]V
	first    *Pair[K, V]
	a, b     []V
	onChange func(K, V)
}

func (t *Table[K, V]) Get(k K) (V, bool) {
	v, ok := t.m[k]
	return v, ok
}

func (t *Table[K, V]) Put(k K, v V) {
	if t.m == nil {
		t.m = make(map[K]V, 4)
	}
	t.m[k] = v
	t.a = append(t.a, v)
	t.first = &Pair[K, V]{key: k, value: v, next: t.first}
}

func (t *Table[K, V]) Keys() []K {
	keys := make([]K, 0, len(t.m))
	for k := range t.m {
		keys = append(keys, k)
	}
	return keys
}

func (t *Table[K, V]) Each(yield func(K, V) bool) {
	for p := t.first; p != nil; p = p.next {
		if !yield(p.key, p.value) {
			return
		}
	}
}

func Box[T any](x T) any { return x }

func Print[T Stringer](x T) Stringer { return x }

func Sum[T Number](list ...T) (total T) {
	for _, x := range list {
		total += x
	}
	return total
}

func Map[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

func Kind[T any](x any) int {
	switch y := x.(type) {
	case T:
		_ = y
		return 1
	case *T, []T:
		_ = y
		return 2
	case nil:
		return 3
	case map[string]T:
		return len(y)
	}
	_, ok := x.([]T)
	if ok {
		return 4
	}
	return 0
}

func Names[T Named](list []T) []string {
	return Map(list, func(x T) string { return x.Name() })
}

func Bound[T Named](x T) func() string {
	other := T.Name
	_ = other
	return x.Name
}

func Copy[T any](t *Table[string, T]) *Table[string, T] {
	out := new(Table[string, T])
	for k, v := range t.Each {
		out.Put(k, v)
	}
	delete(out.m, "gone")
	copy(out.b, t.a)
	clear(out.m)
	return out
}

func Send[T any](c chan T, x T) <-chan T {
	select {
	case c <- x:
	case y := <-c:
		_ = y
	default:
	}
	go func(z T) { c <- z }(x)
	defer close(c)
	return c
}

func Nested[T any](x T) [][]T {
	return [][]T{{x}, {x, x}, nil}
}

func Lookup[K comparable, V any](m map[K][]*V, k K) *V {
	if list, ok := m[k]; ok && len(list) > 0 {
		return list[0]
	}
	var zero V
	return &zero
}

func Equal[T comparable](x, y T) bool {
	var i, j any = x, y
	return x == y && i == j && any(x) == j
}

func Slice[S ~[]E, E any](s S, i int) S {
	e := s[i]
	t := append(s[:i], e)
	var u S = S([]E(t))
	return u
}

type person struct{ name string }

func (p person) Name() string   { return p.name }
func (p person) String() string { return p.name }

func Use() {
	var t Table[string, int]
	t.Put("a", 1)
	t.Get("a")
	t.Keys()
	Box(1)
	Print(person{"x"})
	Sum(1, 2)
	Sum(1.5)
	Kind[int](nil)
	Names([]person{{"y"}})
	Bound(person{"z"})
	Copy(&t)
	Send(make(chan int, 1), 1)
	Nested("n")
	Lookup(map[string][]*int{}, "k")
	Equal(1, 2)
	Slice([]int{1}, 0)
}
