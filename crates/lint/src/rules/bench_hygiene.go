package facts

import (
	"runtime"
	"testing"
	"time"
)

var now time.Time

// What StopTimer and StartTimer do: they read the memory statistics, which stops the world, and the clock.
func BenchmarkStopAndStart(b *testing.B) {
	var stats runtime.MemStats
	for b.Loop() {
		runtime.ReadMemStats(&stats)
		now = time.Now()
		runtime.ReadMemStats(&stats)
		now = time.Now()
	}
}

func BenchmarkClockAlone(b *testing.B) {
	for b.Loop() {
		now = time.Now()
		now = time.Now()
	}
}
