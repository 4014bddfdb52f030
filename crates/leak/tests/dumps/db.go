// A program with a database/sql pool: an open transaction, open rows, and callers that wait for a
// connection.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log"
	"os"
	"runtime/pprof"
	"time"
)

type fake struct{}

func (fake) Open(string) (driver.Conn, error)               { return conn{}, nil }

type conn struct{}

func (conn) Prepare(string) (driver.Stmt, error) { return stmt{}, nil }
func (conn) Close() error                        { return nil }
func (conn) Begin() (driver.Tx, error)           { return tx{}, nil }

type tx struct{}

func (tx) Commit() error   { return nil }
func (tx) Rollback() error { return nil }

type stmt struct{}

func (stmt) Close() error                               { return nil }
func (stmt) NumInput() int                              { return 0 }
func (stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.New("no") }
func (stmt) Query([]driver.Value) (driver.Rows, error)  { return rows{}, nil }

type rows struct{}

func (rows) Columns() []string            { return []string{"a"} }
func (rows) Close() error                 { return nil }
func (rows) Next(to []driver.Value) error { return io.EOF }

func report(db *sql.DB) { db.QueryContext(context.Background(), "select 1") }

func main() {
	sql.Register("fake", fake{})
	db, err := sql.Open("fake", "")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(2)
	db.SetConnMaxLifetime(time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db.BeginTx(ctx, nil)
	db.QueryContext(ctx, "select 1")
	for range 3 {
		go report(db)
	}
	time.Sleep(200 * time.Millisecond)
	for debug, name := range map[int]string{0: "0.pb.gz", 1: "1.txt", 2: "2.txt"} {
		file, err := os.Create(os.Args[1] + name)
		if err != nil {
			log.Fatal(err)
		}
		pprof.Lookup("goroutine").WriteTo(file, debug)
		file.Close()
	}
}
