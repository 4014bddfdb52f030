//! The model over all packages of a program: what `-m` prints about each.

use base::FileId;
use go_ir::{Printer, Source, lower};
use go_syntax::DeclKind;
use go_types::{Def, Pos, Store};

use super::escape::{Tags, escapes};
use super::inline::{Bodies, inline_calls};
use super::message::Context;
use super::verdict::Costs;

/// What is known of the packages that were looked at.
#[derive(Debug, Default)]
pub struct Engine {
    goarch: String,
    inlines: bool,
    level: u8,
    costs: Costs,
    bodies: Bodies,
    tags: Tags,
}

/// What is said about one package.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// As `-m` prints them, in its order.
    pub lines: Vec<Line>,
    /// Functions of which nothing or not all is said.
    pub gaps: Vec<Gap>,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    pub pos: Pos,
    pub message: String,
}

/// A function without a whole answer.
#[derive(Clone, Debug)]
pub struct Gap {
    /// As the compiler names it, without its package.
    pub func: String,
    pub pos: Pos,
    pub reason: &'static str,
}

impl Engine {
    /// With `inlines` off it is as with `-l`. `level` is that of `-m`: 1, or 2 for the inliner's refusals and costs too;
    /// escape analysis explains nothing.
    pub fn new(goarch: &str, inlines: bool, level: u8) -> Self {
        Self {
            goarch: goarch.to_owned(),
            inlines,
            level,
            ..Self::default()
        }
    }

    /// Looks at a package whose imports were looked at.
    pub fn package(&mut self, store: &mut Store, source: &Source<'_>) -> Answer {
        let local = source.pkg;
        let mut package = lower(store, source);
        let messages = if self.inlines {
            inline_calls(
                store,
                &mut package,
                local,
                &self.goarch,
                &mut self.costs,
                &mut self.bodies,
            )
        } else {
            Vec::new()
        };
        let found = escapes(store, &mut package, local, &self.goarch, &mut self.tags);
        let context = Context {
            store,
            package: &package,
            local,
            bodies: &self.bodies,
        };
        let printer = Printer {
            store,
            package: &package,
            local,
        };
        let inlining = (messages.iter())
            .filter(|message| message.level() <= self.level)
            .map(|message| Line {
                pos: message.position(&package),
                message: message.text(&context, self.level),
            });
        let escaping = found.findings.iter().map(|finding| Line {
            pos: finding.pos(&package),
            message: finding.message(&printer),
        });
        let gaps = found.gaps.iter().map(|(func, reason)| Gap {
            func: package.funcs[*func].name.clone(),
            pos: package.funcs[*func].pos,
            reason,
        });
        Answer {
            lines: inlining.chain(escaping).collect(),
            gaps: gaps.chain(generic_functions(store, source)).collect(),
        }
    }
}

/// Declared functions and methods of generic types, of which nothing is said.
fn generic_functions<'a>(
    store: &'a Store,
    source: &'a Source<'_>,
) -> impl Iterator<Item = Gap> + 'a {
    let files = source.files.iter().zip(&source.info.files);
    files.flat_map(move |(file, info)| {
        file.decls.iter().filter_map(move |decl| {
            let DeclKind::Func(func) = file.ast.decl(*decl).kind else {
                return None;
            };
            let Some(Def::Object(obj)) = info.def(func.name) else {
                return None;
            };
            let signature = store.as_signature(store.obj(obj).typ?)?;
            let is_generic = !signature.tparams.is_empty() || !signature.rparams.is_empty();
            is_generic.then(|| Gap {
                func: store.name(obj).to_owned(),
                pos: store.obj(obj).pos,
                reason: "it is generic",
            })
        })
    })
}

impl Line {
    /// As gc prints it: without a column that does not fit into 8 bits, and without a position where there is none. `name`
    /// says how files are called that have not their base names.
    pub fn text(&self, store: &Store, name: impl Fn(FileId) -> Option<String>) -> String {
        let Some(file) = store.files.get(self.pos.file) else {
            return self.message.clone();
        };
        let at = file.line_col(self.pos.offset);
        let column = match at.col {
            0..=254 => format!(":{}", at.col),
            _ => String::new(),
        };
        let name = name(self.pos.file).unwrap_or_else(|| file.base_name.to_string());
        format!("{name}:{}{column}: {}", at.line, self.message)
    }
}
