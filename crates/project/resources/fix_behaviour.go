// Calls functions before and after a fix with the same arguments, and compares what comes of it.
package behaviour

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand"
	"reflect"
	"sort"
	"strings"
	"testing"
)

// A function of a page, before and after.
type pair struct {
	name          string
	before, after any
}

// Runs for each function.
const runs = 300

func TestFixesKeepBehaviour(t *testing.T) {
	called := 0
	for _, p := range pairs {
		typ := reflect.TypeOf(p.before)
		for seed := range int64(runs) {
			first, ok := call(p.before, typ, seed)
			if !ok {
				t.Logf("%s: no arguments can be made", p.name)
				break
			}
			// The order of a map's entries.
			if again, _ := call(p.before, typ, seed); again != first {
				continue
			}
			called++
			if after, _ := call(p.after, reflect.TypeOf(p.after), seed); after != first {
				t.Errorf("%s, seed %d:\nbefore %s\nafter  %s", p.name, seed, first, after)
				break
			}
		}
	}
	t.Logf("%d calls", called)
	if called == 0 {
		t.Error("nothing was called")
	}
}

// The results of a call, its arguments afterwards, and what it panicked with.
func call(f any, typ reflect.Type, seed int64) (text string, ok bool) {
	r := rand.New(rand.NewSource(seed))
	args := make([]reflect.Value, typ.NumIn())
	for i := range args {
		arg, ok := value(r, typ.In(i), 0)
		if !ok {
			return "", false
		}
		args[i] = arg
	}
	var b strings.Builder
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(&b, "panic: %v", p)
		}
		for _, arg := range args {
			b.WriteString("; ")
			dump(&b, arg, 0)
		}
		text, ok = b.String(), true
	}()
	var results []reflect.Value
	if typ.IsVariadic() {
		results = reflect.ValueOf(f).CallSlice(args)
	} else {
		results = reflect.ValueOf(f).Call(args)
	}
	for _, result := range results {
		dump(&b, result, 0)
		b.WriteString(", ")
	}
	return "", true
}

var texts = []string{
	"", "a", "a,b,c", ",", "äöü…", "x\xffy", "some longer text of words", "  spaces  ",
	"7", "-12", "Host", "HOST", "https://a.example/b?c=d", "\r\n", strings.Repeat("long,text ", 300),
}

// What buffered writers write to: their zero value is of no use.
var written = map[*bufio.Writer]*bytes.Buffer{}

func value(r *rand.Rand, t reflect.Type, depth int) (reflect.Value, bool) {
	v := reflect.New(t).Elem()
	ok := true
	if _, is := v.Interface().(*bufio.Writer); is {
		to := new(bytes.Buffer)
		w := bufio.NewWriterSize(to, 16)
		written[w] = to
		return reflect.ValueOf(w), true
	}
	part := func(t reflect.Type) reflect.Value {
		part, made := value(r, t, depth+1)
		ok = ok && made
		if !made {
			return reflect.Zero(t)
		}
		return part
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(r.Intn(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 2, 7, 100, r.Int63n(300)}[r.Intn(7)])
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(r.Intn(256)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, 1.5, -1, math.NaN(), math.Inf(1)}[r.Intn(5)])
	case reflect.String:
		v.SetString(texts[r.Intn(len(texts))])
	case reflect.Slice:
		if n := []int{-1, 0, 1, 2, 9, 40, 1000}[r.Intn(7)]; n >= 0 {
			if depth > 1 {
				n = min(n, 3)
			}
			v.Set(reflect.MakeSlice(t, n, n+r.Intn(3)))
			for i := range n {
				v.Index(i).Set(part(t.Elem()))
			}
		}
	case reflect.Array:
		for i := range min(t.Len(), 64) {
			v.Index(i).Set(part(t.Elem()))
		}
	case reflect.Map:
		if n := r.Intn(12) - 1; n >= 0 {
			v.Set(reflect.MakeMap(t))
			for range n {
				key := part(t.Key())
				if key.Comparable() {
					v.SetMapIndex(key, part(t.Elem()))
				}
			}
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(part(t.Field(i).Type))
			}
		}
	case reflect.Pointer:
		if depth < 4 && r.Intn(8) > 0 {
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(part(t.Elem()))
		}
	case reflect.Func:
		n := r.Intn(5)
		results := make([]reflect.Value, t.NumOut())
		for i := range results {
			results[i] = part(t.Out(i))
		}
		v.Set(reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
			if n--; n == -20 {
				panic("the function panics")
			}
			return results
		}))
	case reflect.Interface:
		return v, face(r, t, v) && ok
	default:
		return v, false
	}
	return v, ok
}

// Values of interfaces that examples take.
func face(r *rand.Rand, t reflect.Type, v reflect.Value) bool {
	made := []any{7, "text", nil, 2.5, errors.New("an error"), new(bytes.Buffer), strings.NewReader("some text\nof lines")}
	r.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
	for _, one := range made {
		if one == nil && t.NumMethod() == 0 {
			return true
		}
		if one != nil && reflect.TypeOf(one).Implements(t) {
			v.Set(reflect.ValueOf(one))
			return true
		}
	}
	return false
}

func dump(b *strings.Builder, v reflect.Value, depth int) {
	if !v.IsValid() {
		b.WriteString("nothing")
		return
	}
	if v.CanInterface() {
		switch one := v.Interface().(type) {
		case *bytes.Buffer:
			if one != nil {
				fmt.Fprintf(b, "buffer %q", one.String())
				return
			}
		case *bufio.Writer:
			fmt.Fprintf(b, "%d buffered behind %q", one.Buffered(), written[one])
			return
		case *strings.Reader:
			if one != nil {
				rest, _ := io.ReadAll(one)
				fmt.Fprintf(b, "reader %q", rest)
				return
			}
		case error:
			fmt.Fprintf(b, "error %v", one)
			return
		}
	}
	if depth > 6 {
		return
	}
	list := func(n int, open, end string, each func(i int)) {
		b.WriteString(open)
		for i := range n {
			each(i)
			b.WriteByte(' ')
		}
		b.WriteString(end)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteByte('&')
		dump(b, v.Elem(), depth+1)
	case reflect.Slice:
		if v.IsNil() {
			b.WriteString("nil slice")
			return
		}
		list(v.Len(), "[", "]", func(i int) { dump(b, v.Index(i), depth+1) })
	case reflect.Array:
		list(v.Len(), "[", "]", func(i int) { dump(b, v.Index(i), depth+1) })
	case reflect.Struct:
		list(v.NumField(), "{", "}", func(i int) { dump(b, v.Field(i), depth+1) })
	case reflect.Map:
		if v.IsNil() {
			b.WriteString("nil map")
			return
		}
		var entries []string
		for _, key := range v.MapKeys() {
			var entry strings.Builder
			dump(&entry, key, depth+1)
			entry.WriteByte(':')
			dump(&entry, v.MapIndex(key), depth+1)
			entries = append(entries, entry.String())
		}
		sort.Strings(entries)
		fmt.Fprintf(b, "map%q", entries)
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	case reflect.Bool:
		fmt.Fprint(b, v.Bool())
	case reflect.Float32, reflect.Float64:
		fmt.Fprint(b, v.Float())
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		fmt.Fprint(b, v.Kind(), v.IsNil())
	default:
		if v.CanInt() {
			fmt.Fprint(b, v.Int())
		} else if v.CanUint() {
			fmt.Fprint(b, v.Uint())
		}
	}
}
