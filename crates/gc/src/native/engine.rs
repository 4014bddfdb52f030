//! The model over all packages of a program: what `-m` prints about each.

use base::FileId;
use go_ir::{Generics, Printer, Source, lower_stenciled};
use go_types::{Pos, Store};

use super::bounds;
use super::escape::{Tags, escapes};
use super::inline::{Bodies, Target, devirtualize_calls, inline_calls};
use super::line_directive::{Directed, LineDirectives};
use super::message::Context;
use super::verdict::Costs;
use crate::phrases::BOUNDS_CHECK_ELIDED;

/// What is known of the packages that were looked at.
#[derive(Debug, Default)]
pub struct Engine {
    goarch: String,
    inlines: bool,
    level: u8,
    costs: Costs,
    bodies: Bodies,
    tags: Tags,
    generics: Generics,
    line_directives: LineDirectives,
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
    /// `None` of variables that stand nowhere, not even in a wrapper.
    place: Option<Place>,
    message: String,
    /// A place that ends the message.
    at: Option<Place>,
}

/// A position, and where a `//line` comment says that it is.
#[derive(Clone, Debug)]
struct Place {
    pos: Pos,
    directed: Option<Directed>,
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
    /// With `inlines` off it is as with `-l`. `level` is that of `-m`: 1, or 2 for the inliner's refusals and costs
    /// and the paths of what escapes too.
    pub fn new(goarch: &str, inlines: bool, level: u8) -> Self {
        Self {
            goarch: goarch.to_owned(),
            inlines,
            level,
            generics: Generics::new(goarch),
            ..Self::default()
        }
    }

    /// Looks at a package whose imports were looked at.
    pub fn package(&mut self, store: &mut Store, source: &Source<'_>) -> Answer {
        let local = source.pkg;
        self.generics.add(store, source);
        self.line_directives.add(store, source);
        let mut package = lower_stenciled(store, source, &mut self.generics);
        let messages = if self.inlines {
            inline_calls(
                store,
                &mut package,
                local,
                Target {
                    goarch: &self.goarch,
                    all_wrappers: self.level >= 2,
                },
                &mut self.costs,
                &mut self.bodies,
                &mut self.generics,
            )
        } else {
            let known = (&self.costs, &self.bodies, &mut self.generics);
            devirtualize_calls(store, &mut package, local, &self.goarch, known)
        };
        let found = escapes(
            store,
            &mut package,
            local,
            &self.goarch,
            &mut self.tags,
            self.level,
        );
        let unsure = found.gaps.iter().map(|(func, _)| *func).collect();
        let elided = bounds::elided(store, &package, &self.goarch, &unsure);
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
            .filter(|message| message.is_known(&context, self.level))
            .map(|message| {
                let pos = message.position(&package);
                (Some(pos), message.text(&context, self.level), None)
            });
        let escaping = found.findings.iter().flat_map(|finding| {
            let pos = finding.place(&package);
            let texts = finding.texts(&printer).into_iter();
            texts.map(move |text| (pos, text.text, text.at))
        });
        let gaps = found.gaps.iter().map(|(func, reason)| Gap {
            func: package.funcs[*func].name.clone(),
            pos: package.funcs[*func].pos,
            reason,
        });
        let elided = elided.into_iter();
        let elided = elided.map(|pos| (Some(pos), BOUNDS_CHECK_ELIDED.to_owned(), None));
        let lines = inlining.chain(escaping).chain(elided);
        let place = |pos| Place {
            pos,
            directed: self.line_directives.at(store, pos),
        };
        let lines = lines.map(|(pos, message, at)| Line {
            place: pos.map(place),
            message,
            at: at.map(place),
        });
        Answer {
            lines: lines.collect(),
            gaps: gaps.collect(),
        }
    }
}

impl Line {
    /// As gc prints it. `name` says how files are called that have not their base names.
    pub fn text(&self, store: &Store, name: impl Fn(FileId) -> Option<String>) -> String {
        let at = self.at.as_ref().map(|at| at.text(store, &name));
        let message = format!("{}{}", self.message, at.unwrap_or_default());
        match &self.place {
            Some(place) => format!("{}: {message}", place.text(store, &name)),
            None => message,
        }
    }
}

impl Place {
    /// Without a column that does not fit into 8 bits; what has no position is said of method wrappers.
    fn text(&self, store: &Store, name: &impl Fn(FileId) -> Option<String>) -> String {
        let Some(file) = store.files.get(self.pos.file) else {
            return "<autogenerated>:1".to_owned();
        };
        let at = file.line_col(self.pos.offset);
        let name = name(self.pos.file).unwrap_or_else(|| file.base_name.to_string());
        let (name, line, col) = match &self.directed {
            Some(Directed {
                name: other,
                line,
                col,
            }) => {
                let name = other.as_ref().map_or(name.clone(), |it| beside(&name, it));
                (name, *line, *col)
            }
            None => (name, at.line, Some(at.col)),
        };
        let column = match col {
            Some(col @ 0..=254) => format!(":{col}"),
            _ => String::new(),
        };
        format!("{name}:{line}{column}")
    }
}

/// The path of a file that a directive in another one names.
fn beside(path: &str, name: &str) -> String {
    match path.rfind('/') {
        Some(slash) if !name.starts_with('/') => format!("{}{name}", &path[..=slash]),
        _ => name.to_owned(),
    }
}
