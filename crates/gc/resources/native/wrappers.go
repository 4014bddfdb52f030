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
