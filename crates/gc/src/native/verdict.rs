//! Which functions can be inlined, in the order in which gc says so.

use std::sync::Arc;

use go_ir::{FuncId, Package, bottom_up, is_method_of_instance};
use go_syntax::Pragmas;
use go_types::{ObjId, PkgId, Sizes, Store, TypeId};
use rustc_hash::FxHashMap;

use super::cost::{CostVisitor, Impossible, is_big, struct_of};
use super::static_value::Assignments;
use super::visible::{Exports, Visibility};

/// Why nothing is known of a function.
pub(super) const NOT_LOOKED_AT: &str = "a function of a package that was not looked at";
/// What a function may cost to be inlinable.
const BUDGET: i32 = 80;
/// The same for closures, which may be called only once.
pub(super) const CLOSURE_BUDGET: i32 = 800;

/// What the inliner finds of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In nodes of the intermediate representation, callees that are inlined included.
    Inlinable { cost: i32 },
    /// The reason in gc's words; `None` if it is known that there is one, but not which.
    NotInlinable { reason: Option<String> },
    /// Something in the function or in what it calls is not modelled.
    Unknown(&'static str),
}

/// Verdicts on functions of the packages looked at so far, which those after them ask for.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    by_object: FxHashMap<ObjId, Verdict>,
    by_name: Arc<NamedCosts>,
    pub(super) exports: Exports,
}

/// Verdicts on declared functions by package and name, apart from any store: what one run finds, another can use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedCosts {
    /// Import path, then `F` or `T.M`.
    packages: FxHashMap<String, FxHashMap<String, Verdict>>,
}

impl NamedCosts {
    fn get(&self, path: &str, name: &str) -> Option<&Verdict> {
        self.packages.get(path)?.get(name)
    }
}

impl Costs {
    /// What is known of packages that are not looked at in this run.
    pub fn of_others(others: Arc<NamedCosts>) -> Self {
        Self {
            by_name: others,
            ..Self::default()
        }
    }

    /// The verdicts on functions of these packages, by their names.
    pub fn named(&self, store: &Store) -> NamedCosts {
        let mut named = NamedCosts::default();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "the result is a map, and names are unique"
        )]
        for (obj, verdict) in &self.by_object {
            let (path, name) = symbol(store, *obj);
            let package = named.packages.entry(path).or_default();
            package.insert(name, verdict.clone());
        }
        named
    }

    /// Enters the verdicts on the declared functions of a package.
    pub(super) fn enter(&mut self, package: &Package, state: &State) {
        for (id, func) in package.funcs.iter_enumerated() {
            if let (Some(obj), Some(Some(verdict)), false) = (
                func.obj,
                state.examined.get(&id),
                func.stencil.is_instance(),
            ) {
                self.by_object.insert(obj, verdict.clone());
            }
        }
    }

    /// Of a function of another package, as it is seen in `local`: not inlinable if its body cannot be had there. Of instances
    /// of generic functions nothing is known.
    pub(super) fn declared(&self, store: &Store, local: PkgId, func: ObjId) -> Option<Verdict> {
        if is_generic(store, func) {
            return Some(Verdict::Unknown("a generic function"));
        }
        let known = self.get(func).or_else(|| {
            let (path, name) = symbol(store, func);
            self.by_name.get(&path, &name)
        });
        Some(match known? {
            Verdict::Inlinable { cost } => match self.exports.visibility(store, local, func) {
                Visibility::Visible => Verdict::Inlinable { cost: *cost },
                Visibility::Invisible => Verdict::NotInlinable { reason: None },
                Visibility::Unknown => {
                    Verdict::Unknown("a function whose body may be out of sight")
                }
            },
            other => other.clone(),
        })
    }

    /// Of a declared function; `None` if its package was not looked at.
    pub fn get(&self, func: ObjId) -> Option<&Verdict> {
        self.by_object.get(&func)
    }
}

/// A function and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncVerdict {
    /// In the package that was looked at.
    pub func: FuncId,
    pub verdict: Verdict,
}

/// The verdicts on all functions of a package, in the order in which gc prints them with `-m=2`; those of
/// declared functions are entered in `costs`, which has those of all packages that this one imports.
pub fn verdicts(
    store: &mut Store,
    package: &Package,
    goarch: &str,
    costs: &mut Costs,
) -> Vec<FuncVerdict> {
    let mut examiner = Examiner::new(store, package, goarch, costs);
    examiner.examine_all();
    let state = examiner.state;
    costs.enter(package, &state);
    state.found
}

/// Looks at the functions of one package.
pub(super) struct Examiner<'a> {
    pub(super) store: &'a mut Store,
    pub(super) package: &'a Package,
    pub(super) imported: &'a Costs,
    pub(super) state: State,
}

/// What is known of the functions of one package.
pub(super) struct State {
    sizes: Sizes,
    pub(super) assignments: Assignments,
    pub(super) by_object: FxHashMap<ObjId, FuncId>,
    /// `None` while a function is being looked at.
    examined: FxHashMap<FuncId, Option<Verdict>>,
    /// In the order in which gc says so.
    pub(super) found: Vec<FuncVerdict>,
}

impl State {
    /// Before any function was looked at.
    pub(super) fn new(package: &Package, goarch: &str) -> Self {
        let by_object = (package.funcs.iter_enumerated())
            .filter_map(|(id, func)| Some((func.obj?, id)))
            .collect();
        Self {
            sizes: Sizes::of_arch(goarch),
            assignments: Assignments::of(package),
            by_object,
            examined: FxHashMap::default(),
            found: Vec::new(),
        }
    }

    /// Moves everything out.
    pub(super) fn take(&mut self) -> Self {
        Self {
            sizes: self.sizes,
            assignments: std::mem::take(&mut self.assignments),
            by_object: std::mem::take(&mut self.by_object),
            examined: std::mem::take(&mut self.examined),
            found: std::mem::take(&mut self.found),
        }
    }

    /// Functions that can be inlined.
    pub(super) fn inlinable(&self) -> Vec<FuncId> {
        let found = self.found.iter();
        found
            .filter(|found| matches!(found.verdict, Verdict::Inlinable { .. }))
            .map(|found| found.func)
            .collect()
    }

    /// The verdict on a function of this package, if there is one already.
    pub(super) fn of(&self, func: FuncId) -> Option<&Verdict> {
        self.examined.get(&func)?.as_ref()
    }
}

impl<'a> Examiner<'a> {
    pub(super) fn new(
        store: &'a mut Store,
        package: &'a Package,
        goarch: &str,
        imported: &'a Costs,
    ) -> Self {
        let state = State::new(package, goarch);
        Self {
            store,
            package,
            imported,
            state,
        }
    }

    /// Finds the verdicts on all functions, callees first.
    pub(super) fn examine_all(&mut self) {
        for group in bottom_up(self.package) {
            for func in group {
                self.examine(func);
            }
        }
    }

    /// Finds the verdict on a function, if that was not done before.
    pub(super) fn examine(&mut self, func: FuncId) {
        if self.state.examined.contains_key(&func) {
            return;
        }
        // The function that runs initialisers is none for the inliner.
        if self.package.funcs[func].obj.is_none() && self.package.funcs[func].parent.is_none() {
            return;
        }
        self.state.examined.insert(func, None);
        let verdict = self.verdict(func);
        self.state.examined.insert(func, Some(verdict.clone()));
        self.state.found.push(FuncVerdict { func, verdict });
    }

    /// The verdict on a function of this package, if there is one already.
    pub(super) fn of(&self, func: FuncId) -> Option<Verdict> {
        self.state.of(func).cloned()
    }

    /// The verdict on a function of another package, as this one sees it; `None` if its package was not looked at.
    pub(super) fn of_import(&self, func: ObjId) -> Option<Verdict> {
        // A package without functions has only closures; it calls what it imports.
        let own = self
            .package
            .funcs
            .iter()
            .find_map(|it| it.obj.filter(|_| !it.stencil.is_instance()));
        let own = own.unwrap_or(func);
        let local = self.store.obj(own).pkg?;
        self.imported.declared(self.store, local, func)
    }

    fn verdict(&mut self, id: FuncId) -> Verdict {
        let func = &self.package.funcs[id];
        if let Some(reason) = impossible(func.pragmas, func.has_body) {
            let reason = Some(reason.to_owned());
            return Verdict::NotInlinable { reason };
        }
        let budget = budget(self.package, id);
        let body = self.package.list(func.body).to_vec();
        let big = is_big(self.package, id);
        let mut visitor = CostVisitor {
            examiner: self,
            caller: id,
            big,
            cost: 0,
            obstacles: None,
            unknown: func.unsupported,
        };
        let stop = body.iter().try_for_each(|stmt| visitor.visit(*stmt));
        let (cost, unknown) = (visitor.cost, visitor.unknown);
        let reason = match stop {
            Err(Impossible(reason)) => reason,
            Ok(()) if cost > budget => {
                format!("function too complex: cost {cost} exceeds budget {budget}")
            }
            Ok(()) => {
                return match unknown {
                    Some(reason) => Verdict::Unknown(reason),
                    None => Verdict::Inlinable { cost },
                };
            }
        };
        Verdict::NotInlinable {
            reason: unknown.is_none().then_some(reason),
        }
    }

    /// Package path and name of a declared function, methods as `T.M`.
    pub(super) fn symbol(&self, obj: ObjId) -> (String, String) {
        symbol(self.store, obj)
    }

    /// Offset in bytes of a field of a struct, or of what points to one.
    pub(super) fn offset(&mut self, typ: TypeId, field: u32, pointer: bool) -> i64 {
        let strukt = match self.store.under_kind(typ) {
            go_types::TypeKind::Pointer(elem) if pointer => self.store.under_kind(elem),
            other => other,
        };
        let offsets = struct_of(strukt).and_then(|s| self.state.sizes.offsets(self.store, s).ok());
        let offset = offsets.and_then(|offsets| offsets.get(field as usize).copied());
        offset.unwrap_or(-1)
    }
}

/// Whether the function has type parameters, or is a method of an instance.
pub(super) fn is_generic(store: &Store, func: ObjId) -> bool {
    let signature = store.as_signature(store.obj_type(func));
    is_method_of_instance(store, func)
        || signature
            .is_some_and(|signature| !signature.tparams.is_empty() || !signature.rparams.is_empty())
}

/// Package path and name of a declared function, methods as `T.M`.
pub(super) fn symbol(store: &Store, obj: ObjId) -> (String, String) {
    let obj = store.origin_obj(obj);
    let object = store.obj(obj);
    let path = object.pkg.map_or(String::new(), |pkg| {
        let path = store.packages[pkg].path;
        store.names.text(path).to_owned()
    });
    let name = store.name(obj);
    let signature = object.typ.and_then(|typ| store.as_signature(typ));
    let receiver = signature.and_then(|signature| signature.recv);
    let base = receiver.and_then(|recv| {
        let (base, _) = store.deref(store.obj_type(recv));
        store.as_named(base)
    });
    let name = match base {
        Some(named) => format!("{}.{name}", store.name(store.named(named).obj)),
        None => name.to_owned(),
    };
    (path, name)
}

/// What a function may cost to be inlinable.
pub(super) fn budget(package: &Package, func: FuncId) -> i32 {
    match package.funcs[func].parent {
        Some(_) => CLOSURE_BUDGET,
        None => BUDGET,
    }
}

/// Why a function cannot be inlined, whatever is in it.
fn impossible(pragmas: Pragmas, has_body: bool) -> Option<&'static str> {
    let marks = [
        (Pragmas::NOINLINE, "marked go:noinline"),
        (Pragmas::CGO_UNSAFE_ARGS, "marked go:cgo_unsafe_args"),
        (
            Pragmas::UINTPTRKEEPALIVE,
            "marked as having a keep-alive uintptr argument",
        ),
        // The pragma implies the one before it, whose words gc prints.
        (
            Pragmas::UINTPTRESCAPES,
            "marked as having a keep-alive uintptr argument",
        ),
        (Pragmas::YESWRITEBARRIERREC, "marked go:yeswritebarrierrec"),
    ];
    let marked = marks.iter().find(|(mark, _)| pragmas.contains(*mark));
    let marked = marked.map(|(_, reason)| *reason);
    marked.or((!has_body).then_some("no function body"))
}
