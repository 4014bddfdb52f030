//! GP706: values that `encoding/binary` walks by reflection.

use diag::Severity;
use go_syntax::ExprId;
use go_types::{Basic, TypeId, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP706",
    name: "binary-reflect",
    summary: "a value that encoding/binary reads or writes by reflection",
    since: None,
    until: None,
    doc: include_str!("binary_reflect.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["encoding/binary."],
    }),
};

/// Functions of the package, and which argument is the value.
const BY_VALUE: &[(&str, usize)] = &[
    ("Append", 2),
    ("Decode", 2),
    ("Encode", 2),
    ("Read", 2),
    ("Write", 2),
];

/// What the value is, if it is not one that the package has code for.
enum Slow {
    Struct,
    Named,
    /// An array, a named slice or a pointer to a slice, of numbers that the package has code for.
    Numbers,
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let name = source.called_name(call);
        if let Some((_, at)) = BY_VALUE.iter().find(|(it, _)| *it == name)
            && let Some((args, false)) = source.args_of(call, "encoding/binary", name)
            && let Some(value) = args.get(*at)
            && let Some(slow) = source.type_of(*value).and_then(|it| slow(source, it))
        {
            found.push(finding(source, call, *value, &slow));
        }
    }
}

/// The package has code for predeclared numbers and booleans, pointers to them and slices of them.
/// Source: encoding/binary/binary.go `intDataSize`, go1.27.3.
fn slow(source: &Source<'_>, typ: TypeId) -> Option<Slow> {
    let kind = |typ| source.with_store(|store| store.unaliased(typ));
    let part = match kind(typ) {
        TypeKind::Pointer(part) | TypeKind::Slice(part) => part,
        TypeKind::Basic(_) => return None,
        _ => typ,
    };
    if source.is_type_param(part) {
        return None;
    }
    match source.under(part) {
        TypeKind::Struct(_) => Some(Slow::Struct),
        TypeKind::Array { elem, .. } | TypeKind::Slice(elem) => Some(match source.under(elem) {
            TypeKind::Basic(_) if source.exactly(elem).is_some() => Slow::Numbers,
            TypeKind::Basic(_) => Slow::Named,
            _ => Slow::Struct,
        }),
        TypeKind::Basic(basic) => {
            let is_number = basic == Basic::Bool || (Basic::Int8..=Basic::Float64).contains(&basic);
            let is_named = source.exactly(part).is_none();
            (is_number && is_named).then_some(Slow::Named)
        }
        _ => None,
    }
}

fn finding(source: &Source<'_>, call: ExprId, value: ExprId, slow: &Slow) -> Found {
    let (name, text) = (source.called_name(call), source.text(value));
    let message = format!("`binary.{name}` walks `{text}` by reflection");
    let help = match slow {
        Slow::Struct => {
            "read and write the fields with `binary.LittleEndian.Uint32`, `AppendUint32` and the like on a buffer"
        }
        Slow::Numbers => {
            "give it a slice of the predeclared type (`a[:]`, `[]uint32(s)`), for which it has code of its own"
        }
        Slow::Named => "convert it to the predeclared type, or use the methods of the byte order",
    };
    Found::new(source, call, &message)
        .label("by reflection")
        .help(help)
}
