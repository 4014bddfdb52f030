inlining.go:5:6: can inline add with cost 4 as: func(int, int) int { return a + b }
inlining.go:7:6: can inline abs with cost 11 as: func(int) int { if n < 0 { return -n }; m = n; return  }
inlining.go:15:6: can inline nested with cost 29 as: func(int) int { return add(abs(a), add(a, 1)) }
inlining.go:19:6: can inline later with cost 17 as: func(int) func() int { return func literal }
inlining.go:19:39: can inline later.func1 with cost 4 as: func() int { return x + 1 }
inlining.go:21:6: cannot inline now: function too complex: cost 84 exceeds budget 80
inlining.go:23:45: can inline inClosure.func1 with cost 21 as: func() func() int { return later(3) }
inlining.go:23:6: can inline inClosure with cost 17 as: func() func() func() int { return func literal }
inlining.go:26:6: cannot inline work: marked go:noinline
inlining.go:29:7: can inline once.func1 with cost 180 as: func() { work(n); work(n); work(n) }
inlining.go:28:6: can inline once with cost 79 as: func(int) { f := func literal; f() }
inlining.go:38:7: can inline twice.func1 with cost 180 as: func() { work(n); work(n); work(n) }
inlining.go:37:6: cannot inline twice: function too complex: cost 138 exceeds budget 80
inlining.go:49:6: can inline even with cost 67 as: func(int) bool { return n == 0 || odd(n - 1) }
inlining.go:51:6: can inline odd with cost 77 as: func(int) bool { return n != 0 && even(n - 1) }
inlining.go:53:6: can inline self with cost 69 as: func(int) int { if n == 0 { return 0 }; return self(n - 1) }
inlining.go:66:6: can inline square.area with cost 6 as: method(square) func() int { return s.side * s.side }
inlining.go:75:6: can inline (*wrapped).String with cost 2 as: method(*wrapped) func() string { return "wrapped" }
inlining.go:77:6: can inline choose with cost 5 as: func() shape { return square{...} }
inlining.go:79:6: cannot inline devirtualized: unhandled op DEFER
inlining.go:86:2: can inline devirtualized.deferwrap1 with cost 60 as: func() { .autotmp_6.area() }
inlining.go:90:6: can inline different with cost 76 as: func(bool) int { s := square{...}; if ok { s = &named{} }; return s.area() }
inlining.go:87:15: devirtualizing s.area to square
inlining.go:87:37: devirtualizing u.area to *named
inlining.go:87:48: partially devirtualizing v.area to wrapped
inlining.go:86:14: devirtualizing .autotmp_6.area to square
inlining.go:15:40: inlining call to abs
inlining.go:15:48: inlining call to add
inlining.go:15:36: inlining call to add
inlining.go:21:30: inlining call to later
inlining.go:19:39: can inline later.func1 with cost 4 as: func() int { return x + 1 }
inlining.go:21:33: inlining call to later.func1
inlining.go:23:77: inlining call to later
inlining.go:34:3: inlining call to once.func1
inlining.go:49:45: inlining call to odd
inlining.go:49:45: inlining call to even
inlining.go:51:45: inlining call to even
inlining.go:51:45: inlining call to odd
inlining.go:57:13: inlining call to self
inlining.go:81:13: inlining call to choose
inlining.go:87:15: inlining call to square.area
inlining.go:87:26: devirtualizing t.area to square
inlining.go:87:26: inlining call to square.area
inlining.go:87:37: inlining call to square.area
inlining.go:86:14: inlining call to square.area
