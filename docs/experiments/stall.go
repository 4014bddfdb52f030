//go:build ignore

// What looking at a service's goroutines costs the service: this program is the service. It parks
// goroutines, serves its profiles, and records how long it stood still while a command looked.
//
//	go run docs/experiments/stall.go -goroutines 100000 -- goperf leak watch {} --interval 2s --for 20s
//
// {} is the address of the service; without a command it says what stands still without a look.
//
// Two measures: the pauses in which the runtime stops all goroutines (runtime/metrics), and gaps of
// a goroutine that does nothing but look at the clock, which also sees the machine's other work.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"time"
)

var (
	goroutines = flag.Int("goroutines", 100_000, "goroutines to park")
	depth      = flag.Int("depth", 12, "frames of each stack")
	idle       = flag.Duration("idle", 20*time.Second, "how long to measure without a command")
)

func main() {
	flag.Parse()
	block := make(chan struct{})
	for range *goroutines {
		go park(*depth-1, block)
	}
	for runtime.NumGoroutine() < *goroutines {
		time.Sleep(10 * time.Millisecond)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(listener, nil)
	runtime.GC()

	pauses := newPauses()
	var worst, over atomic.Int64
	go watchClock(&worst, &over)
	start := time.Now()
	if args := flag.Args(); len(args) > 0 {
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "{}", listener.Addr().String())
		}
		command := exec.Command(args[0], args[1:]...)
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		if err := command.Run(); err != nil {
			fmt.Println("command:", err)
		}
	} else {
		time.Sleep(*idle)
	}
	fmt.Printf("%d goroutines, %d frames each, %.0f s\n", *goroutines, *depth, time.Since(start).Seconds())
	pauses.report()
	fmt.Printf("longest gap of the clock: %v; gaps over 10ms: %d\n", time.Duration(worst.Load()).Round(10*time.Microsecond), over.Load())
}

// park blocks for good, below a stack of its own depth.
//
//go:noinline
func park(depth int, block chan struct{}) int {
	if depth > 0 {
		return park(depth-1, block) + 1
	}
	<-block
	return 0
}

// watchClock notes how much longer than asked for its short sleeps take.
func watchClock(worst, over *atomic.Int64) {
	runtime.LockOSThread()
	const nap = 200 * time.Microsecond
	for last := time.Now(); ; {
		time.Sleep(nap)
		now := time.Now()
		gap := int64(now.Sub(last) - nap)
		last = now
		worst.Store(max(worst.Load(), gap))
		if gap > int64(10*time.Millisecond) {
			over.Add(1)
		}
	}
}

// pauses are the runtime's own records of stopping all goroutines, since newPauses.
type pauses struct {
	names  []string
	before []metrics.Sample
}

func newPauses() *pauses {
	p := &pauses{names: []string{"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds"}}
	p.before = p.read()
	return p
}

func (p *pauses) read() []metrics.Sample {
	samples := make([]metrics.Sample, len(p.names))
	for i, name := range p.names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	return samples
}

func (p *pauses) report() {
	for i, after := range p.read() {
		old, now := p.before[i].Value.Float64Histogram(), after.Value.Float64Histogram()
		var count uint64
		longest := 0.0
		for bucket, n := range now.Counts {
			if n -= old.Counts[bucket]; n > 0 {
				count += n
				// The bucket's upper end: the pause was shorter.
				longest = now.Buckets[bucket+1]
				if math.IsInf(longest, 1) {
					longest = now.Buckets[bucket]
				}
			}
		}
		fmt.Printf("%s: %d pauses, the longest below %v\n", after.Name, count, time.Duration(longest*1e9).Round(time.Microsecond))
	}
}
