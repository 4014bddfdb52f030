package facts

import (
	"testing"
	"time"
)

func full() chan int {
	c := make(chan int, 1)
	c <- 1
	return c
}

func BenchmarkAfter(b *testing.B) {
	c := full()
	for b.Loop() {
		select {
		case v := <-c:
			c <- v
		case <-time.After(time.Minute):
		}
	}
}

func BenchmarkReset(b *testing.B) {
	c := full()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	for b.Loop() {
		timer.Reset(time.Minute)
		select {
		case v := <-c:
			c <- v
		case <-timer.C:
		}
	}
}
