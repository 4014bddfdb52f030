//! A package's part as bytes, to be kept between runs.
//!
//! Numbers are LEB128, counts stand before what they count, texts are numbers into a table at the start. What the bytes mean
//! is known to this version alone: their key says which wrote them.

use base::{Idx, IndexVec, TextRange, put_varint, take_varint};
use go_syntax::Symbol;
use rustc_hash::FxHashMap;

use crate::ir::{
    At, Block, BlockId, Call, Callee, Count, Edge, Event, EventKind, Exit, Fact, Func, FuncId,
    Loop, LoopKind, Mode, Op, Operand, PlaceId, ResultType, Target,
};
use crate::nodes::{Capacity, Class, Escape, Make, NodeId, NodeKey, Nodes};
use crate::objects::{Form, Key, Kind, ObjId, Object, Text, text};
use crate::program::{Interface, PackageFacts, Place, Program};

/// The part as bytes.
pub(crate) fn write(part: &Program) -> Vec<u8> {
    let mut out = Out::default();
    part.put(&mut out);
    let mut head = Out::default();
    head.len(out.texts.len());
    for text in &out.texts {
        head.len(text.len());
        head.bytes.extend_from_slice(text.as_bytes());
    }
    head.bytes.append(&mut out.bytes);
    head.bytes
}

/// `None` if these are not the bytes of a part.
pub(crate) fn read(bytes: &[u8]) -> Option<Program> {
    let mut input = In {
        rest: bytes,
        texts: Vec::new(),
    };
    let texts = input.len()?;
    for _ in 0..texts {
        let len = input.len()?;
        let (own, rest) = input.rest.split_at_checked(len)?;
        input.texts.push(text(str::from_utf8(own).ok()?));
        input.rest = rest;
    }
    let part = Program::get(&mut input)?;
    input.rest.is_empty().then_some(part)
}

#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    texts: Vec<Text>,
    ids: FxHashMap<Text, usize>,
}

struct In<'a> {
    rest: &'a [u8],
    texts: Vec<Text>,
}

impl Out {
    fn num(&mut self, value: u64) {
        put_varint(&mut self.bytes, value);
    }

    fn len(&mut self, value: usize) {
        self.num(value as u64);
    }
}

impl In<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn num(&mut self) -> Option<u64> {
        take_varint(&mut self.rest)
    }

    /// A count of things that take a byte at least.
    fn len(&mut self) -> Option<usize> {
        let len = usize::try_from(self.num()?).ok()?;
        (len <= self.rest.len()).then_some(len)
    }
}

trait Wire: Sized {
    fn put(&self, out: &mut Out);
    fn get(input: &mut In<'_>) -> Option<Self>;
}

/// Structs, field by field.
macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => { $(
        impl Wire for $name {
            fn put(&self, out: &mut Out) {
                $(self.$field.put(out);)*
            }
            fn get(input: &mut In<'_>) -> Option<Self> {
                Some(Self { $($field: Wire::get(input)?),* })
            }
        }
    )* };
}

/// Enums without contents.
macro_rules! units {
    ($($name:ident { $($variant:ident),* $(,)? })*) => { $(
        impl Wire for $name {
            fn put(&self, out: &mut Out) {
                out.bytes.push(*self as u8);
            }
            fn get(input: &mut In<'_>) -> Option<Self> {
                let byte = input.byte()?;
                [$(Self::$variant),*].into_iter().find(|it| *it as u8 == byte)
            }
        }
    )* };
}

/// Enums with contents: a number, then what the variant holds.
macro_rules! enums {
    ($($name:ident { $($number:literal = $variant:ident $(( $($held:ident),* ))? $({ $($field:ident),* })? ),* $(,)? })*) => { $(
        impl Wire for $name {
            fn put(&self, out: &mut Out) {
                match self {
                    $(Self::$variant $(( $($held),* ))? $({ $($field),* })? => {
                        out.bytes.push($number);
                        $($($held.put(out);)*)?
                        $($($field.put(out);)*)?
                    })*
                }
            }
            fn get(input: &mut In<'_>) -> Option<Self> {
                Some(match input.byte()? {
                    $($number => {
                        $($(let $held = Wire::get(input)?;)*)?
                        $($(let $field = Wire::get(input)?;)*)?
                        Self::$variant $(( $($held),* ))? $({ $($field),* })?
                    })*
                    _ => return None,
                })
            }
        }
    )* };
}

/// Ids are their numbers.
macro_rules! ids {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn put(&self, out: &mut Out) {
                out.len(self.index());
            }
            fn get(input: &mut In<'_>) -> Option<Self> {
                let number = u32::try_from(input.num()?).ok()?;
                (number < u32::MAX).then(|| Self::from_index(number as usize))
            }
        }
    )* };
}

ids! { ObjId FuncId NodeId PlaceId BlockId }

structs! {
    PackageFacts { import_path, asked, is_main, go_minor }
    Place { root, fields }
    Interface { is_open, methods, n_params, n_results }
    Object { name, package, kind, typ, form, key }
    Key { package, file, offset }
    Func {
        name, package, obj, parent, has_recv, params, results, blocks, loops, calls_recover,
        recovers, exported, is_entry, context_params,
    }
    ResultType { name, is_made }
    Loop { at, kind, count, head, after }
    Count { text, minus }
    Block { events, edges, exit, loops }
    Edge { to, fact }
    Fact { var, zero }
    Event { kind, at }
    Operand { node, place, var, range }
    Call { mode, callee, name, args, results, targets, group }
    At { file, range }
    Make { at, func, cap }
    Class {
        makes, funcs, imported, params, results, fields, vars, fixed, escape, elem, owner, foreign,
    }
}

units! {
    Kind { Field, PackageVar, Param, Result, Local, Func, Method, Other }
    Form { Named, Basic, Other }
    LoopKind { Counted, Channel, While, Endless, Iterator }
    Exit { Return, Panic, Goexit, Never }
    Mode { Here, Go, Defer, Deferred, Maybe }
    Escape { Exported, UnknownCaller, UnknownCallee, Interface }
}

enums! {
    Op {
        0 = Send, 1 = Recv, 2 = Range, 3 = Close, 4 = Lock, 5 = RLock, 6 = Unlock, 7 = RUnlock,
        8 = TryLock, 9 = Add(n), 10 = Done, 11 = Wait, 12 = CondWait, 13 = Signal, 14 = Invoke,
    }
    EventKind {
        0 = Op(op, operand), 1 = Select { arms, default }, 2 = Arm(op, operand), 3 = Call(call),
        4 = Assign(var), 5 = Leaks(var),
    }
    Callee {
        0 = Object(obj), 1 = Literal(func), 2 = Value(operand), 3 = Interface(obj),
        4 = Op(op, operand),
    }
    Target { 0 = Var(obj), 1 = Blank, 2 = Field(obj), 3 = Other }
    Capacity { 0 = Const(n), 1 = Text(text) }
    NodeKey { 0 = Var(obj), 1 = Field(obj), 2 = Result(func, index) }
}

impl Wire for Program {
    fn put(&self, out: &mut Out) {
        self.packages.put(out);
        self.objects.put(out);
        self.places.put(out);
        self.funcs.put(out);
        self.nodes.put(out);
        self.contexts.put(out);
        sorted(&self.of_obj).put(out);
        sorted(&self.interfaces).put(out);
        sorted(&self.methods).put(out);
        sorted(&self.literals).put(out);
        self.n_cut.put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let mut part = Self {
            packages: Wire::get(input)?,
            objects: Wire::get(input)?,
            places: Wire::get(input)?,
            funcs: Wire::get(input)?,
            nodes: Wire::get(input)?,
            contexts: Wire::get(input)?,
            ..Self::default()
        };
        part.of_obj = <Vec<_>>::get(input)?.into_iter().collect();
        part.interfaces = <Vec<_>>::get(input)?.into_iter().collect();
        part.methods = <Vec<_>>::get(input)?.into_iter().collect();
        part.literals = <Vec<_>>::get(input)?.into_iter().collect();
        part.n_cut = Wire::get(input)?;
        Some(part)
    }
}

impl Wire for Nodes {
    fn put(&self, out: &mut Out) {
        let (parents, classes, keys) = self.parts();
        parents.put(out);
        classes.put(out);
        sorted(keys).put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let (parents, classes) = (Wire::get(input)?, Wire::get(input)?);
        let keys = <Vec<_>>::get(input)?.into_iter().collect();
        Some(Self::from_parts(parents, classes, keys))
    }
}

fn sorted<K: Copy + Ord, V: Clone>(map: &FxHashMap<K, V>) -> Vec<(K, V)> {
    let mut all: Vec<(K, V)> = map
        .iter()
        .map(|(key, value)| (*key, value.clone()))
        .collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    all
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Out) {
        self.0.put(out);
        self.1.put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        Some((A::get(input)?, B::get(input)?))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Out) {
        out.bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        Some(match input.byte()? {
            0 => None,
            1 => Some(T::get(input)?),
            _ => return None,
        })
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Out) {
        (**self).put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        T::get(input).map(Self::new)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Out) {
        out.len(self.len());
        for item in self {
            item.put(out);
        }
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let len = input.len()?;
        let mut all = Self::with_capacity(len);
        for _ in 0..len {
            all.push(T::get(input)?);
        }
        Some(all)
    }
}

impl<I: Idx, T: Wire> Wire for IndexVec<I, T> {
    fn put(&self, out: &mut Out) {
        out.len(self.len());
        for item in self {
            item.put(out);
        }
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        <Vec<T>>::get(input).map(Self::from)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Out) {
        out.bytes.push(u8::from(*self));
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        match input.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// Numbers without sign.
macro_rules! numbers {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn put(&self, out: &mut Out) {
                out.num(u64::from(*self));
            }
            fn get(input: &mut In<'_>) -> Option<Self> {
                Self::try_from(input.num()?).ok()
            }
        }
    )* };
}

numbers! { u16 u32 }

impl Wire for usize {
    fn put(&self, out: &mut Out) {
        out.len(*self);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        Self::try_from(input.num()?).ok()
    }
}

impl Wire for i64 {
    fn put(&self, out: &mut Out) {
        out.num(((self << 1) ^ (self >> 63)) as u64);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let value = input.num()?;
        Some((value >> 1) as Self ^ -((value & 1) as Self))
    }
}

impl Wire for i32 {
    fn put(&self, out: &mut Out) {
        i64::from(*self).put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        Self::try_from(i64::get(input)?).ok()
    }
}

impl Wire for TextRange {
    fn put(&self, out: &mut Out) {
        self.start.put(out);
        out.num(u64::from(self.end.wrapping_sub(self.start)));
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let start = u32::get(input)?;
        let end = start.wrapping_add(u32::get(input)?);
        (start <= end).then(|| Self::new(start, end))
    }
}

impl Wire for Text {
    fn put(&self, out: &mut Out) {
        let next = out.texts.len();
        let id = *out.ids.entry(self).or_insert(next);
        if id == next {
            out.texts.push(self);
        }
        out.len(id);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let id = usize::get(input)?;
        input.texts.get(id).copied()
    }
}

impl Wire for Symbol {
    fn put(&self, out: &mut Out) {
        self.as_str().put(out);
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        Text::get(input).map(Self::intern)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Out) {
        out.len(self.len());
        out.bytes.extend_from_slice(self.as_bytes());
    }

    fn get(input: &mut In<'_>) -> Option<Self> {
        let len = input.len()?;
        let (own, rest) = input.rest.split_at_checked(len)?;
        input.rest = rest;
        Self::from_utf8(own.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use base::Cancellation;
    use go_types::fixture;

    use crate::program::{Part, Program, SourceFile, SourcePackage};

    const SOURCE: &str = r#"package a

type T struct{ done chan struct{} }

type stopper interface{ Stop(n int) error }

var all = map[string]chan int{}

func New(n int) *T {
	t := &T{done: make(chan struct{}, n)}
	go func() {
		defer func() { recover() }()
		for i := 0; i < n; i++ {
			select {
			case <-t.done:
				return
			case all["x"] <- i:
			}
		}
	}()
	return t
}

func (t *T) Stop(n int) error { close(t.done); return nil }

func stop(s stopper, err error) {
	if err != nil {
		return
	}
	defer s.Stop(1)
	var f func(int) error = s.Stop
	_ = f(2)
}
"#;

    fn part() -> Part {
        let mut checked = fixture::checked(&[("a", "a.go", SOURCE)]);
        let own = &checked.packages[0];
        let package = SourcePackage {
            import_path: "a",
            name: "a",
            pkg: own.id,
            files: vec![SourceFile {
                path: Path::new("a.go"),
                file: &own.file,
                info: &own.info.files[0],
            }],
            asked: true,
            go_minor: 27,
        };
        let cancel = Cancellation::default();
        Program::default()
            .read_alone(&mut checked.store, &package, &cancel)
            .unwrap()
    }

    #[test]
    fn a_part_comes_back_as_it_was() {
        let part = part();
        let bytes = part.to_bytes();
        let back = Part::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert_eq!(format!("{:?}", back.0.funcs), format!("{:?}", part.0.funcs));
        assert_eq!(
            format!("{:?}", back.0.nodes.parts().1),
            format!("{:?}", part.0.nodes.parts().1)
        );
    }

    #[test]
    fn bytes_that_are_cut_are_no_part() {
        let bytes = part().to_bytes();
        for end in 0..bytes.len() {
            assert!(Part::from_bytes(&bytes[..end]).is_none(), "{end}");
        }
    }
}
