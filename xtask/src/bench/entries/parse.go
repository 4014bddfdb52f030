// Command parse reads the files named in a list, in parallel, with go/parser.
package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"runtime"
	"strings"
	"sync"
)

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	paths := make(chan string)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for path := range paths {
				text, err := os.ReadFile(path)
				if err == nil {
					_, err = parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.SkipObjectResolution)
				}
				if err != nil {
					fmt.Println(err)
				}
			}
		})
	}
	for _, path := range strings.Fields(string(list)) {
		paths <- path
	}
	close(paths)
	wait.Wait()
}
