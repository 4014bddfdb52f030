// Command check type-checks the packages of a list with go/types, function bodies too: a line for each, in
// the order of their imports, with its path, its folder, its files, imports that mean another path, and
// "true" if its function bodies are left out. With this last column each package is read when its turn
// comes and forgotten afterwards.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

type unit struct {
	path, dir string
	names     []string
	meant     map[string]string
	files     []*ast.File
	// Without function bodies.
	outside bool
	// Read when its turn comes.
	later bool
}

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var units []*unit
	for line := range strings.Lines(string(list)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		u := &unit{path: parts[0], dir: parts[1], names: strings.Fields(parts[2]), meant: map[string]string{}}
		if len(parts) > 3 {
			// Paths of packages that are built for a test contain a blank.
			for pair := range strings.SplitSeq(parts[3], ";") {
				from, to, _ := strings.Cut(pair, "=")
				u.meant[from] = to
			}
		}
		u.later = len(parts) > 4
		u.outside = u.later && parts[4] == "true"
		units = append(units, u)
	}
	fset := token.NewFileSet()
	parse(fset, slices.DeleteFunc(slices.Clone(units), func(u *unit) bool { return u.later }))
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	problems := 0
	for _, u := range units {
		if u.path == "unsafe" {
			continue
		}
		if u.later {
			parse(fset, []*unit{u})
		}
		config := types.Config{
			Sizes: types.SizesFor("gc", "amd64"),
			Importer: importer(func(path string) *types.Package {
				if to, ok := u.meant[path]; ok {
					path = to
				}
				return checked[path]
			}),
			IgnoreFuncBodies: u.outside,
			Error:            func(error) { problems++ },
		}
		info := &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
			Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
			Instances: map[*ast.Ident]types.Instance{},
		}
		if u.outside {
			info = nil
		}
		checked[u.path], _ = config.Check(u.path, fset, u.files, info)
		u.files = nil
	}
	fmt.Printf("%d packages, %d problems\n", len(units), problems)
}

func parse(fset *token.FileSet, units []*unit) {
	type job struct {
		u *unit
		i int
	}
	jobs := make(chan job)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for j := range jobs {
				name := filepath.Join(j.u.dir, j.u.names[j.i])
				file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
				if err != nil {
					fmt.Println(err)
				}
				j.u.files[j.i] = file
			}
		})
	}
	for _, u := range units {
		u.files = make([]*ast.File, len(u.names))
		for i := range u.names {
			jobs <- job{u, i}
		}
	}
	close(jobs)
	wait.Wait()
}

type importer func(path string) *types.Package

func (f importer) Import(path string) (*types.Package, error) {
	if pkg := f(path); pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}
