package p

type Box[E any] struct{ e E }

func (b *Box[E]) Map[R any](f func(E) R) R { return f(b.e) }

func (b *Box[E]) Both[R any](f func(E) R) (R, E) { return b.Map(f), b.e }

func (b Box[E]) Pair[K comparable](k K) map[K]E { return map[K]E{k: b.e} }

type Plain struct{ n int }

func (b Plain) Map[R any](f func(int) R) R { return f(b.n) }

func (b *Plain) New[T any]() *T {
	b.n++
	return new(T)
}

type outer struct{ Plain }

func Use(b *Box[int], p Plain, o *outer) string {
	b.Both(func(n int) string { return "x" })
	b.Pair("k")
	p.Map[bool](func(n int) bool { return n > 0 })
	p.New[[]int]()
	o.Map(func(n int) int { return n })
	return b.Map(func(n int) string { return "x" })
}
