// A web server with a client of its own, a worker pool and three stuck handlers; prints its dumps.
package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	_ "net/http/pprof"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync"
	"time"
)

type orders struct {
	mu      sync.Mutex
	updates chan int
	jobs    chan func()
}

func (o *orders) get(w http.ResponseWriter, r *http.Request)  { io.WriteString(w, "ok") }
func (o *orders) wait(w http.ResponseWriter, r *http.Request) { <-o.updates }
func (o *orders) put(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
}
func (o *orders) big(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1<<22)) }

func (o *orders) worker() {
	for job := range o.jobs {
		job()
	}
}

func refresh(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func main() {
	o := &orders{updates: make(chan int), jobs: make(chan func())}
	http.HandleFunc("/get", o.get)
	http.HandleFunc("/wait", o.wait)
	http.HandleFunc("/put", o.put)
	http.HandleFunc("/big", o.big)
	for range 4 {
		go o.worker()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go refresh(ctx)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(listener, nil)
	url := "http://" + listener.Addr().String()
	fetch := func(path string) {
		response, err := http.Get(url + path)
		if err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { fetch("/get") })
	}
	wg.Wait()
	o.mu.Lock()
	go fetch("/wait")
	go fetch("/put")
	http.Get(url + "/big") // the body is not closed
	secure := httptest.NewUnstartedServer(http.HandlerFunc(o.get))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
	if response, err := client.Get(secure.URL); err == nil {
		response.Body.Close()
	}
	time.Sleep(300 * time.Millisecond)
	dump(os.Args[1])
	if len(os.Args) > 2 {
		<-ctx.Done()
	}
}

func dump(folder string) {
	for debug, name := range map[int]string{0: "0.pb.gz", 1: "1.txt", 2: "2.txt"} {
		file, err := os.Create(folder + name)
		if err != nil {
			log.Fatal(err)
		}
		pprof.Lookup("goroutine").WriteTo(file, debug)
		file.Close()
	}
}
