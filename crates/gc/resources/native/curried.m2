curried.go:25:46: imprecise interface call
curried.go:60:6: can inline failed with cost 13 as: func(string, int, *failure) *failure { return &failure{...} }
curried.go:31:6: can inline impl.Foo with cost 2 as: method(impl) func(int) string { return "x" }
curried.go:3:6: can inline h[go.shape.int] with cost 10 as: func(*[1]uintptr, *go.shape.int, int) int { if p == nil { return n }; return n + 1 }
curried.go:10:6: can inline G[go.shape.int] with cost 25 as: func(*[3]uintptr, *go.shape.int) func(*go.shape.int, int) int { return func literal }
curried.go:11:10: can inline G[go.shape.int].func1 with cost 16 as: func(*go.shape.int, int) int { return h[go.shape.int](.autotmp_3, p, n) }
curried.go:16:6: can inline (*List[go.shape.int]).Len with cost 4 as: method(*List[go.shape.int]) func(*[2]uintptr) int { return len(l.items) }
curried.go:19:6: can inline M[go.shape.int] with cost 30 as: func(*[2]uintptr, *List[go.shape.int]) func() int { return func literal }
curried.go:19:52: can inline M[go.shape.int].func1 with cost 8 as: func() int { return (*List[go.shape.int]).Len(.autotmp_3, .autotmp_4) }
curried.go:17:6: can inline List[go.shape.int].Cap with cost 6 as: method(List[go.shape.int]) func(*[2]uintptr, int) int { return cap(l.items) + n }
curried.go:20:6: can inline MV[go.shape.int] with cost 31 as: func(*[2]uintptr, *List[go.shape.int]) func(int) int { return func literal }
curried.go:20:52: can inline MV[go.shape.int].func1 with cost 11 as: func(int) int { return List[go.shape.int].Cap(.autotmp_3, .autotmp_4, ~p0) }
curried.go:21:6: can inline ME[go.shape.int] with cost 25 as: func(*[2]uintptr) func(*List[go.shape.int]) int { return func literal }
curried.go:21:61: can inline ME[go.shape.int].func1 with cost 8 as: func(*List[go.shape.int]) int { return (*List[go.shape.int]).Len(~p0, .autotmp_2) }
curried.go:25:6: can inline TI[go.shape.interface { Foo(int) string }] with cost 66 as: func(*[2]uintptr, go.shape.interface { Foo(int) string }) string { return (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0])(x, 3) }
curried.go:25:6: can inline TI[go.shape.struct { p.a int }] with cost 66 as: func(*[2]uintptr, go.shape.struct { p.a int }) string { return (func(go.shape.struct { p.a int }, int) string)(&.dict[0])(x, 3) }
curried.go:26:6: can inline TV[go.shape.interface { Foo(int) string }] with cost 34 as: func(*[2]uintptr, go.shape.interface { Foo(int) string }) func(int) string { return func literal }
curried.go:26:46: can inline TV[go.shape.interface { Foo(int) string }].func1 with cost 22 as: func(int) string { return .autotmp_3(.autotmp_4, ~p0) }
curried.go:26:6: can inline TV[go.shape.struct { p.a int }] with cost 31 as: func(*[2]uintptr, go.shape.struct { p.a int }) func(int) string { return func literal }
curried.go:26:46: can inline TV[go.shape.struct { p.a int }].func1 with cost 22 as: func(int) string { return .autotmp_3(.autotmp_4, ~p0) }
curried.go:27:6: can inline TE[go.shape.interface { Foo(int) string }] with cost 6 as: func(*[2]uintptr) func(go.shape.interface { Foo(int) string }, int) string { return (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0]) }
curried.go:27:6: can inline TE[go.shape.struct { p.a int }] with cost 6 as: func(*[2]uintptr) func(go.shape.struct { p.a int }, int) string { return (func(go.shape.struct { p.a int }, int) string)(&.dict[0]) }
curried.go:33:6: cannot inline Use: function too complex: cost 893 exceeds budget 80
curried.go:16:6: can inline (*List[go.shape.struct { p.a int; p.b int }]).Len with cost 4 as: method(*List[go.shape.struct { p.a int; p.b int }]) func(*[2]uintptr) int { return len(l.items) }
curried.go:19:6: can inline M[go.shape.struct { p.a int; p.b int }] with cost 30 as: func(*[2]uintptr, *List[go.shape.struct { p.a int; p.b int }]) func() int { return func literal }
curried.go:19:52: can inline M[go.shape.struct { p.a int; p.b int }].func1 with cost 8 as: func() int { return (*List[go.shape.struct { p.a int; p.b int }]).Len(.autotmp_3, .autotmp_4) }
curried.go:48:6: cannot inline local: function too complex: cost 103 exceeds budget 80
curried.go:17:6: can inline List[go.shape.struct { p.a int; p.b int }].Cap with cost 6 as: method(List[go.shape.struct { p.a int; p.b int }]) func(*[2]uintptr, int) int { return cap(l.items) + n }
curried.go:19:6: can inline M[p.pair·1] with cost 36 as: func(*List[p.pair·1]) func() int { return M[go.shape.struct { p.a int; p.b int }](&.dict.M[p.pair·1], l) }
curried.go:17:6: can inline List[p.pair·1].Cap with cost 12 as: method(List[p.pair·1]) func(int) int { return List[go.shape.struct { p.a int; p.b int }].Cap(l, &.dict.List[p.pair·1], n) }
curried.go:16:6: can inline (*List[p.pair·1]).Len with cost 9 as: method(*List[p.pair·1]) func() int { return (*List[go.shape.struct { p.a int; p.b int }]).Len(l, &.dict.List[p.pair·1]) }
curried.go:27:6: can inline TE[p.impl] with cost 11 as: func() func(impl, int) string { return TE[go.shape.struct { p.a int }](&.dict.TE[p.impl]) }
curried.go:27:6: can inline TE[p.I] with cost 11 as: func() func(I, int) string { return TE[go.shape.interface { Foo(int) string }](&.dict.TE[p.I]) }
curried.go:26:6: can inline TV[p.impl] with cost 37 as: func(impl) func(int) string { return TV[go.shape.struct { p.a int }](&.dict.TV[p.impl], x) }
curried.go:26:6: can inline TV[p.I] with cost 40 as: func(I) func(int) string { return TV[go.shape.interface { Foo(int) string }](&.dict.TV[p.I], x) }
curried.go:25:6: can inline TI[p.impl] with cost 72 as: func(impl) string { return TI[go.shape.struct { p.a int }](&.dict.TI[p.impl], x) }
curried.go:25:6: can inline TI[p.I] with cost 72 as: func(I) string { return TI[go.shape.interface { Foo(int) string }](&.dict.TI[p.I], x) }
curried.go:21:6: can inline ME[int] with cost 30 as: func() func(*List[int]) int { return ME[go.shape.int](&.dict.ME[int]) }
curried.go:20:6: can inline MV[int] with cost 37 as: func(*List[int]) func(int) int { return MV[go.shape.int](&.dict.MV[int], l) }
curried.go:19:6: can inline M[int] with cost 36 as: func(*List[int]) func() int { return M[go.shape.int](&.dict.M[int], l) }
curried.go:17:6: can inline List[int].Cap with cost 12 as: method(List[int]) func(int) int { return List[go.shape.int].Cap(l, &.dict.List[int], n) }
curried.go:16:6: can inline (*List[int]).Len with cost 9 as: method(*List[int]) func() int { return (*List[go.shape.int]).Len(l, &.dict.List[int]) }
curried.go:10:6: can inline G[int] with cost 31 as: func(*int) func(*int, int) int { return G[go.shape.int](&.dict.G[int], p) }
curried.go:64:38: inlining call to failed
curried.go:64:19: inlining call to failed
curried.go:11:10: inlining call to h[go.shape.int]
curried.go:19:52: inlining call to (*List[go.shape.int]).Len
curried.go:20:52: inlining call to List[go.shape.int].Cap
curried.go:21:61: inlining call to (*List[go.shape.int]).Len
curried.go:35:3: inlining call to G[go.shape.int]
curried.go:11:10: can inline G[go.shape.int].func1 with cost 16 as: func(*go.shape.int, int) int { return h[go.shape.int](.autotmp_3, p, n) }
curried.go:35:7: inlining call to G[go.shape.int].func1
curried.go:37:3: inlining call to M[go.shape.int]
curried.go:19:52: can inline M[go.shape.int].func1 with cost 8 as: func() int { return (*List[go.shape.int]).Len(.autotmp_3, .autotmp_4) }
curried.go:37:6: inlining call to M[go.shape.int].func1
curried.go:38:4: inlining call to MV[go.shape.int]
curried.go:20:52: can inline MV[go.shape.int].func1 with cost 11 as: func(int) int { return List[go.shape.int].Cap(.autotmp_3, .autotmp_4, ~p0) }
curried.go:38:7: inlining call to MV[go.shape.int].func1
curried.go:39:9: inlining call to ME[go.shape.int]
curried.go:21:61: can inline ME[go.shape.int].func1 with cost 8 as: func(*List[go.shape.int]) int { return (*List[go.shape.int]).Len(~p0, .autotmp_2) }
curried.go:39:11: inlining call to ME[go.shape.int].func1
curried.go:40:4: inlining call to TI[go.shape.interface { Foo(int) string }]
curried.go:40:4: imprecise interface call
curried.go:41:4: inlining call to TI[go.shape.struct { p.a int }]
curried.go:42:4: inlining call to TV[go.shape.interface { Foo(int) string }]
curried.go:26:46: can inline TV[go.shape.interface { Foo(int) string }].func1 with cost 22 as: func(int) string { return .autotmp_3(.autotmp_4, ~p0) }
curried.go:42:7: inlining call to TV[go.shape.interface { Foo(int) string }].func1
curried.go:43:4: inlining call to TV[go.shape.struct { p.a int }]
curried.go:26:46: can inline TV[go.shape.struct { p.a int }].func1 with cost 22 as: func(int) string { return .autotmp_3(.autotmp_4, ~p0) }
curried.go:43:7: inlining call to TV[go.shape.struct { p.a int }].func1
curried.go:44:7: inlining call to TE[go.shape.interface { Foo(int) string }]
curried.go:45:10: inlining call to TE[go.shape.struct { p.a int }]
curried.go:11:10: inlining call to h[go.shape.int]
curried.go:19:52: inlining call to (*List[go.shape.int]).Len
curried.go:20:52: inlining call to List[go.shape.int].Cap
curried.go:21:61: inlining call to (*List[go.shape.int]).Len
curried.go:19:52: inlining call to (*List[go.shape.struct { p.a int; p.b int }]).Len
curried.go:51:3: inlining call to M[go.shape.struct { p.a int; p.b int }]
curried.go:19:52: can inline M[go.shape.struct { p.a int; p.b int }].func1 with cost 8 as: func() int { return (*List[go.shape.struct { p.a int; p.b int }]).Len(.autotmp_3, .autotmp_4) }
curried.go:51:9: inlining call to M[go.shape.struct { p.a int; p.b int }].func1
curried.go:19:52: inlining call to (*List[go.shape.struct { p.a int; p.b int }]).Len
curried.go:19:6: inlining call to M[go.shape.struct { p.a int; p.b int }]
curried.go:17:6: inlining call to List[go.shape.struct { p.a int; p.b int }].Cap
curried.go:16:6: inlining call to (*List[go.shape.struct { p.a int; p.b int }]).Len
curried.go:27:6: inlining call to TE[go.shape.struct { p.a int }]
curried.go:27:6: inlining call to TE[go.shape.interface { Foo(int) string }]
curried.go:26:6: inlining call to TV[go.shape.struct { p.a int }]
curried.go:26:6: inlining call to TV[go.shape.interface { Foo(int) string }]
curried.go:25:6: inlining call to TI[go.shape.struct { p.a int }]
curried.go:25:6: inlining call to TI[go.shape.interface { Foo(int) string }]
curried.go:25:6: imprecise interface call
curried.go:21:6: inlining call to ME[go.shape.int]
curried.go:20:6: inlining call to MV[go.shape.int]
curried.go:19:6: inlining call to M[go.shape.int]
curried.go:17:6: inlining call to List[go.shape.int].Cap
curried.go:16:6: inlining call to (*List[go.shape.int]).Len
curried.go:10:6: inlining call to G[go.shape.int]
<autogenerated>:1: inlining call to impl.Foo
<autogenerated>:1: inlining call to List[p.pair·1].Cap
<autogenerated>:1: inlining call to List[go.shape.struct { p.a int; p.b int }].Cap
<autogenerated>:1: inlining call to List[go.shape.struct { p.a int; p.b int }].Cap
<autogenerated>:1: inlining call to List[int].Cap
<autogenerated>:1: inlining call to List[go.shape.int].Cap
<autogenerated>:1: inlining call to List[go.shape.int].Cap
curried.go:64:19: &failure{...} escapes to heap in init:
curried.go:64:19:   flow: ~r0 ← &{storage for &failure{...}}:
curried.go:64:19:     from &failure{...} (spill) at curried.go:64:19
curried.go:64:19:     from ~r0 = &failure{...} (assign-pair) at curried.go:64:19
curried.go:64:19:   flow: {heap} ← ~r0:
curried.go:64:19:     from known = ~r0 (assign) at curried.go:64:5
curried.go:64:19: "bad " + kind + "!" escapes to heap in init:
curried.go:64:19:   flow: {storage for &failure{...}} ← &{storage for "bad " + kind + "!"}:
curried.go:64:19:     from "bad " + kind + "!" (spill) at curried.go:64:19
curried.go:64:19:     from failure{...} (struct literal element) at curried.go:64:19
curried.go:64:19: make([]int, 4) escapes to heap in init:
curried.go:64:19:   flow: {storage for &failure{...}} ← &{storage for make([]int, 4)}:
curried.go:64:19:     from make([]int, 4) (spill) at curried.go:64:19
curried.go:64:19:     from failure{...} (struct literal element) at curried.go:64:19
curried.go:64:38: &failure{...} escapes to heap in init:
curried.go:64:38:   flow: ~r0 ← &{storage for &failure{...}}:
curried.go:64:38:     from &failure{...} (spill) at curried.go:64:38
curried.go:64:38:     from ~r0 = &failure{...} (assign-pair) at curried.go:64:38
curried.go:64:38:   flow: next ← ~r0:
curried.go:64:38:     from kind, n, next := "input", 4, ~r0 (assign-pair) at curried.go:64:19
curried.go:64:38:   flow: {storage for &failure{...}} ← next:
curried.go:64:38:     from failure{...} (struct literal element) at curried.go:64:19
curried.go:64:38: "bad " + kind + "!" escapes to heap in init:
curried.go:64:38:   flow: {storage for &failure{...}} ← &{storage for "bad " + kind + "!"}:
curried.go:64:38:     from "bad " + kind + "!" (spill) at curried.go:64:38
curried.go:64:38:     from failure{...} (struct literal element) at curried.go:64:38
curried.go:64:38: make([]int, 5) escapes to heap in init:
curried.go:64:38:   flow: {storage for &failure{...}} ← &{storage for make([]int, 5)}:
curried.go:64:38:     from make([]int, 5) (spill) at curried.go:64:38
curried.go:64:38:     from failure{...} (struct literal element) at curried.go:64:38
curried.go:64:38: &failure{...} escapes to heap
curried.go:64:38: "bad " + kind + "!" escapes to heap
curried.go:64:38: make([]int, 5) escapes to heap
curried.go:64:19: &failure{...} escapes to heap
curried.go:64:19: "bad " + kind + "!" escapes to heap
curried.go:64:19: make([]int, 4) escapes to heap
curried.go:35:3: Use capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:37:3: Use capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:37:3: Use capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:38:4: Use capturing by value: .autotmp_3 (addr=false assign=false width=24)
curried.go:38:4: Use capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:39:9: Use capturing by value: .autotmp_2 (addr=false assign=false width=8)
curried.go:42:4: Use capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:42:4: Use capturing by value: .autotmp_4 (addr=false assign=false width=16)
curried.go:43:4: Use capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:43:4: Use capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:33:10: parameter i leaks to {heap} for Use with derefs=0:
curried.go:33:10:   flow: {heap} ← i:
curried.go:33:10:     from .autotmp_10(i, 1) (call parameter) at curried.go:44:9
curried.go:33:10: leaking param: i
curried.go:36:7: &List[int]{} does not escape
curried.go:51:3: local capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:51:3: local capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:61:9: &failure{...} escapes to heap in failed:
curried.go:61:9:   flow: ~r0 ← &{storage for &failure{...}}:
curried.go:61:9:     from &failure{...} (spill) at curried.go:61:9
curried.go:61:9:     from return &failure{...} (return) at curried.go:61:2
curried.go:61:37: "bad " + kind + "!" escapes to heap in failed:
curried.go:61:37:   flow: {storage for &failure{...}} ← &{storage for "bad " + kind + "!"}:
curried.go:61:37:     from "bad " + kind + "!" (spill) at curried.go:61:37
curried.go:61:37:     from failure{...} (struct literal element) at curried.go:61:17
curried.go:61:54: make([]int, n) escapes to heap in failed:
curried.go:61:54:   flow: {storage for &failure{...}} ← &{storage for make([]int, n)}:
curried.go:61:54:     from make([]int, n) (spill) at curried.go:61:54
curried.go:61:54:     from failure{...} (struct literal element) at curried.go:61:17
curried.go:60:33: parameter next leaks to {storage for &failure{...}} for failed with derefs=0:
curried.go:60:33:   flow: {storage for &failure{...}} ← next:
curried.go:60:33:     from failure{...} (struct literal element) at curried.go:61:17
curried.go:60:13: kind does not escape
curried.go:60:33: leaking param: next
curried.go:61:9: &failure{...} escapes to heap
curried.go:61:37: "bad " + kind + "!" escapes to heap
curried.go:61:54: make([]int, n) escapes to heap
curried.go:19:52: M[go.shape.struct { p.a int; p.b int }] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:19:52: M[go.shape.struct { p.a int; p.b int }] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:19:52: func literal escapes to heap in M[go.shape.struct { p.a int; p.b int }]:
curried.go:19:52:   flow: ~r0 ← &{storage for func literal}:
curried.go:19:52:     from func literal (spill) at curried.go:19:52
curried.go:19:52:     from return func literal (return) at curried.go:19:44
curried.go:19:15: parameter l leaks to {storage for func literal} for M[go.shape.struct { p.a int; p.b int }] with derefs=0:
curried.go:19:15:   flow: .autotmp_3 ← l:
curried.go:19:15:     from .autotmp_3 := l (assign) at curried.go:19:52
curried.go:19:15:   flow: {storage for func literal} ← .autotmp_3:
curried.go:19:15:     from .autotmp_3 (captured by a closure) at curried.go:19:52
curried.go:19:6: M[p.pair·1] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:19:6: M[p.pair·1] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:19:6: func literal escapes to heap in M[p.pair·1]:
curried.go:19:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:19:6:     from func literal (spill) at curried.go:19:6
curried.go:19:6:     from ~r0 = func literal (assign-pair) at curried.go:19:6
curried.go:19:6:   flow: ~r0 ← ~r0:
curried.go:19:6:     from return ~r0 (return) at curried.go:19:6
curried.go:19:15: parameter l leaks to {storage for func literal} for M[p.pair·1] with derefs=0:
curried.go:19:15:   flow: l ← l:
curried.go:19:15:     from .dict, l := &.dict.M[p.pair·1], l (assign-pair) at curried.go:19:6
curried.go:19:15:   flow: .autotmp_3 ← l:
curried.go:19:15:     from .autotmp_3 := l (assign) at curried.go:19:6
curried.go:19:15:   flow: {storage for func literal} ← .autotmp_3:
curried.go:19:15:     from .autotmp_3 (captured by a closure) at curried.go:19:52
curried.go:27:6: parameter .dict leaks to ~r0 for TE[go.shape.struct { p.a int }] with derefs=0:
curried.go:27:6:   flow: ~r0 ← .dict:
curried.go:27:6:     from .dict (indirection) at curried.go:27:46
curried.go:27:6:     from .dict[0] (fixed-array-index-of) at curried.go:27:46
curried.go:27:6:     from &.dict[0] (address-of) at curried.go:27:46
curried.go:27:6:     from return (func(go.shape.struct { p.a int }, int) string)(&.dict[0]) (return) at curried.go:27:38
curried.go:27:6: parameter .dict leaks to ~r0 for TE[go.shape.interface { Foo(int) string }] with derefs=0:
curried.go:27:6:   flow: ~r0 ← .dict:
curried.go:27:6:     from .dict (indirection) at curried.go:27:46
curried.go:27:6:     from .dict[0] (fixed-array-index-of) at curried.go:27:46
curried.go:27:6:     from &.dict[0] (address-of) at curried.go:27:46
curried.go:27:6:     from return (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0]) (return) at curried.go:27:38
curried.go:26:46: TV[go.shape.struct { p.a int }] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:26:46: TV[go.shape.struct { p.a int }] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:26:46: func literal escapes to heap in TV[go.shape.struct { p.a int }]:
curried.go:26:46:   flow: ~r0 ← &{storage for func literal}:
curried.go:26:46:     from func literal (spill) at curried.go:26:46
curried.go:26:46:     from return func literal (return) at curried.go:26:38
curried.go:26:6: parameter .dict leaks to {storage for func literal} for TV[go.shape.struct { p.a int }] with derefs=0:
curried.go:26:6:   flow: .autotmp_3 ← .dict:
curried.go:26:6:     from .dict (indirection) at curried.go:26:46
curried.go:26:6:     from .dict[0] (fixed-array-index-of) at curried.go:26:46
curried.go:26:6:     from &.dict[0] (address-of) at curried.go:26:46
curried.go:26:6:     from .autotmp_3 := (func(go.shape.struct { p.a int }, int) string)(&.dict[0]) (assign) at curried.go:26:46
curried.go:26:6:   flow: {storage for func literal} ← .autotmp_3:
curried.go:26:6:     from .autotmp_3 (captured by a closure) at curried.go:26:46
curried.go:26:6: TV[p.impl] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:26:6: TV[p.impl] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:26:6: func literal escapes to heap in TV[p.impl]:
curried.go:26:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:26:6:     from func literal (spill) at curried.go:26:6
curried.go:26:6:     from ~r0 = func literal (assign-pair) at curried.go:26:6
curried.go:26:6:   flow: ~r0 ← ~r0:
curried.go:26:6:     from return ~r0 (return) at curried.go:26:6
curried.go:26:46: TV[go.shape.interface { Foo(int) string }] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:26:46: TV[go.shape.interface { Foo(int) string }] capturing by value: .autotmp_4 (addr=false assign=false width=16)
curried.go:26:14: parameter x leaks to {heap} for TV[go.shape.interface { Foo(int) string }] with derefs=0:
curried.go:26:14:   flow: .autotmp_4 ← x:
curried.go:26:14:     from .autotmp_4 := x (assign) at curried.go:26:46
curried.go:26:14:   flow: {heap} ← .autotmp_4:
curried.go:26:14:     from .autotmp_3(.autotmp_4, ~p0) (call parameter) at curried.go:26:46
curried.go:26:46: func literal escapes to heap in TV[go.shape.interface { Foo(int) string }]:
curried.go:26:46:   flow: ~r0 ← &{storage for func literal}:
curried.go:26:46:     from func literal (spill) at curried.go:26:46
curried.go:26:46:     from return func literal (return) at curried.go:26:38
curried.go:26:6: parameter .dict leaks to {storage for func literal} for TV[go.shape.interface { Foo(int) string }] with derefs=0:
curried.go:26:6:   flow: .autotmp_3 ← .dict:
curried.go:26:6:     from .dict (indirection) at curried.go:26:46
curried.go:26:6:     from .dict[0] (fixed-array-index-of) at curried.go:26:46
curried.go:26:6:     from &.dict[0] (address-of) at curried.go:26:46
curried.go:26:6:     from .autotmp_3 := (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0]) (assign) at curried.go:26:46
curried.go:26:6:   flow: {storage for func literal} ← .autotmp_3:
curried.go:26:6:     from .autotmp_3 (captured by a closure) at curried.go:26:46
curried.go:26:14: parameter x leaks to {storage for func literal} for TV[go.shape.interface { Foo(int) string }] with derefs=0:
curried.go:26:14:   flow: .autotmp_4 ← x:
curried.go:26:14:     from .autotmp_4 := x (assign) at curried.go:26:46
curried.go:26:14:   flow: {storage for func literal} ← .autotmp_4:
curried.go:26:14:     from .autotmp_4 (captured by a closure) at curried.go:26:46
curried.go:26:6: TV[p.I] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:26:6: TV[p.I] capturing by value: .autotmp_4 (addr=false assign=false width=16)
curried.go:26:14: parameter x leaks to {heap} for TV[p.I] with derefs=0:
curried.go:26:14:   flow: x ← x:
curried.go:26:14:     from .dict, x := &.dict.TV[p.I], x (assign-pair) at curried.go:26:6
curried.go:26:14:   flow: .autotmp_4 ← x:
curried.go:26:14:     from .autotmp_4 := x (assign) at curried.go:26:6
curried.go:26:14:   flow: {heap} ← .autotmp_4:
curried.go:26:14:     from .autotmp_3(.autotmp_4, ~p0) (call parameter) at curried.go:26:46
curried.go:26:6: func literal escapes to heap in TV[p.I]:
curried.go:26:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:26:6:     from func literal (spill) at curried.go:26:6
curried.go:26:6:     from ~r0 = func literal (assign-pair) at curried.go:26:6
curried.go:26:6:   flow: ~r0 ← ~r0:
curried.go:26:6:     from return ~r0 (return) at curried.go:26:6
curried.go:26:14: parameter x leaks to {storage for func literal} for TV[p.I] with derefs=0:
curried.go:26:14:   flow: x ← x:
curried.go:26:14:     from .dict, x := &.dict.TV[p.I], x (assign-pair) at curried.go:26:6
curried.go:26:14:   flow: .autotmp_4 ← x:
curried.go:26:14:     from .autotmp_4 := x (assign) at curried.go:26:6
curried.go:26:14:   flow: {storage for func literal} ← .autotmp_4:
curried.go:26:14:     from .autotmp_4 (captured by a closure) at curried.go:26:46
curried.go:25:14: parameter x leaks to {heap} for TI[go.shape.interface { Foo(int) string }] with derefs=0:
curried.go:25:14:   flow: {heap} ← x:
curried.go:25:14:     from (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0])(x, 3) (call parameter) at curried.go:25:50
curried.go:25:14: parameter x leaks to {heap} for TI[p.I] with derefs=0:
curried.go:25:14:   flow: x ← x:
curried.go:25:14:     from .dict, x := &.dict.TI[p.I], x (assign-pair) at curried.go:25:6
curried.go:25:14:   flow: {heap} ← x:
curried.go:25:14:     from (func(go.shape.interface { Foo(int) string }, int) string)(&.dict[0])(x, 3) (call parameter) at curried.go:25:6
curried.go:21:61: ME[go.shape.int] capturing by value: .autotmp_2 (addr=false assign=false width=8)
curried.go:21:61: func literal escapes to heap in ME[go.shape.int]:
curried.go:21:61:   flow: ~r0 ← &{storage for func literal}:
curried.go:21:61:     from func literal (spill) at curried.go:21:61
curried.go:21:61:     from return func literal (return) at curried.go:21:44
curried.go:21:6: ME[int] capturing by value: .autotmp_2 (addr=false assign=false width=8)
curried.go:21:6: func literal escapes to heap in ME[int]:
curried.go:21:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:21:6:     from func literal (spill) at curried.go:21:6
curried.go:21:6:     from ~r0 = func literal (assign-pair) at curried.go:21:6
curried.go:21:6:   flow: ~r0 ← ~r0:
curried.go:21:6:     from return ~r0 (return) at curried.go:21:6
curried.go:20:52: MV[go.shape.int] capturing by value: .autotmp_3 (addr=false assign=false width=24)
curried.go:20:52: MV[go.shape.int] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:20:52: func literal escapes to heap in MV[go.shape.int]:
curried.go:20:52:   flow: ~r0 ← &{storage for func literal}:
curried.go:20:52:     from func literal (spill) at curried.go:20:52
curried.go:20:52:     from return func literal (return) at curried.go:20:44
curried.go:20:16: parameter l leaks to {storage for func literal} for MV[go.shape.int] with derefs=1:
curried.go:20:16:   flow: .autotmp_3 ← *l:
curried.go:20:16:     from l (indirection) at curried.go:20:52
curried.go:20:16:     from .autotmp_3 := l (assign) at curried.go:20:52
curried.go:20:16:   flow: {storage for func literal} ← .autotmp_3:
curried.go:20:16:     from .autotmp_3 (captured by a closure) at curried.go:20:52
curried.go:20:6: MV[int] capturing by value: .autotmp_3 (addr=false assign=false width=24)
curried.go:20:6: MV[int] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:20:6: func literal escapes to heap in MV[int]:
curried.go:20:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:20:6:     from func literal (spill) at curried.go:20:6
curried.go:20:6:     from ~r0 = func literal (assign-pair) at curried.go:20:6
curried.go:20:6:   flow: ~r0 ← ~r0:
curried.go:20:6:     from return ~r0 (return) at curried.go:20:6
curried.go:20:16: parameter l leaks to {storage for func literal} for MV[int] with derefs=1:
curried.go:20:16:   flow: l ← l:
curried.go:20:16:     from .dict, l := &.dict.MV[int], l (assign-pair) at curried.go:20:6
curried.go:20:16:   flow: .autotmp_3 ← *l:
curried.go:20:16:     from l (indirection) at curried.go:20:6
curried.go:20:16:     from .autotmp_3 := l (assign) at curried.go:20:6
curried.go:20:16:   flow: {storage for func literal} ← .autotmp_3:
curried.go:20:16:     from .autotmp_3 (captured by a closure) at curried.go:20:52
curried.go:19:52: M[go.shape.int] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:19:52: M[go.shape.int] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:19:52: func literal escapes to heap in M[go.shape.int]:
curried.go:19:52:   flow: ~r0 ← &{storage for func literal}:
curried.go:19:52:     from func literal (spill) at curried.go:19:52
curried.go:19:52:     from return func literal (return) at curried.go:19:44
curried.go:19:15: parameter l leaks to {storage for func literal} for M[go.shape.int] with derefs=0:
curried.go:19:15:   flow: .autotmp_3 ← l:
curried.go:19:15:     from .autotmp_3 := l (assign) at curried.go:19:52
curried.go:19:15:   flow: {storage for func literal} ← .autotmp_3:
curried.go:19:15:     from .autotmp_3 (captured by a closure) at curried.go:19:52
curried.go:19:6: M[int] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:19:6: M[int] capturing by value: .autotmp_4 (addr=false assign=false width=8)
curried.go:19:6: func literal escapes to heap in M[int]:
curried.go:19:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:19:6:     from func literal (spill) at curried.go:19:6
curried.go:19:6:     from ~r0 = func literal (assign-pair) at curried.go:19:6
curried.go:19:6:   flow: ~r0 ← ~r0:
curried.go:19:6:     from return ~r0 (return) at curried.go:19:6
curried.go:19:15: parameter l leaks to {storage for func literal} for M[int] with derefs=0:
curried.go:19:15:   flow: l ← l:
curried.go:19:15:     from .dict, l := &.dict.M[int], l (assign-pair) at curried.go:19:6
curried.go:19:15:   flow: .autotmp_3 ← l:
curried.go:19:15:     from .autotmp_3 := l (assign) at curried.go:19:6
curried.go:19:15:   flow: {storage for func literal} ← .autotmp_3:
curried.go:19:15:     from .autotmp_3 (captured by a closure) at curried.go:19:52
curried.go:11:10: G[go.shape.int] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:11:10: func literal escapes to heap in G[go.shape.int]:
curried.go:11:10:   flow: ~r0 ← &{storage for func literal}:
curried.go:11:10:     from func literal (spill) at curried.go:11:10
curried.go:11:10:     from return func literal (return) at curried.go:11:2
curried.go:10:6: G[int] capturing by value: .autotmp_3 (addr=false assign=false width=8)
curried.go:10:6: func literal escapes to heap in G[int]:
curried.go:10:6:   flow: ~r0 ← &{storage for func literal}:
curried.go:10:6:     from func literal (spill) at curried.go:10:6
curried.go:10:6:     from ~r0 = func literal (assign-pair) at curried.go:10:6
curried.go:10:6:   flow: ~r0 ← ~r0:
curried.go:10:6:     from return ~r0 (return) at curried.go:10:6
<autogenerated>:1: parameter ~p0 leaks to {heap} for I.Foo with derefs=0:
<autogenerated>:1:   flow: {heap} ← ~p0:
<autogenerated>:1:     from ~p0.Foo(~p1) (call parameter) at <autogenerated>:1
<autogenerated>:1: parameter go.shape.~p0 leaks to {heap} for interface { Foo(int) string }.Foo with derefs=0:
<autogenerated>:1:   flow: {heap} ← go.shape.~p0:
<autogenerated>:1:     from go.shape.~p0.Foo(go.shape.~p1) (call parameter) at <autogenerated>:1
