dictionaries.go:150:6: can inline person.Name with cost 3 as: method(person) func() string { return p.name }
dictionaries.go:151:6: can inline person.String with cost 3 as: method(person) func() string { return p.name }
dictionaries.go:27:6: can inline (*Table[go.shape.string,go.shape.int]).Put with cost 35 as: method(*Table[go.shape.string,go.shape.int]) func(*[18]uintptr, go.shape.string, go.shape.int) { if t.m == nil { t.m = make(map[go.shape.string]go.shape.int, 4) }; t.m[k] = v; t.a = append(t.a, v); t.first = &Pair[go.shape.string,go.shape.int]{...} }
dictionaries.go:22:6: can inline (*Table[go.shape.string,go.shape.int]).Get with cost 14 as: method(*Table[go.shape.string,go.shape.int]) func(*[18]uintptr, go.shape.string) (go.shape.int, bool) { v, ok := go.shape.int(.autotmp_7), .autotmp_8; return v, ok }
dictionaries.go:36:6: can inline (*Table[go.shape.string,go.shape.int]).Keys with cost 22 as: method(*Table[go.shape.string,go.shape.int]) func(*[18]uintptr) []go.shape.string { keys := make([]go.shape.string, 0, len(t.m)); for loop; return keys }
dictionaries.go:52:6: can inline Box[go.shape.int] with cost 3 as: func(*[2]uintptr, go.shape.int) any { return x }
dictionaries.go:54:6: can inline Print[go.shape.struct { p.name string }] with cost 3 as: func(*[2]uintptr, go.shape.struct { p.name string }) Stringer { return x }
dictionaries.go:56:6: can inline Sum[go.shape.int] with cost 11 as: func(*[3]uintptr, ...go.shape.int) go.shape.int { for loop; return total }
dictionaries.go:56:6: can inline Sum[go.shape.float64] with cost 11 as: func(*[3]uintptr, ...go.shape.float64) go.shape.float64 { for loop; return total }
dictionaries.go:71:6: can inline Kind[go.shape.int] with cost 67 as: func(*[5]uintptr, any) int { switch statement; _, ok := ([]go.shape.int)(.autotmp_8), .autotmp_9; if ok { return 4 }; return 0 }
dictionaries.go:63:6: can inline Map[go.shape.struct { p.name string },go.shape.string] with cost 41 as: func(*[7]uintptr, []go.shape.struct { p.name string }, func(go.shape.struct { p.name string }) go.shape.string) []go.shape.string { out := make([]go.shape.string, len(list)); for loop; return out }
dictionaries.go:91:6: can inline Names[go.shape.struct { p.name string }] with cost 65 as: func(*[4]uintptr, []go.shape.struct { p.name string }) []string { return Map[go.shape.struct { p.name string },go.shape.string]((*[7]uintptr)(.dict[1]), list, func literal) }
dictionaries.go:92:19: can inline Names[go.shape.struct { p.name string }].func1 with cost 65 as: func(go.shape.struct { p.name string }) string { return (func(go.shape.struct { p.name string }) string)(&.dict[0])(x) }
dictionaries.go:95:6: can inline Bound[go.shape.struct { p.name string }] with cost 43 as: func(*[3]uintptr, go.shape.struct { p.name string }) func() string { other := (func(go.shape.struct { p.name string }) string)(&.dict[0]); _ = other; return func literal }
dictionaries.go:98:10: can inline Bound[go.shape.struct { p.name string }].func1 with cost 21 as: func() string { return .autotmp_4(.autotmp_5) }
dictionaries.go:44:6: can inline (*Table[go.shape.string,go.shape.int]).Each with cost 40 as: method(*Table[go.shape.string,go.shape.int]) func(*[18]uintptr, func(go.shape.string, go.shape.int) bool) { for loop }
dictionaries.go:101:6: cannot inline Copy[go.shape.int]: function too complex: cost 106 exceeds budget 80
dictionaries.go:103:2: can inline Copy[go.shape.int]-range1 with cost 63 as: func(string, go.shape.int) bool { #tmpState := #state1; #state1 = 2; if #tmpState != 1 { runtime.panicrangestate(#tmpState) }; (*Table[go.shape.string,go.shape.int]).Put(out, (*[18]uintptr)(.dict[0]), k, v); #state1 = 1; return true }
dictionaries.go:112:6: cannot inline Send[go.shape.int]: unhandled op GO
dictionaries.go:119:5: can inline Send[go.shape.int].func1 with cost 3 as: func(go.shape.int) { c <- z }
dictionaries.go:119:2: can inline Send[go.shape.int].gowrap1 with cost 20 as: func() { .autotmp_5(.autotmp_6) }
dictionaries.go:120:2: can inline Send[go.shape.int].deferwrap2 with cost 2 as: func() { close(.autotmp_7) }
dictionaries.go:124:6: can inline Nested[go.shape.string] with cost 11 as: func(*[2]uintptr, go.shape.string) [][]go.shape.string { return [][]go.shape.string{...} }
dictionaries.go:128:6: can inline Lookup[go.shape.string,go.shape.int] with cost 28 as: func(*[5]uintptr, map[go.shape.string][]*go.shape.int, go.shape.string) *go.shape.int { if ok && len(list) > 0 { return list[0] }; zero = <nil>; return &zero }
dictionaries.go:136:6: can inline Equal[go.shape.int] with cost 24 as: func(*[2]uintptr, go.shape.int, go.shape.int) bool { i, j := x, y; return x == y && i == j && any(x) == j }
dictionaries.go:141:6: can inline Slice[go.shape.[]int,go.shape.int] with cost 23 as: func(*[5]uintptr, go.shape.[]int, int) go.shape.[]int { e := s[i]; t := append(s[:i], e); u := go.shape.[]int(([]go.shape.int)(t)); return u }
dictionaries.go:153:6: cannot inline Use: function too complex: cost 582 exceeds budget 80
dictionaries.go:141:6: can inline Slice[[]int,int] with cost 30 as: func([]int, int) []int { return Slice[go.shape.[]int,go.shape.int](&.dict.Slice[[]int,int], s, i) }
dictionaries.go:136:6: can inline Equal[int] with cost 31 as: func(int, int) bool { return Equal[go.shape.int](&.dict.Equal[int], x, y) }
dictionaries.go:128:6: can inline Lookup[string,int] with cost 35 as: func(map[string][]*int, string) *int { return Lookup[go.shape.string,go.shape.int](&.dict.Lookup[string,int], m, k) }
dictionaries.go:124:6: can inline Nested[string] with cost 17 as: func(string) [][]string { return Nested[go.shape.string](&.dict.Nested[string], x) }
dictionaries.go:112:6: can inline Send[int] with cost 64 as: func(chan int, int) <-chan int { return Send[go.shape.int](&.dict.Send[int], c, x) }
dictionaries.go:101:6: can inline Copy[int] with cost 63 as: func(*Table[string,int]) *Table[string,int] { return Copy[go.shape.int](&.dict.Copy[int], t) }
dictionaries.go:95:6: can inline Bound[p.person] with cost 49 as: func(person) func() string { return Bound[go.shape.struct { p.name string }](&.dict.Bound[p.person], x) }
dictionaries.go:91:6: can inline Names[p.person] with cost 71 as: func([]person) []string { return Names[go.shape.struct { p.name string }](&.dict.Names[p.person], list) }
dictionaries.go:71:6: can inline Kind[int] with cost 73 as: func(any) int { return Kind[go.shape.int](&.dict.Kind[int], x) }
dictionaries.go:56:6: can inline Sum[float64] with cost 17 as: func(...float64) float64 { return Sum[go.shape.float64](&.dict.Sum[float64], list...) }
dictionaries.go:56:6: can inline Sum[int] with cost 17 as: func(...int) int { return Sum[go.shape.int](&.dict.Sum[int], list...) }
dictionaries.go:54:6: can inline Print[p.person] with cost 9 as: func(person) Stringer { return Print[go.shape.struct { p.name string }](&.dict.Print[p.person], x) }
dictionaries.go:52:6: can inline Box[int] with cost 9 as: func(int) any { return Box[go.shape.int](&.dict.Box[int], x) }
dictionaries.go:44:6: can inline (*Table[string,int]).Each with cost 45 as: method(*Table[string,int]) func(func(string, int) bool) { (*Table[go.shape.string,go.shape.int]).Each(t, &.dict.Table[string,int], yield) }
dictionaries.go:36:6: can inline (*Table[string,int]).Keys with cost 27 as: method(*Table[string,int]) func() []string { return (*Table[go.shape.string,go.shape.int]).Keys(t, &.dict.Table[string,int]) }
dictionaries.go:27:6: can inline (*Table[string,int]).Put with cost 41 as: method(*Table[string,int]) func(string, int) { (*Table[go.shape.string,go.shape.int]).Put(t, &.dict.Table[string,int], k, v) }
dictionaries.go:22:6: can inline (*Table[string,int]).Get with cost 29 as: method(*Table[string,int]) func(string) (int, bool) { return .autotmp_4, .autotmp_5 }
dictionaries.go:92:12: inlining call to Map[go.shape.struct { p.name string },go.shape.string]
dictionaries.go:92:12: inlining call to Names[go.shape.struct { p.name string }].func1
dictionaries.go:103:2: inlining call to (*Table[go.shape.string,go.shape.int]).Each
dictionaries.go:103:2: inlining call to Copy[go.shape.int]-range1
dictionaries.go:103:2: inlining call to (*Table[go.shape.string,go.shape.int]).Put
dictionaries.go:104:10: inlining call to (*Table[go.shape.string,go.shape.int]).Put
dictionaries.go:155:7: inlining call to (*Table[go.shape.string,go.shape.int]).Put
dictionaries.go:156:7: inlining call to (*Table[go.shape.string,go.shape.int]).Get
dictionaries.go:157:8: inlining call to (*Table[go.shape.string,go.shape.int]).Keys
dictionaries.go:158:5: inlining call to Box[go.shape.int]
dictionaries.go:159:7: inlining call to Print[go.shape.struct { p.name string }]
dictionaries.go:160:5: inlining call to Sum[go.shape.int]
dictionaries.go:161:5: inlining call to Sum[go.shape.float64]
dictionaries.go:162:11: inlining call to Kind[go.shape.int]
dictionaries.go:163:7: inlining call to Names[go.shape.struct { p.name string }]
dictionaries.go:164:7: inlining call to Bound[go.shape.struct { p.name string }]
dictionaries.go:167:8: inlining call to Nested[go.shape.string]
dictionaries.go:168:8: inlining call to Lookup[go.shape.string,go.shape.int]
dictionaries.go:169:7: inlining call to Equal[go.shape.int]
dictionaries.go:170:7: inlining call to Slice[go.shape.[]int,go.shape.int]
dictionaries.go:163:7: inlining call to Map[go.shape.struct { p.name string },go.shape.string]
dictionaries.go:92:19: can inline Names[go.shape.struct { p.name string }].func1 with cost 65 as: func(go.shape.struct { p.name string }) string { return (func(go.shape.struct { p.name string }) string)(&.dict[0])(x) }
dictionaries.go:163:7: inlining call to Names[go.shape.struct { p.name string }].func1
dictionaries.go:141:6: inlining call to Slice[go.shape.[]int,go.shape.int]
dictionaries.go:136:6: inlining call to Equal[go.shape.int]
dictionaries.go:128:6: inlining call to Lookup[go.shape.string,go.shape.int]
dictionaries.go:124:6: inlining call to Nested[go.shape.string]
dictionaries.go:95:6: inlining call to Bound[go.shape.struct { p.name string }]
dictionaries.go:91:6: inlining call to Names[go.shape.struct { p.name string }]
dictionaries.go:91:6: inlining call to Map[go.shape.struct { p.name string },go.shape.string]
dictionaries.go:92:19: can inline Names[go.shape.struct { p.name string }].func1 with cost 65 as: func(go.shape.struct { p.name string }) string { return (func(go.shape.struct { p.name string }) string)(&.dict[0])(x) }
dictionaries.go:91:6: inlining call to Names[go.shape.struct { p.name string }].func1
dictionaries.go:71:6: inlining call to Kind[go.shape.int]
dictionaries.go:56:6: inlining call to Sum[go.shape.float64]
dictionaries.go:56:6: inlining call to Sum[go.shape.int]
dictionaries.go:54:6: inlining call to Print[go.shape.struct { p.name string }]
dictionaries.go:52:6: inlining call to Box[go.shape.int]
dictionaries.go:44:6: inlining call to (*Table[go.shape.string,go.shape.int]).Each
dictionaries.go:36:6: inlining call to (*Table[go.shape.string,go.shape.int]).Keys
dictionaries.go:27:6: inlining call to (*Table[go.shape.string,go.shape.int]).Put
dictionaries.go:22:6: inlining call to (*Table[go.shape.string,go.shape.int]).Get
<autogenerated>:1: inlining call to person.Name
<autogenerated>:1: inlining call to person.String
dictionaries.go:150:7: parameter p leaks to ~r0 for person.Name with derefs=0:
dictionaries.go:150:7:   flow: ~r0 ← p:
dictionaries.go:150:7:     from p.name (dot) at dictionaries.go:150:43
dictionaries.go:150:7:     from return p.name (return) at dictionaries.go:150:35
dictionaries.go:150:7: leaking param: p to result ~r0 level=0
dictionaries.go:151:7: parameter p leaks to ~r0 for person.String with derefs=0:
dictionaries.go:151:7:   flow: ~r0 ← p:
dictionaries.go:151:7:     from p.name (dot) at dictionaries.go:151:43
dictionaries.go:151:7:     from return p.name (return) at dictionaries.go:151:35
dictionaries.go:151:7: leaking param: p to result ~r0 level=0
dictionaries.go:103:2: make(map[go.shape.string]go.shape.int, 4) escapes to heap in Copy[go.shape.int]:
dictionaries.go:103:2:   flow: {heap} ← &{storage for make(map[go.shape.string]go.shape.int, 4)}:
dictionaries.go:103:2:     from make(map[go.shape.string]go.shape.int, 4) (spill) at dictionaries.go:103:2
dictionaries.go:103:2:     from t.m = make(map[go.shape.string]go.shape.int, 4) (assign) at dictionaries.go:103:2
dictionaries.go:103:2: append(t.a, v) escapes to heap in Copy[go.shape.int]:
dictionaries.go:103:2:   flow: {heap} ← &{storage for append(t.a, v)}:
dictionaries.go:103:2:     from append(t.a, v) (spill) at dictionaries.go:103:2
dictionaries.go:103:2:     from t.a = append(t.a, v) (assign) at dictionaries.go:103:2
dictionaries.go:103:2: &Pair[go.shape.string,go.shape.int]{...} escapes to heap in Copy[go.shape.int]:
dictionaries.go:103:2:   flow: {heap} ← &{storage for &Pair[go.shape.string,go.shape.int]{...}}:
dictionaries.go:103:2:     from &Pair[go.shape.string,go.shape.int]{...} (spill) at dictionaries.go:103:2
dictionaries.go:103:2:     from t.first = &Pair[go.shape.string,go.shape.int]{...} (assign) at dictionaries.go:103:2
dictionaries.go:101:18: parameter t leaks to {heap} for Copy[go.shape.int] with derefs=2:
dictionaries.go:101:18:   flow: t ← t:
dictionaries.go:101:18:     from t, .dict, _ := t, (*[18]uintptr)(.dict[0]), 0 (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: p ← *t:
dictionaries.go:101:18:     from t.first (dot of pointer) at dictionaries.go:103:2
dictionaries.go:101:18:     from p := t.first (assign) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: k ← *p:
dictionaries.go:101:18:     from p.key (dot of pointer) at dictionaries.go:103:2
dictionaries.go:101:18:     from k, v := p.key, p.value (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: k ← k:
dictionaries.go:101:18:     from t, .dict, k, v := out, (*[18]uintptr)(.dict[0]), k, v (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: {heap} ← k:
dictionaries.go:101:18:     from t.m[k] (key of map put) at dictionaries.go:103:2
dictionaries.go:101:18: parameter t leaks to {storage for &Pair[go.shape.string,go.shape.int]{...}} for Copy[go.shape.int] with derefs=2:
dictionaries.go:101:18:   flow: t ← t:
dictionaries.go:101:18:     from t, .dict, _ := t, (*[18]uintptr)(.dict[0]), 0 (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: p ← *t:
dictionaries.go:101:18:     from t.first (dot of pointer) at dictionaries.go:103:2
dictionaries.go:101:18:     from p := t.first (assign) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: k ← *p:
dictionaries.go:101:18:     from p.key (dot of pointer) at dictionaries.go:103:2
dictionaries.go:101:18:     from k, v := p.key, p.value (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: k ← k:
dictionaries.go:101:18:     from t, .dict, k, v := out, (*[18]uintptr)(.dict[0]), k, v (assign-pair) at dictionaries.go:103:2
dictionaries.go:101:18:   flow: {storage for &Pair[go.shape.string,go.shape.int]{...}} ← k:
dictionaries.go:101:18:     from Pair[go.shape.string,go.shape.int]{...} (struct literal element) at dictionaries.go:103:2
dictionaries.go:102:12: new(<node DYNAMICTYPE>) escapes to heap in Copy[go.shape.int]:
dictionaries.go:102:12:   flow: out ← &{storage for new(<node DYNAMICTYPE>)}:
dictionaries.go:102:12:     from new(<node DYNAMICTYPE>) (spill) at dictionaries.go:102:12
dictionaries.go:102:12:     from out := new(<node DYNAMICTYPE>) (assign) at dictionaries.go:102:6
dictionaries.go:102:12:   flow: ~r0 ← out:
dictionaries.go:102:12:     from return out (return) at dictionaries.go:109:2
dictionaries.go:102:12: new(<node DYNAMICTYPE>) escapes to heap
dictionaries.go:103:2: make(map[go.shape.string]go.shape.int, 4) escapes to heap
dictionaries.go:103:2: append escapes to heap
dictionaries.go:103:2: &Pair[go.shape.string,go.shape.int]{...} escapes to heap
dictionaries.go:119:2: func literal escapes to heap in Send[go.shape.int]:
dictionaries.go:119:2:   flow: {heap} ← &{storage for func literal}:
dictionaries.go:119:2:     from func literal (spill) at dictionaries.go:119:2
dictionaries.go:112:18: Send[go.shape.int] capturing by value: c (addr=false assign=false width=8)
dictionaries.go:112:6: Send[go.shape.int] capturing by value: .dict (addr=false assign=false width=8)
dictionaries.go:119:5: Send[go.shape.int] capturing by value: .autotmp_5 (addr=false assign=false width=8)
dictionaries.go:119:2: Send[go.shape.int] capturing by value: .autotmp_6 (addr=false assign=false width=8)
dictionaries.go:120:2: Send[go.shape.int] capturing by value: .autotmp_7 (addr=false assign=false width=8)
dictionaries.go:119:5: func literal escapes to heap in Send[go.shape.int]:
dictionaries.go:119:5:   flow: .autotmp_5 ← &{storage for func literal}:
dictionaries.go:119:5:     from func literal (spill) at dictionaries.go:119:5
dictionaries.go:119:5:     from .autotmp_5, .autotmp_6 = func literal, x (assign-pair) at dictionaries.go:119:2
dictionaries.go:119:5:   flow: {storage for func literal} ← .autotmp_5:
dictionaries.go:119:5:     from .autotmp_5 (captured by a closure) at dictionaries.go:119:5
dictionaries.go:112:18: parameter c leaks to {storage for func literal} for Send[go.shape.int] with derefs=0:
dictionaries.go:112:18:   flow: {storage for func literal} ← c:
dictionaries.go:112:18:     from c (captured by a closure) at dictionaries.go:119:17
dictionaries.go:112:6: parameter .dict leaks to {storage for func literal} for Send[go.shape.int] with derefs=0:
dictionaries.go:112:6:   flow: {storage for func literal} ← .dict:
dictionaries.go:112:6:     from .dict (captured by a closure) at dictionaries.go:112:6
dictionaries.go:112:18: parameter c leaks to ~r0 for Send[go.shape.int] with derefs=0:
dictionaries.go:112:18:   flow: ~r0 ← c:
dictionaries.go:112:18:     from return c (return) at dictionaries.go:121:2
dictionaries.go:119:5: func literal escapes to heap
dictionaries.go:155:7: make(map[go.shape.string]go.shape.int, 4) escapes to heap in Use:
dictionaries.go:155:7:   flow: {heap} ← &{storage for make(map[go.shape.string]go.shape.int, 4)}:
dictionaries.go:155:7:     from make(map[go.shape.string]go.shape.int, 4) (spill) at dictionaries.go:155:7
dictionaries.go:155:7:     from t.m = make(map[go.shape.string]go.shape.int, 4) (assign) at dictionaries.go:155:7
dictionaries.go:155:7: append(t.a, v) escapes to heap in Use:
dictionaries.go:155:7:   flow: {heap} ← &{storage for append(t.a, v)}:
dictionaries.go:155:7:     from append(t.a, v) (spill) at dictionaries.go:155:7
dictionaries.go:155:7:     from t.a = append(t.a, v) (assign) at dictionaries.go:155:7
dictionaries.go:155:7: &Pair[go.shape.string,go.shape.int]{...} escapes to heap in Use:
dictionaries.go:155:7:   flow: {heap} ← &{storage for &Pair[go.shape.string,go.shape.int]{...}}:
dictionaries.go:155:7:     from &Pair[go.shape.string,go.shape.int]{...} (spill) at dictionaries.go:155:7
dictionaries.go:155:7:     from t.first = &Pair[go.shape.string,go.shape.int]{...} (assign) at dictionaries.go:155:7
dictionaries.go:164:7: Use capturing by value: .autotmp_4 (addr=false assign=false width=8)
dictionaries.go:164:7: Use capturing by value: .autotmp_5 (addr=false assign=false width=16)
dictionaries.go:155:7: make(map[go.shape.string]go.shape.int, 4) escapes to heap
dictionaries.go:155:7: append escapes to heap
dictionaries.go:155:7: &Pair[go.shape.string,go.shape.int]{...} escapes to heap
dictionaries.go:157:8: make([]go.shape.string, 0, len(t.m)) does not escape
dictionaries.go:157:8: append does not escape
dictionaries.go:158:5: go.shape.int(1) does not escape
dictionaries.go:159:7: x does not escape
dictionaries.go:160:5: ... argument does not escape
dictionaries.go:161:5: ... argument does not escape
dictionaries.go:163:16: []person{...} does not escape
dictionaries.go:163:7: make([]go.shape.string, 1) does not escape
dictionaries.go:167:8: [][]go.shape.string{...} does not escape
dictionaries.go:167:8: []go.shape.string{...} does not escape
dictionaries.go:167:8: []go.shape.string{...} does not escape
dictionaries.go:168:26: map[string][]*int{} does not escape
dictionaries.go:169:7: go.shape.int(1) does not escape
dictionaries.go:169:7: go.shape.int(2) does not escape
dictionaries.go:169:7: any(go.shape.int(1)) does not escape
dictionaries.go:170:13: []int{...} does not escape
dictionaries.go:170:7: append does not escape
dictionaries.go:143:13: append(s[:i], e) escapes to heap in Slice[go.shape.[]int,go.shape.int]:
dictionaries.go:143:13:   flow: t ← &{storage for append(s[:i], e)}:
dictionaries.go:143:13:     from append(s[:i], e) (spill) at dictionaries.go:143:13
dictionaries.go:143:13:     from t := append(s[:i], e) (assign) at dictionaries.go:143:4
dictionaries.go:143:13:   flow: u ← t:
dictionaries.go:143:13:     from u := go.shape.[]int(([]go.shape.int)(t)) (assign) at dictionaries.go:144:6
dictionaries.go:143:13:   flow: ~r0 ← u:
dictionaries.go:143:13:     from return u (return) at dictionaries.go:145:2
dictionaries.go:141:27: parameter s leaks to ~r0 for Slice[go.shape.[]int,go.shape.int] with derefs=0:
dictionaries.go:141:27:   flow: {temp} ← s:
dictionaries.go:141:27:     from s[:i] (slice) at dictionaries.go:143:15
dictionaries.go:141:27:     from append(s[:i], e) (call parameter) at dictionaries.go:143:13
dictionaries.go:141:27:   flow: t ← {temp}:
dictionaries.go:141:27:     from t := append(s[:i], e) (assign) at dictionaries.go:143:4
dictionaries.go:141:27:   flow: u ← t:
dictionaries.go:141:27:     from u := go.shape.[]int(([]go.shape.int)(t)) (assign) at dictionaries.go:144:6
dictionaries.go:141:27:   flow: ~r0 ← u:
dictionaries.go:141:27:     from return u (return) at dictionaries.go:145:2
dictionaries.go:143:13: append escapes to heap
dictionaries.go:141:6: append(s[:i], e) escapes to heap in Slice[[]int,int]:
dictionaries.go:141:6:   flow: t ← &{storage for append(s[:i], e)}:
dictionaries.go:141:6:     from append(s[:i], e) (spill) at dictionaries.go:141:6
dictionaries.go:141:6:     from t := append(s[:i], e) (assign) at dictionaries.go:141:6
dictionaries.go:141:6:   flow: u ← t:
dictionaries.go:141:6:     from u := go.shape.[]int(([]go.shape.int)(t)) (assign) at dictionaries.go:141:6
dictionaries.go:141:6:   flow: ~r0 ← u:
dictionaries.go:141:6:     from ~r0 = u (assign-pair) at dictionaries.go:141:6
dictionaries.go:141:6:   flow: ~r0 ← ~r0:
dictionaries.go:141:6:     from return ~r0 (return) at dictionaries.go:141:6
dictionaries.go:141:27: parameter s leaks to ~r0 for Slice[[]int,int] with derefs=0:
dictionaries.go:141:27:   flow: s ← s:
dictionaries.go:141:27:     from .dict, s, i := &.dict.Slice[[]int,int], s, i (assign-pair) at dictionaries.go:141:6
dictionaries.go:141:27:   flow: {temp} ← s:
dictionaries.go:141:27:     from s[:i] (slice) at dictionaries.go:141:6
dictionaries.go:141:27:     from append(s[:i], e) (call parameter) at dictionaries.go:141:6
dictionaries.go:141:27:   flow: t ← {temp}:
dictionaries.go:141:27:     from t := append(s[:i], e) (assign) at dictionaries.go:141:6
dictionaries.go:141:27:   flow: u ← t:
dictionaries.go:141:27:     from u := go.shape.[]int(([]go.shape.int)(t)) (assign) at dictionaries.go:141:6
dictionaries.go:141:27:   flow: ~r0 ← u:
dictionaries.go:141:27:     from ~r0 = u (assign-pair) at dictionaries.go:141:6
dictionaries.go:141:27:   flow: ~r0 ← ~r0:
dictionaries.go:141:27:     from return ~r0 (return) at dictionaries.go:141:6
dictionaries.go:141:6: append escapes to heap
dictionaries.go:137:17: x does not escape
dictionaries.go:137:20: y does not escape
dictionaries.go:138:33: any(x) does not escape
dictionaries.go:136:6: x does not escape
dictionaries.go:136:6: y does not escape
dictionaries.go:136:6: any(x) does not escape
dictionaries.go:132:6: zero escapes to heap in Lookup[go.shape.string,go.shape.int]:
dictionaries.go:132:6:   flow: ~r0 ← &zero:
dictionaries.go:132:6:     from &zero (address-of) at dictionaries.go:133:9
dictionaries.go:132:6:     from return &zero (return) at dictionaries.go:133:2
dictionaries.go:132:6: moved to heap: zero
dictionaries.go:128:6: zero escapes to heap in Lookup[string,int]:
dictionaries.go:128:6:   flow: ~r0 ← &zero:
dictionaries.go:128:6:     from &zero (address-of) at dictionaries.go:128:6
dictionaries.go:128:6:     from ~r0 = &zero (assign-pair) at dictionaries.go:128:6
dictionaries.go:128:6:   flow: ~r0 ← ~r0:
dictionaries.go:128:6:     from return ~r0 (return) at dictionaries.go:128:6
dictionaries.go:128:6: moved to heap: zero
dictionaries.go:125:14: [][]go.shape.string{...} escapes to heap in Nested[go.shape.string]:
dictionaries.go:125:14:   flow: ~r0 ← &{storage for [][]go.shape.string{...}}:
dictionaries.go:125:14:     from [][]go.shape.string{...} (spill) at dictionaries.go:125:14
dictionaries.go:125:14:     from return [][]go.shape.string{...} (return) at dictionaries.go:125:2
dictionaries.go:125:15: []go.shape.string{...} escapes to heap in Nested[go.shape.string]:
dictionaries.go:125:15:   flow: {storage for [][]go.shape.string{...}} ← &{storage for []go.shape.string{...}}:
dictionaries.go:125:15:     from []go.shape.string{...} (spill) at dictionaries.go:125:15
dictionaries.go:125:15:     from [][]go.shape.string{...} (slice-literal-element) at dictionaries.go:125:14
dictionaries.go:125:20: []go.shape.string{...} escapes to heap in Nested[go.shape.string]:
dictionaries.go:125:20:   flow: {storage for [][]go.shape.string{...}} ← &{storage for []go.shape.string{...}}:
dictionaries.go:125:20:     from []go.shape.string{...} (spill) at dictionaries.go:125:20
dictionaries.go:125:20:     from [][]go.shape.string{...} (slice-literal-element) at dictionaries.go:125:14
dictionaries.go:124:20: parameter x leaks to {storage for []go.shape.string{...}} for Nested[go.shape.string] with derefs=0:
dictionaries.go:124:20:   flow: {storage for []go.shape.string{...}} ← x:
dictionaries.go:124:20:     from []go.shape.string{...} (slice-literal-element) at dictionaries.go:125:20
dictionaries.go:124:20: parameter x leaks to {storage for []go.shape.string{...}} for Nested[go.shape.string] with derefs=0:
dictionaries.go:124:20:   flow: {storage for []go.shape.string{...}} ← x:
dictionaries.go:124:20:     from []go.shape.string{...} (slice-literal-element) at dictionaries.go:125:15
dictionaries.go:125:14: [][]go.shape.string{...} escapes to heap
dictionaries.go:125:15: []go.shape.string{...} escapes to heap
dictionaries.go:125:20: []go.shape.string{...} escapes to heap
dictionaries.go:124:6: [][]go.shape.string{...} escapes to heap in Nested[string]:
dictionaries.go:124:6:   flow: ~r0 ← &{storage for [][]go.shape.string{...}}:
dictionaries.go:124:6:     from [][]go.shape.string{...} (spill) at dictionaries.go:124:6
dictionaries.go:124:6:     from ~r0 = [][]go.shape.string{...} (assign-pair) at dictionaries.go:124:6
dictionaries.go:124:6:   flow: ~r0 ← ~r0:
dictionaries.go:124:6:     from return ~r0 (return) at dictionaries.go:124:6
dictionaries.go:124:6: []go.shape.string{...} escapes to heap in Nested[string]:
dictionaries.go:124:6:   flow: {storage for [][]go.shape.string{...}} ← &{storage for []go.shape.string{...}}:
dictionaries.go:124:6:     from []go.shape.string{...} (spill) at dictionaries.go:124:6
dictionaries.go:124:6:     from [][]go.shape.string{...} (slice-literal-element) at dictionaries.go:124:6
dictionaries.go:124:6: []go.shape.string{...} escapes to heap in Nested[string]:
dictionaries.go:124:6:   flow: {storage for [][]go.shape.string{...}} ← &{storage for []go.shape.string{...}}:
dictionaries.go:124:6:     from []go.shape.string{...} (spill) at dictionaries.go:124:6
dictionaries.go:124:6:     from [][]go.shape.string{...} (slice-literal-element) at dictionaries.go:124:6
dictionaries.go:124:20: parameter x leaks to {storage for []go.shape.string{...}} for Nested[string] with derefs=0:
dictionaries.go:124:20:   flow: x ← x:
dictionaries.go:124:20:     from .dict, x := &.dict.Nested[string], x (assign-pair) at dictionaries.go:124:6
dictionaries.go:124:20:   flow: {storage for []go.shape.string{...}} ← x:
dictionaries.go:124:20:     from []go.shape.string{...} (slice-literal-element) at dictionaries.go:124:6
dictionaries.go:124:20: parameter x leaks to {storage for []go.shape.string{...}} for Nested[string] with derefs=0:
dictionaries.go:124:20:   flow: x ← x:
dictionaries.go:124:20:     from .dict, x := &.dict.Nested[string], x (assign-pair) at dictionaries.go:124:6
dictionaries.go:124:20:   flow: {storage for []go.shape.string{...}} ← x:
dictionaries.go:124:20:     from []go.shape.string{...} (slice-literal-element) at dictionaries.go:124:6
dictionaries.go:124:6: [][]go.shape.string{...} escapes to heap
dictionaries.go:124:6: []go.shape.string{...} escapes to heap
dictionaries.go:124:6: []go.shape.string{...} escapes to heap
dictionaries.go:112:18: parameter c leaks to {heap} for Send[int] with derefs=0:
dictionaries.go:112:18:   flow: {heap} ← c:
dictionaries.go:112:18:     from Send[go.shape.int](&.dict.Send[int], c, x) (call parameter) at dictionaries.go:112:6
dictionaries.go:101:18: parameter t leaks to {heap} for Copy[int] with derefs=2:
dictionaries.go:101:18:   flow: {heap} ← **t:
dictionaries.go:101:18:     from Copy[go.shape.int](&.dict.Copy[int], t) (call parameter) at dictionaries.go:101:6
dictionaries.go:98:10: Bound[go.shape.struct { p.name string }] capturing by value: .autotmp_4 (addr=false assign=false width=8)
dictionaries.go:98:10: Bound[go.shape.struct { p.name string }] capturing by value: .autotmp_5 (addr=false assign=false width=16)
dictionaries.go:95:21: parameter x leaks to {heap} for Bound[go.shape.struct { p.name string }] with derefs=0:
dictionaries.go:95:21:   flow: .autotmp_5 ← x:
dictionaries.go:95:21:     from .autotmp_5 := x (assign) at dictionaries.go:98:10
dictionaries.go:95:21:   flow: {heap} ← .autotmp_5:
dictionaries.go:95:21:     from .autotmp_4(.autotmp_5) (call parameter) at dictionaries.go:98:10
dictionaries.go:98:10: func literal escapes to heap in Bound[go.shape.struct { p.name string }]:
dictionaries.go:98:10:   flow: ~r0 ← &{storage for func literal}:
dictionaries.go:98:10:     from func literal (spill) at dictionaries.go:98:10
dictionaries.go:98:10:     from return func literal (return) at dictionaries.go:98:2
dictionaries.go:95:6: parameter .dict leaks to {storage for func literal} for Bound[go.shape.struct { p.name string }] with derefs=0:
dictionaries.go:95:6:   flow: .autotmp_4 ← .dict:
dictionaries.go:95:6:     from .dict (indirection) at dictionaries.go:98:10
dictionaries.go:95:6:     from .dict[0] (fixed-array-index-of) at dictionaries.go:98:10
dictionaries.go:95:6:     from &.dict[0] (address-of) at dictionaries.go:98:10
dictionaries.go:95:6:     from .autotmp_4 := (func(go.shape.struct { p.name string }) string)(&.dict[0]) (assign) at dictionaries.go:98:10
dictionaries.go:95:6:   flow: {storage for func literal} ← .autotmp_4:
dictionaries.go:95:6:     from .autotmp_4 (captured by a closure) at dictionaries.go:98:10
dictionaries.go:95:21: parameter x leaks to {storage for func literal} for Bound[go.shape.struct { p.name string }] with derefs=0:
dictionaries.go:95:21:   flow: .autotmp_5 ← x:
dictionaries.go:95:21:     from .autotmp_5 := x (assign) at dictionaries.go:98:10
dictionaries.go:95:21:   flow: {storage for func literal} ← .autotmp_5:
dictionaries.go:95:21:     from .autotmp_5 (captured by a closure) at dictionaries.go:98:10
dictionaries.go:95:6: Bound[p.person] capturing by value: .autotmp_4 (addr=false assign=false width=8)
dictionaries.go:95:6: Bound[p.person] capturing by value: .autotmp_5 (addr=false assign=false width=16)
dictionaries.go:95:21: parameter x leaks to {heap} for Bound[p.person] with derefs=0:
dictionaries.go:95:21:   flow: x ← x:
dictionaries.go:95:21:     from .dict, x := &.dict.Bound[p.person], x (assign-pair) at dictionaries.go:95:6
dictionaries.go:95:21:   flow: .autotmp_5 ← x:
dictionaries.go:95:21:     from .autotmp_5 := x (assign) at dictionaries.go:95:6
dictionaries.go:95:21:   flow: {heap} ← .autotmp_5:
dictionaries.go:95:21:     from .autotmp_4(.autotmp_5) (call parameter) at dictionaries.go:98:10
dictionaries.go:95:6: func literal escapes to heap in Bound[p.person]:
dictionaries.go:95:6:   flow: ~r0 ← &{storage for func literal}:
dictionaries.go:95:6:     from func literal (spill) at dictionaries.go:95:6
dictionaries.go:95:6:     from ~r0 = func literal (assign-pair) at dictionaries.go:95:6
dictionaries.go:95:6:   flow: ~r0 ← ~r0:
dictionaries.go:95:6:     from return ~r0 (return) at dictionaries.go:95:6
dictionaries.go:95:21: parameter x leaks to {storage for func literal} for Bound[p.person] with derefs=0:
dictionaries.go:95:21:   flow: x ← x:
dictionaries.go:95:21:     from .dict, x := &.dict.Bound[p.person], x (assign-pair) at dictionaries.go:95:6
dictionaries.go:95:21:   flow: .autotmp_5 ← x:
dictionaries.go:95:21:     from .autotmp_5 := x (assign) at dictionaries.go:95:6
dictionaries.go:95:21:   flow: {storage for func literal} ← .autotmp_5:
dictionaries.go:95:21:     from .autotmp_5 (captured by a closure) at dictionaries.go:98:10
dictionaries.go:91:21: parameter list leaks to {heap} for Names[go.shape.struct { p.name string }] with derefs=1:
dictionaries.go:91:21:   flow: list ← list:
dictionaries.go:91:21:     from .dict, list, _ := (*[7]uintptr)(.dict[1]), list, 0 (assign-pair) at dictionaries.go:92:12
dictionaries.go:91:21:   flow: {temp} ← list:
dictionaries.go:91:21:   flow: x ← *{temp}:
dictionaries.go:91:21:     from for loop (range-deref) at dictionaries.go:92:12
dictionaries.go:91:21:   flow: x ← x:
dictionaries.go:91:21:     from x := x (assign-pair) at dictionaries.go:92:12
dictionaries.go:91:21:   flow: {heap} ← x:
dictionaries.go:91:21:     from (func(go.shape.struct { p.name string }) string)(&.dict[0])(x) (call parameter) at dictionaries.go:92:12
dictionaries.go:92:12: make([]go.shape.string, len(list)) escapes to heap in Names[go.shape.struct { p.name string }]:
dictionaries.go:92:12:   flow: out ← &{storage for make([]go.shape.string, len(list))}:
dictionaries.go:92:12:     from make([]go.shape.string, len(list)) (spill) at dictionaries.go:92:12
dictionaries.go:92:12:     from out := make([]go.shape.string, len(list)) (assign) at dictionaries.go:92:12
dictionaries.go:92:12:   flow: ~r0 ← out:
dictionaries.go:92:12:     from ~r0 = out (assign-pair) at dictionaries.go:92:12
dictionaries.go:92:12:   flow: ~r0 ← ~r0:
dictionaries.go:92:12:     from return ~r0 (return) at dictionaries.go:92:2
dictionaries.go:92:12: make([]go.shape.string, len(list)) escapes to heap
dictionaries.go:63:20: parameter list leaks to {heap} for Map[go.shape.struct { p.name string },go.shape.string] with derefs=1:
dictionaries.go:63:20:   flow: {temp} ← list:
dictionaries.go:63:20:   flow: x ← *{temp}:
dictionaries.go:63:20:     from for loop (range-deref) at dictionaries.go:65:14
dictionaries.go:63:20:   flow: {heap} ← x:
dictionaries.go:63:20:     from f(x) (call parameter) at dictionaries.go:66:13
dictionaries.go:64:13: make([]go.shape.string, len(list)) escapes to heap in Map[go.shape.struct { p.name string },go.shape.string]:
dictionaries.go:64:13:   flow: out ← &{storage for make([]go.shape.string, len(list))}:
dictionaries.go:64:13:     from make([]go.shape.string, len(list)) (spill) at dictionaries.go:64:13
dictionaries.go:64:13:     from out := make([]go.shape.string, len(list)) (assign) at dictionaries.go:64:6
dictionaries.go:64:13:   flow: ~r0 ← out:
dictionaries.go:64:13:     from return out (return) at dictionaries.go:68:2
dictionaries.go:64:13: make([]go.shape.string, len(list)) escapes to heap
dictionaries.go:91:21: parameter list leaks to {heap} for Names[p.person] with derefs=1:
dictionaries.go:91:21:   flow: list ← list:
dictionaries.go:91:21:     from .dict, list := &.dict.Names[p.person], list (assign-pair) at dictionaries.go:91:6
dictionaries.go:91:21:   flow: list ← list:
dictionaries.go:91:21:     from .dict, list, _ := (*[7]uintptr)(.dict[1]), list, 0 (assign-pair) at dictionaries.go:91:6
dictionaries.go:91:21:   flow: {temp} ← list:
dictionaries.go:91:21:   flow: x ← *{temp}:
dictionaries.go:91:21:     from for loop (range-deref) at dictionaries.go:91:6
dictionaries.go:91:21:   flow: x ← x:
dictionaries.go:91:21:     from x := x (assign-pair) at dictionaries.go:91:6
dictionaries.go:91:21:   flow: {heap} ← x:
dictionaries.go:91:21:     from (func(go.shape.struct { p.name string }) string)(&.dict[0])(x) (call parameter) at dictionaries.go:91:6
dictionaries.go:91:6: make([]go.shape.string, len(list)) escapes to heap in Names[p.person]:
dictionaries.go:91:6:   flow: out ← &{storage for make([]go.shape.string, len(list))}:
dictionaries.go:91:6:     from make([]go.shape.string, len(list)) (spill) at dictionaries.go:91:6
dictionaries.go:91:6:     from out := make([]go.shape.string, len(list)) (assign) at dictionaries.go:91:6
dictionaries.go:91:6:   flow: ~r0 ← out:
dictionaries.go:91:6:     from ~r0 = out (assign-pair) at dictionaries.go:91:6
dictionaries.go:91:6:   flow: ~r0 ← ~r0:
dictionaries.go:91:6:     from ~r0 = ~r0 (assign-pair) at dictionaries.go:91:6
dictionaries.go:91:6:   flow: ~r0 ← ~r0:
dictionaries.go:91:6:     from return ~r0 (return) at dictionaries.go:91:6
dictionaries.go:91:6: make([]go.shape.string, len(list)) escapes to heap
dictionaries.go:54:47: x escapes to heap in Print[go.shape.struct { p.name string }]:
dictionaries.go:54:47:   flow: ~r0 ← &{storage for x}:
dictionaries.go:54:47:     from x (spill) at dictionaries.go:54:47
dictionaries.go:54:47:     from return x (return) at dictionaries.go:54:40
dictionaries.go:54:24: parameter x leaks to {storage for x} for Print[go.shape.struct { p.name string }] with derefs=0:
dictionaries.go:54:24:   flow: {storage for x} ← x:
dictionaries.go:54:24:     from x (interface-converted) at dictionaries.go:54:47
dictionaries.go:54:47: x escapes to heap
dictionaries.go:54:6: x escapes to heap in Print[p.person]:
dictionaries.go:54:6:   flow: ~r0 ← &{storage for x}:
dictionaries.go:54:6:     from x (spill) at dictionaries.go:54:6
dictionaries.go:54:6:     from ~r0 = x (assign-pair) at dictionaries.go:54:6
dictionaries.go:54:6:   flow: ~r0 ← ~r0:
dictionaries.go:54:6:     from return ~r0 (return) at dictionaries.go:54:6
dictionaries.go:54:24: parameter x leaks to {storage for x} for Print[p.person] with derefs=0:
dictionaries.go:54:24:   flow: x ← x:
dictionaries.go:54:24:     from .dict, x := &.dict.Print[p.person], x (assign-pair) at dictionaries.go:54:6
dictionaries.go:54:24:   flow: {storage for x} ← x:
dictionaries.go:54:24:     from x (interface-converted) at dictionaries.go:54:6
dictionaries.go:54:6: x escapes to heap
dictionaries.go:52:35: x escapes to heap in Box[go.shape.int]:
dictionaries.go:52:35:   flow: ~r0 ← &{storage for x}:
dictionaries.go:52:35:     from x (spill) at dictionaries.go:52:35
dictionaries.go:52:35:     from return x (return) at dictionaries.go:52:28
dictionaries.go:52:35: x escapes to heap
dictionaries.go:52:6: x escapes to heap in Box[int]:
dictionaries.go:52:6:   flow: ~r0 ← &{storage for x}:
dictionaries.go:52:6:     from x (spill) at dictionaries.go:52:6
dictionaries.go:52:6:     from ~r0 = x (assign-pair) at dictionaries.go:52:6
dictionaries.go:52:6:   flow: ~r0 ← ~r0:
dictionaries.go:52:6:     from return ~r0 (return) at dictionaries.go:52:6
dictionaries.go:52:6: x escapes to heap
dictionaries.go:44:7: parameter t leaks to {heap} for (*Table[go.shape.string,go.shape.int]).Each with derefs=2:
dictionaries.go:44:7:   flow: p ← *t:
dictionaries.go:44:7:     from t.first (dot of pointer) at dictionaries.go:45:12
dictionaries.go:44:7:     from p := t.first (assign) at dictionaries.go:45:8
dictionaries.go:44:7:   flow: {heap} ← *p:
dictionaries.go:44:7:     from p.key (dot of pointer) at dictionaries.go:46:14
dictionaries.go:44:7:     from yield(p.key, p.value) (call parameter) at dictionaries.go:46:12
dictionaries.go:37:14: make([]go.shape.string, 0, len(t.m)) escapes to heap in (*Table[go.shape.string,go.shape.int]).Keys:
dictionaries.go:37:14:   flow: keys ← &{storage for make([]go.shape.string, 0, len(t.m))}:
dictionaries.go:37:14:     from make([]go.shape.string, 0, len(t.m)) (spill) at dictionaries.go:37:14
dictionaries.go:37:14:     from keys := make([]go.shape.string, 0, len(t.m)) (assign) at dictionaries.go:37:7
dictionaries.go:37:14:   flow: ~r0 ← keys:
dictionaries.go:37:14:     from return keys (return) at dictionaries.go:41:2
dictionaries.go:39:16: append(keys, k) escapes to heap in (*Table[go.shape.string,go.shape.int]).Keys:
dictionaries.go:39:16:   flow: keys ← &{storage for append(keys, k)}:
dictionaries.go:39:16:     from append(keys, k) (spill) at dictionaries.go:39:16
dictionaries.go:39:16:     from keys = append(keys, k) (assign) at dictionaries.go:39:8
dictionaries.go:39:16:   flow: ~r0 ← keys:
dictionaries.go:39:16:     from return keys (return) at dictionaries.go:41:2
dictionaries.go:37:14: make([]go.shape.string, 0, len(t.m)) escapes to heap
dictionaries.go:39:16: append escapes to heap
dictionaries.go:29:13: make(map[go.shape.string]go.shape.int, 4) escapes to heap in (*Table[go.shape.string,go.shape.int]).Put:
dictionaries.go:29:13:   flow: {heap} ← &{storage for make(map[go.shape.string]go.shape.int, 4)}:
dictionaries.go:29:13:     from make(map[go.shape.string]go.shape.int, 4) (spill) at dictionaries.go:29:13
dictionaries.go:29:13:     from t.m = make(map[go.shape.string]go.shape.int, 4) (assign) at dictionaries.go:29:7
dictionaries.go:32:14: append(t.a, v) escapes to heap in (*Table[go.shape.string,go.shape.int]).Put:
dictionaries.go:32:14:   flow: {heap} ← &{storage for append(t.a, v)}:
dictionaries.go:32:14:     from append(t.a, v) (spill) at dictionaries.go:32:14
dictionaries.go:32:14:     from t.a = append(t.a, v) (assign) at dictionaries.go:32:6
dictionaries.go:33:12: &Pair[go.shape.string,go.shape.int]{...} escapes to heap in (*Table[go.shape.string,go.shape.int]).Put:
dictionaries.go:33:12:   flow: {heap} ← &{storage for &Pair[go.shape.string,go.shape.int]{...}}:
dictionaries.go:33:12:     from &Pair[go.shape.string,go.shape.int]{...} (spill) at dictionaries.go:33:12
dictionaries.go:33:12:     from t.first = &Pair[go.shape.string,go.shape.int]{...} (assign) at dictionaries.go:33:10
dictionaries.go:27:27: parameter k leaks to {heap} for (*Table[go.shape.string,go.shape.int]).Put with derefs=0:
dictionaries.go:27:27:   flow: {heap} ← k:
dictionaries.go:27:27:     from t.m[k] (key of map put) at dictionaries.go:31:5
dictionaries.go:27:7: parameter t leaks to {heap} for (*Table[go.shape.string,go.shape.int]).Put with derefs=1:
dictionaries.go:27:7:   flow: {temp} ← *t:
dictionaries.go:27:7:     from t.a (dot of pointer) at dictionaries.go:32:16
dictionaries.go:27:7:     from append(t.a, v) (call parameter) at dictionaries.go:32:14
dictionaries.go:27:7:   flow: {heap} ← {temp}:
dictionaries.go:27:7:     from t.a = append(t.a, v) (assign) at dictionaries.go:32:6
dictionaries.go:27:27: parameter k leaks to {storage for &Pair[go.shape.string,go.shape.int]{...}} for (*Table[go.shape.string,go.shape.int]).Put with derefs=0:
dictionaries.go:27:27:   flow: {storage for &Pair[go.shape.string,go.shape.int]{...}} ← k:
dictionaries.go:27:27:     from Pair[go.shape.string,go.shape.int]{...} (struct literal element) at dictionaries.go:33:23
dictionaries.go:27:7: parameter t leaks to {storage for &Pair[go.shape.string,go.shape.int]{...}} for (*Table[go.shape.string,go.shape.int]).Put with derefs=1:
dictionaries.go:27:7:   flow: {storage for &Pair[go.shape.string,go.shape.int]{...}} ← *t:
dictionaries.go:27:7:     from t.first (dot of pointer) at dictionaries.go:33:49
dictionaries.go:27:7:     from Pair[go.shape.string,go.shape.int]{...} (struct literal element) at dictionaries.go:33:23
dictionaries.go:29:13: make(map[go.shape.string]go.shape.int, 4) escapes to heap
dictionaries.go:32:14: append escapes to heap
dictionaries.go:33:12: &Pair[go.shape.string,go.shape.int]{...} escapes to heap
dictionaries.go:44:7: parameter t leaks to {heap} for (*Table[string,int]).Each with derefs=2:
dictionaries.go:44:7:   flow: t ← t:
dictionaries.go:44:7:     from t, .dict, yield := t, &.dict.Table[string,int], yield (assign-pair) at dictionaries.go:44:6
dictionaries.go:44:7:   flow: p ← *t:
dictionaries.go:44:7:     from t.first (dot of pointer) at dictionaries.go:44:6
dictionaries.go:44:7:     from p := t.first (assign) at dictionaries.go:44:6
dictionaries.go:44:7:   flow: {heap} ← *p:
dictionaries.go:44:7:     from p.key (dot of pointer) at dictionaries.go:44:6
dictionaries.go:44:7:     from yield(p.key, p.value) (call parameter) at dictionaries.go:44:6
dictionaries.go:36:6: make([]go.shape.string, 0, len(t.m)) escapes to heap in (*Table[string,int]).Keys:
dictionaries.go:36:6:   flow: keys ← &{storage for make([]go.shape.string, 0, len(t.m))}:
dictionaries.go:36:6:     from make([]go.shape.string, 0, len(t.m)) (spill) at dictionaries.go:36:6
dictionaries.go:36:6:     from keys := make([]go.shape.string, 0, len(t.m)) (assign) at dictionaries.go:36:6
dictionaries.go:36:6:   flow: ~r0 ← keys:
dictionaries.go:36:6:     from ~r0 = keys (assign-pair) at dictionaries.go:36:6
dictionaries.go:36:6:   flow: ~r0 ← ~r0:
dictionaries.go:36:6:     from return ~r0 (return) at dictionaries.go:36:6
dictionaries.go:36:6: append(keys, k) escapes to heap in (*Table[string,int]).Keys:
dictionaries.go:36:6:   flow: keys ← &{storage for append(keys, k)}:
dictionaries.go:36:6:     from append(keys, k) (spill) at dictionaries.go:36:6
dictionaries.go:36:6:     from keys = append(keys, k) (assign) at dictionaries.go:36:6
dictionaries.go:36:6:   flow: ~r0 ← keys:
dictionaries.go:36:6:     from ~r0 = keys (assign-pair) at dictionaries.go:36:6
dictionaries.go:36:6:   flow: ~r0 ← ~r0:
dictionaries.go:36:6:     from return ~r0 (return) at dictionaries.go:36:6
dictionaries.go:36:6: make([]go.shape.string, 0, len(t.m)) escapes to heap
dictionaries.go:36:6: append escapes to heap
dictionaries.go:27:6: make(map[go.shape.string]go.shape.int, 4) escapes to heap in (*Table[string,int]).Put:
dictionaries.go:27:6:   flow: {heap} ← &{storage for make(map[go.shape.string]go.shape.int, 4)}:
dictionaries.go:27:6:     from make(map[go.shape.string]go.shape.int, 4) (spill) at dictionaries.go:27:6
dictionaries.go:27:6:     from t.m = make(map[go.shape.string]go.shape.int, 4) (assign) at dictionaries.go:27:6
dictionaries.go:27:6: append(t.a, v) escapes to heap in (*Table[string,int]).Put:
dictionaries.go:27:6:   flow: {heap} ← &{storage for append(t.a, v)}:
dictionaries.go:27:6:     from append(t.a, v) (spill) at dictionaries.go:27:6
dictionaries.go:27:6:     from t.a = append(t.a, v) (assign) at dictionaries.go:27:6
dictionaries.go:27:6: &Pair[go.shape.string,go.shape.int]{...} escapes to heap in (*Table[string,int]).Put:
dictionaries.go:27:6:   flow: {heap} ← &{storage for &Pair[go.shape.string,go.shape.int]{...}}:
dictionaries.go:27:6:     from &Pair[go.shape.string,go.shape.int]{...} (spill) at dictionaries.go:27:6
dictionaries.go:27:6:     from t.first = &Pair[go.shape.string,go.shape.int]{...} (assign) at dictionaries.go:27:6
dictionaries.go:27:27: parameter k leaks to {heap} for (*Table[string,int]).Put with derefs=0:
dictionaries.go:27:27:   flow: k ← k:
dictionaries.go:27:27:     from t, .dict, k, v := t, &.dict.Table[string,int], k, v (assign-pair) at dictionaries.go:27:6
dictionaries.go:27:27:   flow: {heap} ← k:
dictionaries.go:27:27:     from t.m[k] (key of map put) at dictionaries.go:27:6
dictionaries.go:27:7: parameter t leaks to {heap} for (*Table[string,int]).Put with derefs=1:
dictionaries.go:27:7:   flow: t ← t:
dictionaries.go:27:7:     from t, .dict, k, v := t, &.dict.Table[string,int], k, v (assign-pair) at dictionaries.go:27:6
dictionaries.go:27:7:   flow: {temp} ← *t:
dictionaries.go:27:7:     from t.a (dot of pointer) at dictionaries.go:27:6
dictionaries.go:27:7:     from append(t.a, v) (call parameter) at dictionaries.go:27:6
dictionaries.go:27:7:   flow: {heap} ← {temp}:
dictionaries.go:27:7:     from t.a = append(t.a, v) (assign) at dictionaries.go:27:6
dictionaries.go:27:27: parameter k leaks to {storage for &Pair[go.shape.string,go.shape.int]{...}} for (*Table[string,int]).Put with derefs=0:
dictionaries.go:27:27:   flow: k ← k:
dictionaries.go:27:27:     from t, .dict, k, v := t, &.dict.Table[string,int], k, v (assign-pair) at dictionaries.go:27:6
dictionaries.go:27:27:   flow: {storage for &Pair[go.shape.string,go.shape.int]{...}} ← k:
dictionaries.go:27:27:     from Pair[go.shape.string,go.shape.int]{...} (struct literal element) at dictionaries.go:27:6
dictionaries.go:27:7: parameter t leaks to {storage for &Pair[go.shape.string,go.shape.int]{...}} for (*Table[string,int]).Put with derefs=1:
dictionaries.go:27:7:   flow: t ← t:
dictionaries.go:27:7:     from t, .dict, k, v := t, &.dict.Table[string,int], k, v (assign-pair) at dictionaries.go:27:6
dictionaries.go:27:7:   flow: {storage for &Pair[go.shape.string,go.shape.int]{...}} ← *t:
dictionaries.go:27:7:     from t.first (dot of pointer) at dictionaries.go:27:6
dictionaries.go:27:7:     from Pair[go.shape.string,go.shape.int]{...} (struct literal element) at dictionaries.go:27:6
dictionaries.go:27:6: make(map[go.shape.string]go.shape.int, 4) escapes to heap
dictionaries.go:27:6: append escapes to heap
dictionaries.go:27:6: &Pair[go.shape.string,go.shape.int]{...} escapes to heap
<autogenerated>:1: parameter ~p0 leaks to {heap} for Stringer.String with derefs=0:
<autogenerated>:1:   flow: {heap} ← ~p0:
<autogenerated>:1:     from ~p0.String() (call parameter) at <autogenerated>:1
<autogenerated>:1: parameter ~p0 leaks to {heap} for Named.Name with derefs=0:
<autogenerated>:1:   flow: {heap} ← ~p0:
<autogenerated>:1:     from ~p0.Name() (call parameter) at <autogenerated>:1
dictionaries.go:150:7: parameter p leaks to ~r0 for (*person).Name with derefs=1:
dictionaries.go:150:7:   flow: p ← *p:
dictionaries.go:150:7:     from p (indirection) at <autogenerated>:1
dictionaries.go:150:7:     from p := p (assign-pair) at <autogenerated>:1
dictionaries.go:150:7:   flow: ~r0 ← p:
dictionaries.go:150:7:     from p.name (dot) at <autogenerated>:1
dictionaries.go:150:7:     from ~r0 = p.name (assign-pair) at <autogenerated>:1
dictionaries.go:150:7:   flow: ~r0 ← ~r0:
dictionaries.go:150:7:     from return ~r0 (return) at <autogenerated>:1
dictionaries.go:151:7: parameter p leaks to ~r0 for (*person).String with derefs=1:
dictionaries.go:151:7:   flow: p ← *p:
dictionaries.go:151:7:     from p (indirection) at <autogenerated>:1
dictionaries.go:151:7:     from p := p (assign-pair) at <autogenerated>:1
dictionaries.go:151:7:   flow: ~r0 ← p:
dictionaries.go:151:7:     from p.name (dot) at <autogenerated>:1
dictionaries.go:151:7:     from ~r0 = p.name (assign-pair) at <autogenerated>:1
dictionaries.go:151:7:   flow: ~r0 ← ~r0:
dictionaries.go:151:7:     from return ~r0 (return) at <autogenerated>:1
