costs.go:14:10: can inline init.func1 with cost 4 as: func(int) int { return n + 1 }
costs.go:20:6: cannot inline show: marked go:noinline
costs.go:22:6: can inline leaf with cost 4 as: func(int, int) int { return x + y }
costs.go:24:6: can inline nested with cost 16 as: func(int) int { return leaf(leaf(x, 1), 2) }
costs.go:26:6: can inline (*T).first with cost 2 as: method(*T) func() *int { return &t.a }
costs.go:28:6: can inline (*T).second with cost 4 as: method(*T) func() *int { return &t.b }
costs.go:30:6: can inline T.value with cost 6 as: method(T) func() int { return t.a * t.b }
costs.go:32:6: can inline methods with cost 16 as: func(*T) int { return T.value(t) + *(*T).first(t) }
costs.go:34:6: can inline byName with cost 5 as: func(*T) func() int { return t.value }
costs.go:36:6: can inline callsParameter with cost 21 as: func(func(int) int) int { return f(3) }
costs.go:38:6: can inline callsField with cost 60 as: func(*T) { t.f() }
costs.go:40:6: can inline callsInterface with cost 71 as: func(I) (int, error) { return int(.autotmp_3), .autotmp_4 }
costs.go:42:6: can inline twoResults with cost 74 as: func(I) (int, error) { n, err = int(.autotmp_3), .autotmp_4; if err != nil { return 0, err }; return n, nil }
costs.go:50:6: can inline commaOk with cost 11 as: func(*T, string) bool { _, ok := (*T)(.autotmp_4), .autotmp_5; return ok }
costs.go:55:6: can inline assertion with cost 76 as: func(any) string { if ok { return s }; return show(... argument...) }
costs.go:62:6: can inline slices with cost 21 as: func([]byte, int) int { return len(s[:n]) + len(s[0:n]) + len(s[:len(s)]) + cap(s[1:2:3]) }
costs.go:64:6: can inline constants with cost 2 as: func() string { return "ab" }
costs.go:71:6: can inline partly with cost 10 as: func(bool) int { if (false || on) && true { return 1 }; return 2 }
costs.go:78:6: can inline byKey with cost 23 as: func(*T) { for loop; for loop }
costs.go:87:6: can inline ranges with cost 10 as: func([]int) int { for loop; return  }
costs.go:94:6: cannot inline conversions: function too complex: cost 101 exceeds budget 80
costs.go:99:6: can inline literals with cost 23 as: func() (*T, []int, map[string]int, [2]T) { return &T{...}, []int{...}, map[string]int{...}, [2]T{...} }
costs.go:103:6: can inline variadic with cost 3 as: func(...any) int { return len(xs) }
costs.go:105:6: can inline callsVariadic with cost 23 as: func() int { return variadic(nil...) + variadic(... argument...) }
costs.go:107:6: cannot inline switches: function too complex: cost 93 exceeds budget 80
costs.go:131:6: can inline selects with cost 41 as: func(chan int, chan<- string) int { select statement; return 0 }
costs.go:146:9: can inline closures.func1 with cost 4 as: func(int) int { return n + m }
costs.go:147:11: can inline closures.func2 with cost 17 as: func() func() int { return func literal }
costs.go:145:6: cannot inline closures: function too complex: cost 131 exceeds budget 80
costs.go:147:38: can inline closures.func2.1 with cost 2 as: func() int { return n }
costs.go:151:6: cannot inline reassigned: function too complex: cost 87 exceeds budget 80
costs.go:152:7: can inline reassigned.func1 with cost 2 as: func() int { return n }
costs.go:159:6: can inline even with cost 69 as: func(int) bool { if n == 0 { return true }; return odd(n - 1) }
costs.go:166:6: cannot inline odd: function too complex: cost 81 exceeds budget 80
costs.go:173:6: cannot inline defers: unhandled op DEFER
costs.go:175:2: can inline defers.deferwrap1 with cost 63 as: func() { show(... argument...) }
costs.go:176:2: can inline defers.gowrap2 with cost 8 as: func() { T.value(.autotmp_3) }
costs.go:179:6: cannot inline recovers: unhandled op DEFER
costs.go:180:8: cannot inline recovers.func1: call to recover
costs.go:184:6: can inline panics with cost 78 as: func(int) { if n < 0 { panic("negative") }; if n > 9 { panic(show(... argument...)) } }
costs.go:193:6: can inline labels with cost 24 as: func(int) int { outer: ; for loop; goto end; end: ; return n }
costs.go:208:6: can inline dead with cost 8 as: func(int) int { if n > 0 { return 1 } else { return 2 } }
costs.go:217:6: cannot inline marked: marked go:noinline
costs.go:219:6: cannot inline assembly: no function body
costs.go:221:6: can inline strings with cost 18 as: func(string, string) bool { return (a + b + "c") < b && !(a == "" || b[0] == byte(120)) }
costs.go:223:6: can inline operations with cost 21 as: func(int, int, uint) int { x += y; x <<= u; x++; x &^= 7; return -x ^ y &^ 3 << uint(2) }
costs.go:225:6: can inline allocations with cost 20 as: func(int) (*T, *int, []int, map[int]int, chan int, any) { return new(T), &.autotmp_7, make([]int, n, 2 * n), make(map[int]int), make(chan int, 4), n }
costs.go:229:6: can inline init.0 with cost 5 as: func() { table[0] = 1 }
costs.go:231:6: can inline embedded with cost 22 as: func(outer) int { return T.value(o.T) + o.T.a + o.T.b + o.p.a }
costs.go:238:6: can inline methodExpressions with cost 16 as: func(T) int { return T.value(t) + *(*T).first(&t) }
costs.go:240:6: can inline compare with cost 14 as: func(I, any, error) bool { return i == j || e == nil || j == 3 }
costs.go:242:6: can inline minmax with cost 16 as: func(float64, float64, complex128) float64 { return max(a, b, 1) + min(real(c), imag(c)) + (real(complex(a, b))) }
costs.go:246:6: can inline appends with cost 19 as: func(*T, []byte, string) []byte { copy(t.s, bs); clear(t.m); delete(t.m, s); return append(append(t.s, byte(97), byte(98)), s...) }
