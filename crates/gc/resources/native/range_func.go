package p

type Seq[V any] func(yield func(V) bool)

type Seq2[K, V any] func(yield func(K, V) bool)

func count(n int) Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

//go:noinline
func pairs(yield func(*int, string) bool) { yield(nil, "") }

func none(yield func() bool) {
	for yield() {
	}
}

type List struct {
	next *List
	item *int
}

func (l *List) All(yield func(*List) bool) {
	for ; l != nil; l = l.next {
		if !yield(l) {
			return
		}
	}
}

var sink *int

// Results without names get some; the values leave two loops.
func find(l *List, want int) (*int, bool) {
	for item := range l.All {
		for i := range count(want) {
			if i == *item.item {
				return item.item, true
			}
		}
	}
	return nil, false
}

// Branches to all places around.
func branches(l *List, n int) (total int) {
outer:
	for a := range l.All {
		switch {
		case n == 1:
			break
		case n == 2:
			break outer
		}
	middle:
		for range 10 {
			for i := range count(n) {
				if i == 3 {
					continue outer
				}
				for range none {
					if i == 4 {
						break middle
					}
					if i == 5 {
						continue middle
					}
					if i == 6 {
						goto end
					}
					if i == 7 {
						break outer
					}
					continue
				}
				if i == 8 {
					break
				} else {
					continue
				}
			}
		}
		total += *a.item
	}
end:
	return total
}

// Deferred calls are the function's own.
func defers(l *List, release func(*List, int)) {
	for item := range l.All {
		defer release(item, 1)
		defer func() { sink = item.item }()
	}
	for range none {
		defer println()
	}
}

// Variables that are there already, of other types, and blank ones.
func assigned() (key any, value string) {
	for key, value = range pairs {
		println(value)
	}
	for _, value = range pairs {
		println(value)
	}
	for _, value := range pairs {
		println(value)
	}
	for key = range pairs {
		println(key)
	}
	for range pairs {
	}
	return
}

// Literals in bodies, and loops in literals.
func literals(l *List) []func() int {
	var all []func() int
	for item := range l.All {
		all = append(all, func() int { return *item.item })
		run := func() {
			for i := range count(3) {
				println(i, func() int { return *item.item + i }())
			}
		}
		run()
		go run()
	}
	return all
}

// The iterator does not go away, so what its body uses does not either.
func kept(iterate Seq[*int]) *int {
	var last *int
	for p := range iterate {
		if p == nil {
			return last
		}
		last = p
	}
	return last
}

func blank(iterate Seq[int]) (_ int, err error) {
	for i := range iterate {
		if i > 1 {
			return i, nil
		}
	}
	return 1, err
}

func mapped[K comparable, V any](m map[K]V) Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for k, v := range m {
			if !yield(k, v) {
				return
			}
		}
	}
}

func keys[K comparable, V any](m map[K]V, skip func(V) bool) (list []K) {
	for k, v := range mapped(m) {
		if skip(v) {
			continue
		}
		list = append(list, k)
	}
	return list
}

func first[T any](iterate Seq[T]) (T, bool) {
	for x := range iterate {
		return x, true
	}
	var zero T
	return zero, false
}

func uses(m map[string]*int) ([]string, int, bool) {
	names := keys(m, func(p *int) bool { return p == nil })
	n, ok := first(count(2))
	return names, n, ok
}

// What ends on all ways leaves nothing behind it.
func ends(l *List) int {
	for item := range l.All {
		if item.item == nil {
			break
		} else {
			return *item.item
		}
	}
	return 0
}

func several() (int, error)

func passes(l *List) (int, error) {
	for range l.All {
		return several()
	}
	return 0, nil
}
