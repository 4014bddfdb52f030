// A gRPC server with two clients; one watches health for good, one call is stuck in its handler.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"runtime/pprof"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

type stuck struct {
	*health.Server
	never chan int
}

func (s *stuck) Check(ctx context.Context, in *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	if in.Service == "stuck" {
		<-s.never
	}
	return s.Server.Check(ctx, in)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, &stuck{health.NewServer(), make(chan int)})
	go server.Serve(listener)
	for range 2 {
		conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			log.Fatal(err)
		}
		client := healthpb.NewHealthClient(conn)
		client.Check(context.Background(), &healthpb.HealthCheckRequest{})
		if stream, err := client.Watch(context.Background(), &healthpb.HealthCheckRequest{}); err == nil {
			stream.Recv()
			go stream.Recv()
		}
		go client.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "stuck"})
	}
	time.Sleep(300 * time.Millisecond)
	for debug, name := range map[int]string{0: "0.pb.gz", 1: "1.txt", 2: "2.txt"} {
		file, err := os.Create(os.Args[1] + name)
		if err != nil {
			log.Fatal(err)
		}
		pprof.Lookup("goroutine").WriteTo(file, debug)
		file.Close()
	}
}
