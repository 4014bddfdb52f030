package p

var tab [256]byte
var small [16]int

const digits = "0123456789abcdef"

type event struct{ kind byte }

func (e event) Kind() byte { return tab[e.kind] }

func operations(b byte, x int, u uint, s []byte) int {
	y := tab[b] + tab[uint8(x)]
	z := small[x&15] + small[u%16] + small[u%17] + small[u/2]
	c, d := digits[b>>4], digits[b&0xf]
	small[x&7] += int(y)
	small[x&^-16]++
	p := &small
	z += p[u&3] + p[3] + p[b>>9]
	s[b&1] = 3
	for i := range small {
		z += small[i]
	}
	return z + int(c) + int(d) + inlined(b) + signed(int8(b))
}

func inlined(b byte) int { return int(tab[b]) + int(tab[b]) }

func signed(b int8) int {
	return small[uint8(b)>>4] + small[15&b] + small[b%16] + int("ab"[b&1])
}

func generic[T ~uint8](t T) byte { return tab[t] }

func statements() (m map[byte]int) {
	if false {
		println(tab[uint8(small[0])])
	}
	switch x := uint8(small[1]); {
	case tab[x] == generic(x):
	}
	tab[uint8(small[1])], tab[uint8(small[2])] = 1, 2
	_ = tab[uint8(small[3])]
	m[tab[uint8(small[1])]]++
	return m
}

// What is copied to a variable before it is used has only its type.
func copied(b byte, i int) []byte {
	var lists [4][]byte
	lists[i&3] = append(lists[i&3], digits[b>>4], tab[b], tab[i&7]+1)
	n, ok := <-make(chan int)
	small[i&1], ok = n, !ok
	small[i&1], small[n&3] = n, n
	return append(make([]byte, small[i&3]), lists[2]...)
}

// The closures that capture something are gone, as all their calls are inlined; the others are compiled.
func closures(b byte, e event) byte {
	none := func(b byte) byte { return tab[b] }
	some := func() byte { return tab[b] }
	branch := func() bool {
		if e.kind > 8 {
			return false
		}
		return e.Kind() == 3
	}
	if b == 3 && !branch() {
		return 1
	}
	kept := func() byte { return tab[b] }
	take(kept)
	return none(b) + some() + func() byte { return tab[b] }() + func(b byte) byte { return tab[b] }(b)
}

//go:noinline
func take(f func() byte) { f() }
