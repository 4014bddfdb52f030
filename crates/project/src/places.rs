//! Stack or heap: where every value of a package lives, by function.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gc::{Decisions, Flows, Kind, SubjectClass};
use lint::{CheckedPackage, Flow};

/// The values of one package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackagePlaces {
    pub import_path: String,
    /// By file and line.
    pub functions: Vec<FunctionPlaces>,
}

/// The values of one function, or of a file's package-level code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionPlaces {
    /// Empty for package-level code.
    pub name: String,
    pub path: PathBuf,
    /// Of its `func`; 0 for package-level code.
    pub line: u32,
    pub values: Vec<Value>,
}

/// One value and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    pub line: u32,
    /// 0: unknown.
    pub col: u32,
    pub place: Place,
    /// The expression or variable, as the compiler prints it.
    pub subject: String,
    /// How it gets to the heap.
    pub flow: Flow,
    /// Files of the positions of the flow.
    pub flow_paths: Vec<PathBuf>,
}

/// Where a value lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    Heap,
    /// A parameter that lets its argument escape.
    Leaks,
    /// A parameter that lets what its argument points to escape.
    LeaksContent,
    /// A parameter that flows to a result.
    ToResult,
    /// A constant in an interface: the compiler says that it escapes, but it points to read-only data.
    Static,
    Stack,
}

impl Place {
    pub fn name(self) -> &'static str {
        match self {
            Self::Heap => "heap",
            Self::Leaks => "leaks",
            Self::LeaksContent => "leaks content",
            Self::ToResult => "to result",
            Self::Static => "static",
            Self::Stack => "stack",
        }
    }

    fn of(kind: Kind, subject: &str) -> Option<Self> {
        let is_constant = || {
            matches!(
                SubjectClass::of(subject),
                SubjectClass::StringConstant | SubjectClass::Constant
            )
        };
        Some(match kind {
            Kind::EscapesToHeap if is_constant() => Self::Static,
            Kind::MovedToHeap | Kind::EscapesToHeap => Self::Heap,
            Kind::DoesNotEscape => Self::Stack,
            Kind::LeakingParam => Self::Leaks,
            Kind::LeakingParamContent => Self::LeaksContent,
            Kind::LeakingParamToResult { .. } => Self::ToResult,
            _ => return None,
        })
    }
}

/// Lists the values in a package's own files. `sources` are the texts of its files, in their order.
pub fn places(
    package: &CheckedPackage,
    decisions: &Decisions,
    _sources: &[Option<String>],
) -> PackagePlaces {
    let index = package.file_index();
    let flows = Flows::new(decisions);
    let mut functions: BTreeMap<(usize, u32, String), Vec<Value>> = BTreeMap::new();
    for (id, decision) in decisions.iter() {
        let file = index.get(Path::new(decisions.path(decision.position.file)));
        let subject = decisions.text(decision.subject);
        let (Some(&file), Some(place)) = (file, Place::of(decision.kind, subject)) else {
            continue;
        };
        let around = package.function_around(file, decision.position.line);
        let (name, line) =
            around.map_or((String::new(), 0), |(name, line)| (name.to_owned(), line));
        let flow = lint::flow(&flows, id);
        let flow_paths = (flow.steps.iter())
            .map(|step| PathBuf::from(decisions.path(step.at.file)))
            .collect();
        functions
            .entry((file, line, name))
            .or_default()
            .push(Value {
                line: decision.position.line,
                col: decision.position.col,
                place,
                subject: subject.to_owned(),
                flow,
                flow_paths,
            });
    }
    let functions = functions
        .into_iter()
        .map(|((file, line, name), mut values)| {
            values.sort_by(|a, b| {
                (a.line, a.col, a.place, &a.subject).cmp(&(b.line, b.col, b.place, &b.subject))
            });
            // Instances of generic code and copies of inlined bodies repeat a value.
            values.dedup_by(|a, b| {
                (a.line, a.col, a.place, &a.subject) == (b.line, b.col, b.place, &b.subject)
            });
            FunctionPlaces {
                name,
                path: package.files[file].path.clone(),
                line,
                values,
            }
        });
    PackagePlaces {
        import_path: package.import_path.clone(),
        functions: functions.collect(),
    }
}
