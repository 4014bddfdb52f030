// Deprecated: no more.
module "example.com/m" // the module

go 1.25.3

toolchain go1.27.3

require golang.org/x/sys v0.1.0
require (
	a.b/c v1.0.0 // indirect
	a.b/d v1.0.1-0.20200101000000-abcdefabcdef // indirect; soon direct
	"a.b/e" v2.0.0+incompatible
)

exclude a.b/c v1.0.1

replace (
	a.b/c => ../c
	a.b/d v1.0.0 => `x.y/d` v1.2.0
)

retract [v1.0.0, v1.2.0] // broken
retract v1.3.0

godebug default=go1.21

tool golang.org/x/tools/cmd/stringer

ignore ./node_modules
