package p

func New[T any]() *T { return new(T) }

func As[T any](x any) T { return x.(T) }

type I interface{ M() }

type E[T any] struct{ x T }

func (e E[T]) M() {}

func Call[T any](x T) { var i I = E[T]{x}; i.M() }

func Bytes[T I](x T) [2]any { x.M(); return [2]any{x, string("a")} }

type N struct{ p *int }

func (n N) M() {}

func F(p *int) { _, _ = New[int](), As[string](1); Call(p); _ = Bytes(N{p}) }
