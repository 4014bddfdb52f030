//! What a batch finds, in the order and words of gc.
//!
//! Source: `finish`, `paramTag` and `reportLeaks` of cmd/compile/internal/escape, go1.27.3.

use go_ir::{ConvOp, FuncId, Kind, NodeId, Package, Printer, Stencil, VarId};
use go_syntax::Pragmas;
use go_types::{Basic, Pos, TypeKind};

use super::batch::Batch;
use super::explanation::Explanation;
use super::graph::{Attrs, Location, Subject};
use super::leaks::{Leaks, N_RESULTS};
use super::tags::FuncTags;

/// One thing that escape analysis says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Finding {
    /// The variable is on the heap.
    MovedToHeap(VarId),
    /// What the expression allocates is on the heap.
    Escapes(NodeId),
    DoesNotEscape(NodeId),
    /// The bytes of the string are used in place.
    ZeroCopy(NodeId),
    /// The parameter's value goes to the heap.
    LeakingParam(VarId),
    /// What the parameter points to goes to the heap.
    LeakingContent(VarId),
    /// The parameter's value, or what `level` loads from it give, is returned.
    LeakingToResult {
        param: VarId,
        result: VarId,
        level: i32,
    },
    ParamDoesNotEscape(VarId),
    /// The `uintptr` of a function without body may be an address.
    UnsafeUintptr(VarId),
    /// `//go:uintptrescapes`; of the variadic parameter if `variadic`.
    EscapingUintptr {
        param: VarId,
        variadic: bool,
    },
    /// The statement stores into an object what it already holds.
    SelfAssignment {
        func: FuncId,
        stmt: NodeId,
    },
    /// How a closure holds a variable from around it.
    Captures {
        /// That declares the variable.
        func: FuncId,
        var: VarId,
        by_value: bool,
        address_taken: bool,
        reassigned: bool,
        /// In bytes.
        size: i64,
    },
    /// Along which path a value goes to the heap or out of the function.
    Explanation(Box<Explanation>),
}

impl Finding {
    /// Where gc says it; `None` where it prints no position.
    pub fn place(&self, package: &Package) -> Option<Pos> {
        match *self {
            Self::Captures { var, .. }
            | Self::MovedToHeap(var)
            | Self::LeakingParam(var)
            | Self::LeakingContent(var)
            | Self::LeakingToResult { param: var, .. }
            | Self::ParamDoesNotEscape(var)
            | Self::UnsafeUintptr(var)
            | Self::EscapingUintptr { param: var, .. } => package.var_place(var),
            Self::Escapes(node) | Self::DoesNotEscape(node) | Self::ZeroCopy(node) => {
                Some(package.position(node))
            }
            Self::SelfAssignment { stmt, .. } => Some(package.position(stmt)),
            Self::Explanation(ref explanation) => explanation.place(package),
        }
    }

    /// gc's words, one text for each line.
    pub fn texts(&self, printer: &Printer<'_>) -> Vec<Text> {
        let name = |var: VarId| printer.package.vars[var].name.as_str();
        let text = match *self {
            Self::Explanation(ref explanation) => return explanation.texts(printer),
            Self::Captures {
                func,
                var,
                by_value,
                address_taken,
                reassigned,
                size,
            } => format!(
                "{} capturing by {}: {} (addr={address_taken} assign={reassigned} width={size})",
                printer.func_name(func),
                if by_value { "value" } else { "ref" },
                printer.var(var),
            ),
            Self::MovedToHeap(var) => format!("moved to heap: {}", printer.var(var)),
            Self::Escapes(node) => format!("{} escapes to heap", subject(printer, node)),
            Self::DoesNotEscape(node) => format!("{} does not escape", subject(printer, node)),
            Self::ZeroCopy(_) => "zero-copy string->[]byte conversion".to_owned(),
            Self::LeakingParam(param) => format!("leaking param: {}", name(param)),
            Self::LeakingContent(param) => format!("leaking param content: {}", name(param)),
            Self::LeakingToResult {
                param,
                result,
                level,
            } => format!(
                "leaking param: {} to result {} level={level}",
                name(param),
                name(result)
            ),
            Self::ParamDoesNotEscape(param) => format!("{} does not escape", name(param)),
            Self::UnsafeUintptr(param) => format!("assuming {} is unsafe uintptr", name(param)),
            Self::EscapingUintptr { param, variadic } => {
                let dots = if variadic { "..." } else { "" };
                format!("marking {} as escaping {dots}uintptr", name(param))
            }
            Self::SelfAssignment { func, stmt } => format!(
                "{} ignoring self-assignment in {}",
                printer.func_name(func),
                printer.node(stmt)
            ),
        };
        vec![Text::of(text)]
    }
}

/// The text of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    pub text: String,
    /// A place that follows the text.
    pub at: Option<Pos>,
}

impl Text {
    pub(super) fn of(text: String) -> Self {
        Self { text, at: None }
    }
}

/// The expression of a verdict.
fn subject(printer: &Printer<'_>, node: NodeId) -> String {
    match printer.package.kind(node) {
        Kind::Builtin {
            op: go_ir::BuiltinOp::Append,
            ..
        } => "append".to_owned(),
        _ => printer.node(node),
    }
}

impl Batch<'_> {
    /// Says what was found: first of parameters, function by function, then of all locations.
    pub(super) fn report(&mut self, funcs: &[FuncId]) {
        for func in funcs {
            if self.context.doubts.is_func_doubtful(self.package, *func) {
                continue;
            }
            for param in self.params(*func) {
                self.report_param(*func, param);
            }
        }
        for location in self.graph.all() {
            let location = &self.graph.locations[location];
            if self.is_doubtful(location) {
                continue;
            }
            let escapes = location.attrs.has(Attrs::ESCAPES);
            match location.subject {
                Some(Subject::Var(var)) if escapes => {
                    self.graph.findings.push(Finding::MovedToHeap(var));
                }
                Some(Subject::Node(node)) => {
                    let kind = self.package.kind(node);
                    let wrapper = matches!(kind, Kind::Closure(func) if self.package.funcs[func].is_wrapper());
                    if !wrapper {
                        self.graph.findings.push(if escapes {
                            Finding::Escapes(node)
                        } else {
                            Finding::DoesNotEscape(node)
                        });
                    }
                    let bytes = matches!(
                        kind,
                        Kind::Conv {
                            op: ConvOp::StrToBytes,
                            ..
                        }
                    );
                    if bytes && !location.attrs.has(Attrs::MUTATES) {
                        self.graph.findings.push(Finding::ZeroCopy(node));
                    }
                }
                _ => {}
            }
        }
    }

    /// Says that the statement stores into an object what it already holds.
    pub(super) fn report_self_assignment(&mut self, stmt: NodeId) {
        let (func, doubts) = (self.func, self.context.doubts);
        if !self.package.funcs[func].copied
            && !doubts.is_func_doubtful(self.package, func)
            && !doubts.is_node_doubtful(self.store, self.package, stmt)
        {
            self.graph
                .findings
                .push(Finding::SelfAssignment { func, stmt });
        }
    }

    /// Whether it is not known if there is a line about the location.
    fn is_doubtful(&self, location: &Location) -> bool {
        let doubts = self.context.doubts;
        let gone = (location.func).is_some_and(|func| doubts.is_func_doubtful(self.package, func));
        gone || match location.subject {
            Some(Subject::Node(node)) => {
                (self.package).any(node, |id| self.doubtful.contains(&id))
                    || doubts.is_node_doubtful(self.store, self.package, node)
            }
            _ => false,
        }
    }

    /// Parameters of the function, the receiver first.
    fn params(&self, func: FuncId) -> Vec<VarId> {
        let func = &self.package.funcs[func];
        func.recv.iter().chain(&func.params).copied().collect()
    }

    fn report_param(&mut self, func: FuncId, param: VarId) {
        let package = self.package;
        let function = &package.funcs[func];
        // Closures that came into a method wrapper are as quiet as that.
        let outermost = &package.funcs[package.outermost(func)];
        let quiet =
            function.is_wrapper() || outermost.is_wrapper() || outermost.stencil.is_instance();
        let name = package.vars[param].name.as_str();
        let typ = package.vars[param].typ;
        let is_uintptr = self.basic(typ) == Some(Basic::Uintptr);
        let finding = if !function.has_body {
            if is_uintptr {
                Some(Finding::UnsafeUintptr(param))
            } else if !self.has_pointers(typ) || name.starts_with('~') {
                None
            } else if function.pragmas.contains(Pragmas::NOESCAPE) {
                Some(Finding::ParamDoesNotEscape(param))
            } else {
                Some(Finding::LeakingParam(param))
            }
        } else if let Some(variadic) = self.escaping_uintptr(func, param) {
            Some(Finding::EscapingUintptr { param, variadic })
        } else {
            if self.has_pointers(typ) && name != "_" && !name.starts_with('~') && !quiet {
                self.report_leaks(func, param);
            }
            None
        };
        self.graph.findings.extend(finding.filter(|_| !quiet));
    }

    /// Whether `//go:uintptrescapes` is about the parameter, and then whether that is the variadic one.
    fn escaping_uintptr(&mut self, func: FuncId, param: VarId) -> Option<bool> {
        let function = &self.package.funcs[func];
        if !function.pragmas.contains(Pragmas::UINTPTRESCAPES) {
            return None;
        }
        let typ = self.package.vars[param].typ;
        if self.basic(typ) == Some(Basic::Uintptr) {
            return Some(false);
        }
        let variadic = self.store.as_signature(function.typ)?.variadic;
        match self.store.under_kind(typ) {
            TypeKind::Slice(elem) if variadic && function.params.last() == Some(&param) => {
                (self.basic(elem) == Some(Basic::Uintptr)).then_some(true)
            }
            _ => None,
        }
    }

    fn report_leaks(&mut self, func: FuncId, param: VarId) {
        let Some(location) = self.location_of(param) else {
            return;
        };
        let location = &self.graph.locations[location];
        if location.attrs.has(Attrs::ESCAPES) {
            return;
        }
        let leaks = location.leaks.optimized();
        let before = self.graph.findings.len();
        match leaks.heap() {
            Some(0) => self.graph.findings.push(Finding::LeakingParam(param)),
            Some(_) => self.graph.findings.push(Finding::LeakingContent(param)),
            None => {}
        }
        for index in 0..N_RESULTS {
            if let Some(level) = leaks.result(index)
                && let Some(result) = self.package.funcs[func].results.get(index).copied()
            {
                self.graph.findings.push(Finding::LeakingToResult {
                    param,
                    result,
                    level,
                });
            }
        }
        if self.graph.findings.len() == before {
            self.graph.findings.push(Finding::ParamDoesNotEscape(param));
        }
    }

    /// The tags of a function, one per parameter.
    pub(super) fn func_tags(&mut self, func: FuncId) -> Vec<Leaks> {
        let params = self.params(func);
        params
            .into_iter()
            .map(|param| self.tag(func, param))
            .collect()
    }

    fn tag(&mut self, func: FuncId, param: VarId) -> Leaks {
        let package = self.package;
        let function = &package.funcs[func];
        let typ = package.vars[param].typ;
        if !self.has_pointers(typ) || self.escaping_uintptr(func, param).is_some() {
            return Leaks::worst();
        }
        if !function.has_body {
            return if function.pragmas.contains(Pragmas::NOESCAPE) {
                Leaks::trusted()
            } else {
                Leaks::worst()
            };
        }
        let name = package.vars[param].name.as_str();
        if name == "_" || name.starts_with('~') {
            return Leaks::NONE;
        }
        match self.location_of(param) {
            Some(location) => self.graph.locations[location].leaks.optimized().encoded(),
            None => Leaks::worst(),
        }
    }
}

/// What a function's tags are if nothing is known of its body.
pub(super) fn unknown_tags(package: &Package, func: FuncId) -> FuncTags {
    let function = &package.funcs[func];
    let count = function.params.len() + usize::from(function.recv.is_some());
    FuncTags {
        params: vec![[Leaks::NONE, Leaks::worst()]; count],
        pragmas: pragmas(package, func),
    }
}

/// Pragmas of a function as its callers see them.
pub(super) fn pragmas(package: &Package, func: FuncId) -> Pragmas {
    let function = &package.funcs[func];
    if function.has_body || function.stencil == Stencil::Silent {
        function.pragmas
    } else {
        function.pragmas.with(Pragmas::UINTPTRKEEPALIVE)
    }
}
