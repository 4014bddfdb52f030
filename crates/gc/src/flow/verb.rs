//! One note of a flow, `NODE (WHY)`, as a verb and its object.

use std::fmt;

use super::{FlowStep, Location, RawStep};
use crate::decision::Position;
use crate::notation::quoted;

/// What happens to the value. The comments name the object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verb {
    /// The expression `&x`.
    AddressTaken,
    /// The variable.
    CapturedByReference,
    /// The variable.
    CapturedByValue,
    /// The function called, which keeps the argument or hands it to what may.
    PassedTo,
    /// The function called, whose body is compiled in place of the call; what it does follows.
    PassedToInlined,
    /// The function called, which gives the argument (or part of it) back as a result.
    ReturnedBy,
    /// No object.
    Panicked,
    /// The slice appended to.
    Appended,
    /// The slice appended to; the value's elements went there.
    ElementsAppended,
    /// The slice that grew; its old elements went to the new array.
    OldElementsAppended,
    /// The slice copied to.
    Copied,
    /// The slice copied to; the value's elements went there.
    ElementsCopied,
    /// No object.
    Returned,
    /// No object: from a function that is compiled in place of its call, so it goes on.
    ReturnedFromInlined,
    /// The local variable; with a package in front if it is from an inlined function.
    AssignedTo,
    /// The package-level variable.
    StoredInGlobal,
    /// The field, `x.f`.
    StoredInField,
    /// The element, `x[i]`.
    StoredInElement,
    /// The pointer's target, `*p`.
    StoredThroughPointer,
    /// The type of the struct literal.
    PutInStructLiteral,
    /// The type of the slice literal.
    PutInSliceLiteral,
    /// The type of the array literal.
    PutInArrayLiteral,
    /// The type of the map literal.
    PutInMapLiteralAsKey,
    /// The type of the map literal.
    PutInMapLiteralAsValue,
    /// No object: `f(a, b...)` makes a slice of what is passed for `...T`.
    PackedIntoVariadicArguments,
    /// The map element, `m[k]`.
    UsedAsMapKey,
    /// The channel.
    SentOn,
    /// The expression converted.
    ConvertedToInterface,
    /// The type assertion.
    TypeAsserted,
    /// The type or types of the `case`.
    MatchedByTypeSwitch,
    /// The field, `x.f`, whose value moves on.
    FieldRead,
    /// The expression `*p`.
    PointerRead,
    /// The expression `x[i]`.
    ElementRead,
    /// The expression `x[i:j]`.
    Sliced,
    /// The conversion of a slice to an array.
    ConvertedToArray,
    /// No object: the value of a `range` loop.
    Ranged,
    /// The function value of a call.
    Called,
    /// The conversion.
    ConvertedToUnsafePointer,
    /// The call of a function marked `//go:uintptrescapes`.
    PassedAsUintptr,
    /// The field of a `reflect` header.
    StoredInReflectHeader,
    /// The variable or expression.
    TooLargeForStack,
    /// The variable or expression.
    TooAlignedForStack,
    /// The `make`, whose elements have no size.
    ZeroSizedElements,
    /// The `make`, whose size is not constant (before Go 1.25).
    NonConstantSize,
    /// No object: a closure run by `go`, or by `defer` in a loop.
    StartedOrDeferred,
    /// No object: the statement needs the value on the heap; the compiler says no more.
    NeededOnHeap,
    /// The compiler's own words: a reason this version does not know.
    Unknown,
}

impl Verb {
    /// Words before the object and after it; no object between them if the second is `None`.
    fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::AddressTaken => ("its address is taken by ", Some("")),
            Self::CapturedByReference => ("", Some(" is captured by reference by a closure")),
            Self::CapturedByValue => ("", Some(" is captured by value by a closure")),
            Self::PassedTo => ("passed to ", Some("")),
            Self::PassedToInlined => ("passed to inlined ", Some("")),
            Self::ReturnedBy => ("returned by ", Some("")),
            Self::Panicked => ("passed to panic", None),
            Self::Appended => ("appended to ", Some("")),
            Self::ElementsAppended => ("its elements are appended to ", Some("")),
            Self::OldElementsAppended => ("moved when ", Some(" grows by append")),
            Self::Copied => ("copied to ", Some("")),
            Self::ElementsCopied => ("its elements are copied to ", Some("")),
            Self::Returned => ("returned", None),
            Self::ReturnedFromInlined => ("returned from the inlined call", None),
            Self::AssignedTo => ("assigned to ", Some("")),
            Self::StoredInGlobal => ("stored in package-level variable ", Some("")),
            Self::StoredInField => ("stored in field ", Some("")),
            Self::StoredInElement => ("stored in element ", Some("")),
            Self::StoredThroughPointer => ("stored through pointer ", Some("")),
            Self::PutInStructLiteral => ("put in struct literal ", Some("")),
            Self::PutInSliceLiteral => ("put in slice literal ", Some("")),
            Self::PutInArrayLiteral => ("put in array literal ", Some("")),
            Self::PutInMapLiteralAsKey => ("put as a key in map literal ", Some("")),
            Self::PutInMapLiteralAsValue => ("put as a value in map literal ", Some("")),
            Self::PackedIntoVariadicArguments => ("packed into the variadic arguments", None),
            Self::UsedAsMapKey => ("used as the key of ", Some("")),
            Self::SentOn => ("sent on channel ", Some("")),
            Self::ConvertedToInterface => ("", Some(" is converted to an interface")),
            Self::TypeAsserted => ("type-asserted by ", Some("")),
            Self::MatchedByTypeSwitch => ("matched by type switch case ", Some("")),
            Self::FieldRead => ("read from field ", Some("")),
            Self::PointerRead => ("read through pointer by ", Some("")),
            Self::ElementRead => ("read from element ", Some("")),
            Self::Sliced => ("sliced by ", Some("")),
            Self::ConvertedToArray => ("converted to an array by ", Some("")),
            Self::Ranged => ("ranged over", None),
            Self::Called => ("called by ", Some("")),
            Self::ConvertedToUnsafePointer => ("converted to unsafe.Pointer by ", Some("")),
            Self::PassedAsUintptr => ("passed as uintptr by ", Some("")),
            Self::StoredInReflectHeader => ("stored in reflect header by ", Some("")),
            Self::TooLargeForStack => ("", Some(" is too large for the stack")),
            Self::TooAlignedForStack => ("", Some(" is too aligned for the stack")),
            Self::ZeroSizedElements => ("", Some(" has elements of no size")),
            Self::NonConstantSize => ("", Some(" has no constant size")),
            Self::StartedOrDeferred => ("run by a go statement, or by defer in a loop", None),
            Self::NeededOnHeap => ("needed on the heap", None),
            Self::Unknown => ("", Some("")),
        }
    }
}

/// The step in few words, the object in backquotes.
impl fmt::Display for FlowStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verb.words() {
            (before, Some(after)) if !self.object.is_empty() => {
                write!(f, "{before}{}{after}", quoted(&self.object))
            }
            (before, _) => f.write_str(before.trim_end()),
        }
    }
}

/// `from NODE (WHY) at AT`.
#[derive(Clone, Copy)]
pub(super) struct Note<'a> {
    pub(super) node: &'a str,
    pub(super) why: &'a str,
    pub(super) at: Position,
}

/// The step of a note; None for notes that add nothing. `to` is the location its flow ends in, `before` the step before.
pub(super) fn translate<'a>(
    note: Note<'a>,
    to: Location<'a>,
    before: Option<&RawStep<'a>>,
) -> Option<RawStep<'a>> {
    let node = note.node;
    let (verb, object) = match note.why {
        "call parameter" => call(node, to),
        "assign"
        | "assign-pair"
        | "assign-pair-dot-type"
        | "assign-pair-mapr"
        | "assign-pair-receive"
        | "assign-pair-func-call" => assignment(node, to, before)?,
        "return" => (Verb::Returned, ""),
        "spill" => return None,
        "address-of" => (Verb::AddressTaken, node),
        "captured by a closure" => (Verb::CapturedByValue, node),
        "reference" => (Verb::CapturedByReference, node),
        "dot" if node.ends_with(')') => (Verb::TypeAsserted, node),
        "dot of pointer" if node.ends_with(']') => (Verb::ElementRead, node),
        "dot" | "dot of pointer" => (Verb::FieldRead, node),
        "indirection" => (Verb::PointerRead, node),
        "fixed-array-index-of" => (Verb::ElementRead, node),
        "slice" => (Verb::Sliced, node),
        "slice-to-array" => (Verb::ConvertedToArray, node),
        "range" | "range-deref" => (Verb::Ranged, ""),
        "interface-converted" => (Verb::ConvertedToInterface, node),
        "switch case" => (Verb::MatchedByTypeSwitch, case_types(node)),
        "struct literal element" => (Verb::PutInStructLiteral, literal_type(node)),
        "slice-literal-element" if node == "... argument" => {
            (Verb::PackedIntoVariadicArguments, "")
        }
        "slice-literal-element" => (Verb::PutInSliceLiteral, literal_type(node)),
        "array literal element" => (Verb::PutInArrayLiteral, literal_type(node)),
        "map literal key" => (Verb::PutInMapLiteralAsKey, literal_type(node)),
        "map literal value" => (Verb::PutInMapLiteralAsValue, literal_type(node)),
        "key of map put" => (Verb::UsedAsMapKey, node),
        "send" => (
            Verb::SentOn,
            split(node, " <- ").map_or(node, |(channel, _)| channel),
        ),
        "appended slice..." => (Verb::ElementsAppended, first_argument(node)),
        "appendee slice" => (Verb::OldElementsAppended, first_argument(node)),
        "copied slice" => (Verb::ElementsCopied, first_argument(node)),
        "callee operand" => (Verb::Called, node),
        "conversion to unsafe.Pointer" => (Verb::ConvertedToUnsafePointer, node),
        "//go:uintptrescapes" => (Verb::PassedAsUintptr, node),
        "reflect.Header.Data" => (Verb::StoredInReflectHeader, node),
        "too large for stack" => (Verb::TooLargeForStack, node),
        "too aligned for stack" => (Verb::TooAlignedForStack, node),
        "zero-sized element" => (Verb::ZeroSizedElements, node),
        "non-constant size" => (Verb::NonConstantSize, node),
        unknown => (Verb::Unknown, unknown),
    };
    let at = note.at;
    Some(RawStep { verb, object, at })
}

/// Nothing but making the value leads to the heap: `go` and `defer` statements do that to their closures.
pub(super) fn made_on_heap(note: Note<'_>) -> RawStep<'_> {
    let verb = if note.node == "func literal" {
        Verb::StartedOrDeferred
    } else {
        Verb::NeededOnHeap
    };
    let at = note.at;
    let object = "";
    RawStep { verb, object, at }
}

/// A call takes the value to the heap, or gives it back to where it flows on.
fn call<'a>(node: &'a str, to: Location<'_>) -> (Verb, &'a str) {
    let callee = callee(node);
    match (callee, to) {
        ("panic", _) => (Verb::Panicked, ""),
        ("append", Location::Heap) => (Verb::Appended, first_argument(node)),
        ("copy", Location::Heap) => (Verb::Copied, first_argument(node)),
        (_, Location::Heap) => (Verb::PassedTo, callee),
        _ => (Verb::ReturnedBy, callee),
    }
}

/// `a, b.f = x, y`: the left side the value went to. None where the compiler only named the results of a call.
fn assignment<'a>(
    node: &'a str,
    to: Location<'a>,
    before: Option<&RawStep<'a>>,
) -> Option<(Verb, &'a str)> {
    if let Location::Variable(name) = to {
        // Results of inlined calls are variables without a name.
        if name.starts_with("~r") {
            return Some((Verb::ReturnedFromInlined, ""));
        }
        return (!name.starts_with(".autotmp_")).then_some((Verb::AssignedTo, name));
    }
    let (left, right) = [" := ", " = ", " += "]
        .iter()
        .find_map(|by| split(node, by))?;
    let (lefts, rights) = (list(left), list(right));
    let object = before.map_or("", |step| step.object);
    let from_before = || rights.iter().position(|right| *right == object);
    let target = if lefts.len() == 1 {
        lefts[0]
    } else {
        let index = from_before().or_else(|| lefts.iter().position(|left| !is_plain(left)));
        index.and_then(|index| lefts.get(index)).copied()?
    };
    if target == "_" || target.starts_with(".autotmp_") {
        return None;
    }
    Some((store(target, to), target))
}

/// What an assignment to `target` stores into.
fn store(target: &str, to: Location<'_>) -> Verb {
    if target.starts_with('*') {
        Verb::StoredThroughPointer
    } else if target.ends_with(']') {
        Verb::StoredInElement
    } else if !is_plain(target) {
        // `pkg.Var` looks like a field.
        Verb::StoredInField
    } else if to == Location::Heap {
        Verb::StoredInGlobal
    } else {
        Verb::AssignedTo
    }
}

fn is_plain(target: &str) -> bool {
    !target.contains(['.', '[', '*', '('])
}

/// `case A, B: STATEMENTS`.
fn case_types(node: &str) -> &str {
    let types = node.strip_prefix("case ").unwrap_or(node);
    split(types, ": ").map_or(types.trim_end_matches(':'), |(types, _)| types)
}

/// `T{...}`.
fn literal_type(node: &str) -> &str {
    let node = node.strip_suffix("{...}").unwrap_or(node);
    node.strip_suffix("{}").unwrap_or(node)
}

/// What stands before the last argument list.
fn callee(node: &str) -> &str {
    last_arguments(node).map_or(node, |(callee, _)| callee)
}

fn first_argument(node: &str) -> &str {
    let Some((_, arguments)) = last_arguments(node) else {
        return node;
    };
    list(arguments).first().copied().unwrap_or_default()
}

/// `CALLEE(ARGUMENTS)`.
fn last_arguments(node: &str) -> Option<(&str, &str)> {
    let mut open = None;
    walk(node, |at, byte, depth| {
        if byte == b'(' && depth == 0 {
            open = Some(at);
        }
        false
    });
    let open = open?;
    let arguments = node[open + 1..].strip_suffix(')')?;
    Some((&node[..open], arguments))
}

/// The items between `, ` that is in no bracket or quote.
fn list(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    walk(text, |at, byte, depth| {
        if byte == b',' && depth == 0 && text[at..].starts_with(", ") {
            items.push(&text[start..at]);
            start = at + 2;
        }
        false
    });
    items.push(&text[start..]);
    items
}

/// At the first `by` that is in no bracket or quote.
fn split<'a>(text: &'a str, by: &str) -> Option<(&'a str, &'a str)> {
    let mut found = None;
    walk(text, |at, byte, depth| {
        if depth == 0 && byte == by.as_bytes()[0] && text[at..].starts_with(by) {
            found = Some(at);
        }
        found.is_some()
    });
    let at = found?;
    Some((&text[..at], &text[at + by.len()..]))
}

/// Visits each byte outside quotes with the number of brackets open before it, until `visit` says stop.
fn walk(text: &str, mut visit: impl FnMut(usize, u8, u32) -> bool) {
    let mut depth = 0u32;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(end) = quote {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                _ if byte == end => quote = None,
                _ => {}
            }
            continue;
        }
        if matches!(byte, b')' | b']' | b'}') {
            depth = depth.saturating_sub(1);
        }
        // Bytes inside a character never start a text.
        if text.is_char_boundary(at) && visit(at, byte, depth) {
            return;
        }
        match byte {
            b'"' | b'\'' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reasons the compilers from Go 1.24 to 1.27 give, with a node each could stand behind.
    #[test]
    fn every_reason_has_a_verb() {
        let cases = [
            ("f(x)", "call parameter", "passed to `f`"),
            (
                "kept = x",
                "assign",
                "stored in package-level variable `kept`",
            ),
            ("x.f += x", "assign", "stored in field `x.f`"),
            ("a, b.f = y, z", "assign-pair", "stored in field `b.f`"),
            (
                "p.x, p.ok = v.(T)",
                "assign-pair-dot-type",
                "stored in field `p.x`",
            ),
            (
                "p.x, p.ok = m[k]",
                "assign-pair-mapr",
                "stored in field `p.x`",
            ),
            (
                "*p, ok = <-c",
                "assign-pair-receive",
                "stored through pointer `*p`",
            ),
            ("return x", "return", "returned"),
            ("&x", "address-of", "its address is taken by `&x`"),
            (
                "x",
                "captured by a closure",
                "`x` is captured by value by a closure",
            ),
            (
                "x",
                "reference",
                "`x` is captured by reference by a closure",
            ),
            ("x.f", "dot", "read from field `x.f`"),
            ("x.(T)", "dot", "type-asserted by `x.(T)`"),
            ("p.f", "dot of pointer", "read from field `p.f`"),
            ("s[i]", "dot of pointer", "read from element `s[i]`"),
            ("*p", "indirection", "read through pointer by `*p`"),
            ("a[i]", "fixed-array-index-of", "read from element `a[i]`"),
            ("s[:n]", "slice", "sliced by `s[:n]`"),
            (
                "[4]int(s)",
                "slice-to-array",
                "converted to an array by `[4]int(s)`",
            ),
            ("for loop", "range", "ranged over"),
            ("for loop", "range-deref", "ranged over"),
            (
                "x",
                "interface-converted",
                "`x` is converted to an interface",
            ),
            (
                "case A, B: f(\": \")",
                "switch case",
                "matched by type switch case `A, B`",
            ),
            (
                "T{...}",
                "struct literal element",
                "put in struct literal `T`",
            ),
            (
                "... argument",
                "slice-literal-element",
                "packed into the variadic arguments",
            ),
            (
                "[]T{...}",
                "slice-literal-element",
                "put in slice literal `[]T`",
            ),
            (
                "[2]T{...}",
                "array literal element",
                "put in array literal `[2]T`",
            ),
            (
                "map[K]V{...}",
                "map literal key",
                "put as a key in map literal `map[K]V`",
            ),
            (
                "map[K]V{...}",
                "map literal value",
                "put as a value in map literal `map[K]V`",
            ),
            ("m[k]", "key of map put", "used as the key of `m[k]`"),
            ("ch <- x", "send", "sent on channel `ch`"),
            (
                "append(a, b...)",
                "appended slice...",
                "its elements are appended to `a`",
            ),
            (
                "append(a, b)",
                "appendee slice",
                "moved when `a` grows by append",
            ),
            (
                "copy(a, b)",
                "copied slice",
                "its elements are copied to `a`",
            ),
            ("f(x)", "callee operand", "called by `f(x)`"),
            (
                "unsafe.Pointer(p)",
                "conversion to unsafe.Pointer",
                "converted to unsafe.Pointer by `unsafe.Pointer(p)`",
            ),
            (
                "uintptr(p)",
                "//go:uintptrescapes",
                "passed as uintptr by `uintptr(p)`",
            ),
            (
                "h.Data",
                "reflect.Header.Data",
                "stored in reflect header by `h.Data`",
            ),
            ("a", "too large for stack", "`a` is too large for the stack"),
            (
                "a",
                "too aligned for stack",
                "`a` is too aligned for the stack",
            ),
            (
                "make([]T, n)",
                "zero-sized element",
                "`make([]T, n)` has elements of no size",
            ),
            (
                "make([]T, n)",
                "non-constant size",
                "`make([]T, n)` has no constant size",
            ),
            ("x", "something new", "`something new`"),
        ];
        let at = crate::Decisions::NO_POSITION;
        for (node, why, words) in cases {
            let step = translate(Note { node, why, at }, Location::Heap, None);
            let step = step.map(|RawStep { verb, object, at }| FlowStep {
                verb,
                object: object.into(),
                at,
            });
            assert_eq!(step.map(|step| step.to_string()).as_deref(), Some(words));
        }
    }

    #[test]
    fn callees_and_arguments_are_found() {
        let cases = [
            ("f(x)", "f", "x"),
            ("(*T).M(t, f(a, b))", "(*T).M", "t"),
            ("w.Write(([]byte)(\"a)\"))", "w.Write", "([]byte)(\"a)\")"),
            ("f(g)(h)", "f(g)", "h"),
            ("f(')', x)", "f", "')'"),
            ("append(xs, \", \")", "append", "xs"),
            ("x", "x", "x"),
            ("f()", "f", ""),
        ];
        for (node, name, argument) in cases {
            assert_eq!((callee(node), first_argument(node)), (name, argument));
        }
    }

    #[test]
    fn lists_and_splits_respect_brackets_and_quotes() {
        assert_eq!(list("a, f(b, c), \"d, e\""), ["a", "f(b, c)", "\"d, e\""]);
        assert_eq!(split("m[a = b] = c", " = "), Some(("m[a = b]", "c")));
        assert_eq!(
            split("ch <- \"ä <- b\"", " <- "),
            Some(("ch", "\"ä <- b\""))
        );
        assert_eq!(split("\" = \"", " = "), None);
    }
}
