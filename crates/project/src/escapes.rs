//! Stack or heap: the storage of every value of a package, by function.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gc::{Decision, Decisions, Flows, Kind};
use lint::{CheckedPackage, Flow};

/// The values of one package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageEscapes {
    pub import_path: String,
    /// By file and line.
    pub functions: Vec<FunctionEscapes>,
}

/// The values of one function, or of a file's package-level code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionEscapes {
    /// Empty for package-level code.
    pub name: String,
    pub path: PathBuf,
    /// Of its `func`; 0 for package-level code.
    pub line: u32,
    pub values: Vec<Value>,
}

/// One value and its storage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    pub line: u32,
    /// 0: unknown.
    pub col: u32,
    pub storage: Storage,
    /// The expression or variable as the user wrote it, or in readable notation where its source is not known.
    pub subject: String,
    /// The function that is inlined at the position, if the value is of its body.
    pub inlined_from: Option<String>,
    /// How it gets to the heap.
    pub flow: Flow,
    /// Files of the positions of the flow.
    pub flow_paths: Vec<PathBuf>,
}

impl Value {
    fn key(&self) -> (u32, u32, Storage, &str, Option<&str>) {
        let from = self.inlined_from.as_deref();
        (self.line, self.col, self.storage, &self.subject, from)
    }
}

/// Storage of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Storage {
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

impl Storage {
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

    fn of(decision: &Decision) -> Option<Self> {
        Some(match decision.kind {
            Kind::EscapesToHeap if decision.subject.class.is_constant() => Self::Static,
            Kind::MovedToHeap | Kind::EscapesToHeap => Self::Heap,
            Kind::DoesNotEscape => Self::Stack,
            Kind::LeakingParam => Self::Leaks,
            Kind::LeakingParamContent => Self::LeaksContent,
            Kind::LeakingParamToResult { .. } => Self::ToResult,
            _ => return None,
        })
    }
}

/// Lists the values in a package's own files.
pub fn escapes(package: &CheckedPackage, decisions: &Decisions) -> PackageEscapes {
    let index = package.file_index();
    let flows = Flows::new(decisions);
    let mut functions: BTreeMap<(usize, u32, String), Vec<Value>> = BTreeMap::new();
    let declared = decisions.functions();
    for (id, decision) in decisions.iter() {
        let position = decision.position;
        let file = index.get(Path::new(decisions.path(position.file)));
        let (Some(&file), Some(storage)) = (file, Storage::of(decision)) else {
            continue;
        };
        // What a wrapper of a generic function repeats has the position of the function's name.
        if (declared.enclosing(position)).is_some_and(|f| f.start == position.line_col()) {
            continue;
        }
        let around = package.function_around(file, position.line);
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
                line: position.line,
                col: position.col,
                storage,
                subject: flows.subject(id).into_owned(),
                inlined_from: flows.inlined_from(id).map(Cow::into_owned),
                flow,
                flow_paths,
            });
    }
    let functions = functions
        .into_iter()
        .map(|((file, line, name), mut values)| {
            // Instances of generic code and copies of inlined bodies repeat a value, and the compiler gives some
            // operations two positions of one expression.
            values.sort_by(|a, b| a.key().cmp(&b.key()));
            values.dedup_by(|a, b| a.key() == b.key());
            FunctionEscapes {
                name,
                path: package.files[file].path.clone(),
                line,
                values,
            }
        });
    PackageEscapes {
        import_path: package.import_path.clone(),
        functions: functions.collect(),
    }
}
