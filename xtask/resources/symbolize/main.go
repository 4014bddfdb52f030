// A program whose profile has every kind of frame: inlined calls, methods, closures, generics,
// goroutines, and code of a second package.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"example.com/symbols/work"
)

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	// Ten times the usual samples; StartCPUProfile complains, and keeps the rate.
	runtime.SetCPUProfileRate(1000)
	if err := pprof.StartCPUProfile(file); err != nil {
		panic(err)
	}
	done := make(chan uint64)
	go func() { done <- work.Rounds(time.Now().Add(600 * time.Millisecond)) }()
	sum := <-done
	pprof.StopCPUProfile()
	if err := file.Close(); err != nil {
		panic(err)
	}
	fmt.Println(sum)
}
