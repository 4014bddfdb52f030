package p

type pair struct{ a, b int }

func (p pair) Sum() int { return p.a + p.b }

func (p pair) Both() (int, int) { return p.a, p.b }

func (p *pair) Grow() *pair { return &pair{a: p.a} }

func (p pair) large() {
	for range p.a {
		println(p.b)
		println(p.a)
		println(p.Sum(), p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b)
		println(p.Sum(), p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b, p.a, p.b)
	}
}

type inner struct {
	names []string
	next  *inner
}

func (i *inner) Add(names ...string) { i.names = append(i.names, names...) }

func (i *inner) Cut(n int) { i.names = i.names[:n] }

func (i inner) Each(f func(string)) {
	each := func(names []string) {
		for _, name := range names {
			f(name)
		}
	}
	each(i.names)
}

//go:noinline
func (i *inner) Fixed() {}

type byValue struct {
	inner
	pair
}

type byPointer struct{ *inner }

type deep struct{ byPointer }

type I interface{ Sum() int }

type byInterface struct{ I }

type number int

func (n number) String() string { return string(rune(n)) + "n" }

func values(p pair, i *inner, n number) {
	f := p.Sum
	g := i.Cut
	h := n.String
	k := i.Add
	println(f(), h())
	g(1)
	k("x")
}

// What has no name, and types of functions.
var unnamed struct{ pair }

func local() any {
	type holder struct{ *inner }
	return holder{}
}

type list[E any] struct{ elems []E }

func (l list[E]) Len() int { return len(l.elems) }

func (l *list[E]) Push(e E) { l.elems = append(l.elems, e) }

type names struct{ list[string] }

type cell[E any] struct{ v E }

func (c *cell[E]) Get() E { return c.v }

// Its argument's shape has the methods of what is embedded.
var held cell[byValue]

type tree[E any] struct {
	cell[E]
	left *tree[E]
}

func grow(t tree[*pair]) *pair { return t.Get() }
