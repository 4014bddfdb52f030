package p

func first(x int) any { return x }

//line other.y:100
func without(x int) any { return x }

func later(x int) any {
	return x
}

//line other.y:7:3
func with(x int) any { return x }

func relative(x int) any { return /*line made/in.go:50:10*/ x }

func inner(x, y int) any { return /*line made/in.go:60*/ x + y }

//line :20:1
func kept(x int) any { return x }

	//line indented.go:1
func indented(x int) any { return x }
