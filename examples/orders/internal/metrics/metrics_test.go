package metrics

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestWriteTo(t *testing.T) {
	r := NewRegistry()
	r.Observe("latency", 0.5, "route", "list", "code", "200")
	r.Observe("latency", 1.5, "route", "list", "code", "200")
	r.Inc("started")
	var out bytes.Buffer
	n, err := r.WriteTo(&out)
	want := "latency{route=\"list\",code=\"200\"} count=2 sum=2 max=1.5\nstarted count=1 sum=1 max=1\n"
	if err != nil || out.String() != want || n != int64(len(want)) {
		t.Errorf("got %q, %d, %v", out.String(), n, err)
	}
}

func TestFlush(t *testing.T) {
	r := NewRegistry()
	r.Since("age", time.Now().Add(-time.Second))
	stop := make(chan struct{})
	out, in := io.Pipe()
	ended := make(chan error)
	go func() { ended <- r.Flush(in, time.Millisecond, stop) }()
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil || !strings.HasPrefix(string(line[:n]), "age count=1") {
		t.Fatalf("got %q, %v", line[:n], err)
	}
	close(stop)
	out.Close()
	<-ended
}

func BenchmarkObserve(b *testing.B) {
	r := NewRegistry()
	b.ReportAllocs()
	for b.Loop() {
		r.Observe("latency", 0.25, "route", "list", "code", "200")
	}
}
