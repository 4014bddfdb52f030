generic_methods.go:5:6: can inline (*Box[go.shape.int]).Map[go.shape.string] with cost 22 as: method(*Box[go.shape.int]) func(*[3]uintptr, func(go.shape.int) go.shape.string) go.shape.string { return f(b.e) }
generic_methods.go:7:6: can inline (*Box[go.shape.int]).Both[go.shape.string] with cost 32 as: method(*Box[go.shape.int]) func(*[5]uintptr, func(go.shape.int) go.shape.string) (go.shape.string, go.shape.int) { return (*Box[go.shape.int]).Map[go.shape.string](b, (*[3]uintptr)(.dict[0]), f), b.e }
generic_methods.go:23:9: can inline Use.func1 with cost 2 as: func(int) string { return "x" }
generic_methods.go:9:6: can inline Box[go.shape.int].Pair[go.shape.string] with cost 6 as: method(Box[go.shape.int]) func(*[4]uintptr, go.shape.string) map[go.shape.string]go.shape.int { return map[go.shape.string]go.shape.int{...} }
generic_methods.go:13:6: can inline Plain.Map[go.shape.bool] with cost 22 as: method(Plain) func(*[2]uintptr, func(int) go.shape.bool) go.shape.bool { return f(b.n) }
generic_methods.go:25:14: can inline Use.func2 with cost 4 as: func(int) bool { return n > 0 }
generic_methods.go:15:6: can inline (*Plain).New[go.shape.[]int] with cost 11 as: method(*Plain) func(*[2]uintptr) *go.shape.[]int { b.n++; return new(<node DYNAMICTYPE>) }
generic_methods.go:13:6: can inline Plain.Map[go.shape.int] with cost 22 as: method(Plain) func(*[2]uintptr, func(int) go.shape.int) go.shape.int { return f(b.n) }
generic_methods.go:27:8: can inline Use.func3 with cost 2 as: func(int) int { return n }
generic_methods.go:28:15: can inline Use.func4 with cost 2 as: func(int) string { return "x" }
generic_methods.go:22:6: cannot inline Use: function too complex: cost 208 exceeds budget 80
generic_methods.go:7:64: inlining call to (*Box[go.shape.int]).Map[go.shape.string]
generic_methods.go:23:8: inlining call to (*Box[go.shape.int]).Both[go.shape.string]
generic_methods.go:24:8: inlining call to Box[go.shape.int].Pair[go.shape.string]
generic_methods.go:25:13: inlining call to Plain.Map[go.shape.bool]
generic_methods.go:26:14: inlining call to (*Plain).New[go.shape.[]int]
generic_methods.go:27:7: inlining call to Plain.Map[go.shape.int]
generic_methods.go:28:14: inlining call to (*Box[go.shape.int]).Map[go.shape.string]
generic_methods.go:23:8: inlining call to (*Box[go.shape.int]).Map[go.shape.string]
generic_methods.go:25:13: inlining call to Use.func2
generic_methods.go:27:7: inlining call to Use.func3
generic_methods.go:28:14: inlining call to Use.func4
generic_methods.go:23:8: inlining call to Use.func1
generic_methods.go:22:10: b does not escape
generic_methods.go:22:32: o does not escape
generic_methods.go:24:8: map[go.shape.string]go.shape.int{...} does not escape
generic_methods.go:26:14: new(<node DYNAMICTYPE>) does not escape
generic_methods.go:17:12: new(<node DYNAMICTYPE>) escapes to heap in (*Plain).New[go.shape.[]int]:
generic_methods.go:17:12:   flow: ~r0 ← &{storage for new(<node DYNAMICTYPE>)}:
generic_methods.go:17:12:     from new(<node DYNAMICTYPE>) (spill) at generic_methods.go:17:12
generic_methods.go:17:12:     from return new(<node DYNAMICTYPE>) (return) at generic_methods.go:17:2
generic_methods.go:17:12: new(<node DYNAMICTYPE>) escapes to heap
generic_methods.go:9:36: parameter k leaks to {heap} for Box[go.shape.int].Pair[go.shape.string] with derefs=0:
generic_methods.go:9:36:   flow: {heap} ← k:
generic_methods.go:9:36:     from map[go.shape.string]go.shape.int{...} (map literal key) at generic_methods.go:9:65
generic_methods.go:9:65: map[go.shape.string]go.shape.int{...} escapes to heap in Box[go.shape.int].Pair[go.shape.string]:
generic_methods.go:9:65:   flow: ~r0 ← &{storage for map[go.shape.string]go.shape.int{...}}:
generic_methods.go:9:65:     from map[go.shape.string]go.shape.int{...} (spill) at generic_methods.go:9:65
generic_methods.go:9:65:     from return map[go.shape.string]go.shape.int{...} (return) at generic_methods.go:9:51
generic_methods.go:9:65: map[go.shape.string]go.shape.int{...} escapes to heap
