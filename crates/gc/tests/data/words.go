package words

import (
	"fmt"
	"io"
)

type node struct {
	next  *node
	value any
	names []string
}

var kept *node

func returned() *node { return &node{} }

func global() {
	var n node
	kept = &n
}

func field(n *node) {
	var next node
	n.next = &next
}

func through(pp **node) {
	n := new(node)
	*pp = n
}

func element(nodes []*node, m map[string]*node, b []byte) {
	nodes[0] = &node{}
	m[string(b)] = new(node)
}

func printed(x int) { fmt.Println("x", x) }

func written(w io.Writer) {
	var buf [16]byte
	w.Write(buf[:])
}

func sent(ch chan *node) { ch <- &node{value: 1} }

func goroutine() {
	count := 0
	go func() { count++ }()
}

func deferred() {
	for i := range 3 {
		defer func() { println(i) }()
	}
}

func closure() func() int {
	n := 1
	return func() int { n++; return n }
}

func panics(code int) { panic(code) }

func appended(nodes []*node) []*node {
	more := []*node{{}}
	return append(append(nodes, &node{}), more...)
}

func copied(dst []*node) {
	src := []*node{{}, {}}
	copy(dst, src)
}

func literals() (map[string]*node, [2]*node, []any, node) {
	m := map[string]*node{"a": {}}
	return m, [2]*node{{}, {}}, []any{returned}, node{next: &node{}}
}

func big() int {
	var a [1 << 18]byte
	return int(a[kept.next.names[0][0]])
}

func loop() {
	var last *int
	for i := range 4 {
		j := i
		last = &j
	}
	_ = *last
}

//go:noinline
func same(p *node) *node { return p.next }

func leaks(p *node, q *node, v any) *node {
	switch v := v.(type) {
	case *node:
		return v
	}
	for _, n := range q.names {
		kept.names = append(kept.names, n)
	}
	return same(p)
}
