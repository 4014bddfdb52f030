//! GP501: wording of what the layout engine finds.

use diag::{Annotation, Diagnostic, Edit, Fix, Safety, Severity, Value};
use layout::{Advice, Ground, StructLayout};

use crate::evidence::{Gain, rank};
use crate::findings::{help, note, rule_ref};
use crate::rule::{Look, Rule};
use crate::weights::{Resource, Weights};

pub const RULE: Rule = Rule {
    id: "GP501",
    name: "struct-size-class",
    summary: "a struct that takes less memory with its fields in another order",
    since: None,
    until: None,
    doc: include_str!("struct_size_class.md"),
    look: Look::Facts,
};

/// A struct that takes less memory in another order of its fields, without an obstacle.
#[derive(Clone, Copy, Debug)]
pub struct StructInput<'a> {
    pub layout: &'a StructLayout,
    /// `store.Order`
    pub short_name: &'a str,
    pub advice: &'a Advice,
    /// Import path.
    pub package: &'a str,
    /// Puts the fields into the better order.
    pub edit: Option<&'a Edit>,
    /// What was allocated where objects of it are made, and in all.
    pub weights: &'a Weights,
    pub total: &'a Weights,
}

/// The finding for a struct; `None` if its place is not known.
pub fn finding(input: &StructInput) -> Option<Diagnostic> {
    let StructInput {
        layout,
        advice,
        short_name: name,
        ..
    } = input;
    let place = layout.place.as_ref()?;
    let message = match advice.ground {
        Ground::Rows => format!(
            "each `{name}` element takes {} bytes, {} with its fields in another order",
            layout.size, advice.better.size
        ),
        _ => format!(
            "each `{name}` takes {} bytes of heap, {} with its fields in another order",
            advice.class, advice.better_class
        ),
    };
    let before = match advice.ground {
        Ground::Rows => layout.size,
        _ => advice.class,
    };
    let mut weights = *input.weights;
    weights[Resource::Cpu] = 0;
    let gain = Gain {
        reduction: advice.saved_bytes as f64 / before.max(1) as f64,
        confidence: 0.7,
    };
    let ranked = rank(&weights, &weights, input.total, gain);
    let severity = if ranked.evidence.is_empty() {
        Severity::Hint
    } else {
        Severity::Warning
    };
    let label = format!(
        "{} bytes, {} of them padding",
        layout.size,
        layout.padding()
    );
    let primary = Annotation::at(&place.path, place.at.line, place.at.col).message(label);
    let rule = rule_ref(&RULE);
    let mut found = Diagnostic::new(rule, severity, message, primary);
    found.evidence = ranked.evidence;
    found.score = ranked.score;
    found.package = Some(input.package.to_owned());
    found.notes.push(note(format!("better: {}", order(input))));
    found.notes.push(help(
        &RULE,
        "reorder its fields: `goperf layout --fix` does it, `--diff` shows it",
    ));
    found.fix = input.edit.map(|edit| Fix {
        title: "reorder the fields".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![edit.clone()],
        imports: Vec::new(),
    });
    for (key, value) in [
        ("size", layout.size),
        ("better_size", advice.better.size),
        ("class", advice.class),
        ("better_class", advice.better_class),
        ("saved_bytes", advice.saved_bytes),
    ] {
        found.data.insert(key.to_owned(), Value::Int(value));
    }
    let change = format!(
        "size={}->{} class={}->{}",
        layout.size, advice.better.size, advice.class, advice.better_class
    );
    found.data.insert("change".to_owned(), change.into());
    Some(found)
}

/// The fields in their better order; of many the first.
fn order(input: &StructInput) -> String {
    const SHOWN: usize = 12;
    let order = &input.advice.better.order;
    let fields = order
        .iter()
        .filter_map(|index| input.layout.fields.get(*index));
    let mut names: Vec<String> = (fields.take(SHOWN))
        .map(|field| format!("`{}`", field.name))
        .collect();
    if order.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
