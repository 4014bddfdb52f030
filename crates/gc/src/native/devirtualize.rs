//! Calls of interface methods whose receiver can only be of one type.
//!
//! Assignments to interface variables of a function are collected when the first of them is asked for, and those of
//! inlined bodies are added as calls are replaced. Then a variable that took a call's result takes the result
//! variable of the inlined body, so that more may be known later.
//!
//! Source: cmd/compile/internal/devirtualize/devirtualize.go, go1.27.3.

use go_ir::{
    Class, ConvOp, FuncId, Generics, Kind, ListOp, NodeId, Nodes, Package, Printer, VarId,
    has_shape, is_method_of_instance, is_shape,
};
use go_types::{PkgId, Selected, Store, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::message::Message;
use super::wrappers::of_instance;

/// What was found out about a call.
pub(super) enum Devirtualized {
    No,
    Said(Message),
    /// It may be devirtualized, but the method is not modelled.
    Unknown(&'static str),
}

/// A value that is assigned to an interface variable.
#[derive(Clone, Copy, Debug)]
enum Assigned {
    /// Of an interface type, from where is not followed.
    Interface,
    Concrete(TypeId),
    Value(NodeId),
}

/// A variable that takes a result of a call.
#[derive(Clone, Copy, Debug)]
struct TakesResult {
    var: VarId,
    /// Which assignment to the variable.
    assignment: usize,
    result: usize,
}

/// What is assigned to interface variables, of the functions that were looked at.
#[derive(Debug, Default)]
pub(super) struct Devirtualizer {
    assigned: FxHashMap<VarId, Vec<Assigned>>,
    results: FxHashMap<NodeId, Vec<TakesResult>>,
    analyzed: FxHashSet<FuncId>,
}

/// The type of a value.
enum Concrete {
    Type(TypeId),
    /// It is nil, or nothing that was not seen already.
    Nothing,
    Unknown,
}

impl Devirtualizer {
    /// Makes the call one of the type's method, if the type is known.
    pub(super) fn static_call(
        &mut self,
        (store, package, local): (&mut Store, &mut Package, PkgId),
        generics: &mut Generics,
        call: NodeId,
    ) -> Devirtualized {
        let Kind::Call { fun, .. } = package.kind(call) else {
            return Devirtualized::No;
        };
        let Kind::DotInter { x, method } = package.kind(fun) else {
            return Devirtualized::No;
        };
        let mut seen = FxHashSet::default();
        let Concrete::Type(typ) = self.concrete(store, package, x, &mut seen) else {
            return Devirtualized::No;
        };
        let interface = package.typ(x);
        if !implements(store, typ, interface) || is_shape(store, typ) {
            return Devirtualized::No;
        }
        if has_shape(store, typ) && takes_dictionary(store, typ, interface) {
            return Devirtualized::No;
        }
        for (what, refused) in [("receiver", typ), ("interface", interface)] {
            if has_shape(store, refused) {
                return Devirtualized::Said(Message::Shaped {
                    call,
                    what,
                    typ: refused,
                });
            }
        }
        let object = *store.obj(method);
        let found = store.lookup_field_or_method(typ, false, object.pkg, object.name);
        let Some(Selected { obj, index, .. }) = found.found() else {
            return Devirtualized::No;
        };
        let Some(obj) = of_instance(store, typ, (obj, &index), generics) else {
            return Devirtualized::Unknown("a method of a generic type");
        };
        let printer = Printer {
            store,
            package,
            local,
        };
        let selector = printer.node(fun);
        let path = &index[..index.len().saturating_sub(1)];
        match package.assert_receiver(store, call, typ, obj, path) {
            None => Devirtualized::Unknown("a promoted method"),
            Some(partially) => Devirtualized::Said(Message::Devirtualizing {
                call,
                selector,
                typ,
                partially,
            }),
        }
    }

    fn concrete(
        &mut self,
        store: &mut Store,
        package: &Package,
        value: NodeId,
        seen: &mut FxHashSet<VarId>,
    ) -> Concrete {
        let mut value = value;
        let var = loop {
            let typ = package.typ(value);
            if !store.is_non_type_param_interface(typ) {
                return Concrete::Type(typ);
            }
            value = match package.kind(value) {
                Kind::Conv {
                    op: ConvOp::Nop | ConvOp::Iface,
                    x,
                    ..
                } => x,
                Kind::TypeAssert { x, words, .. } if words.is_empty() => x,
                Kind::InlinedCall { results, .. } => match package.list(results) {
                    [result] => *result,
                    _ => return Concrete::Unknown,
                },
                Kind::Var(var) => break package.canonical(var),
                _ => return Concrete::Unknown,
            };
        };
        let variable = &package.vars[var];
        if variable.class != Class::Local || variable.address_taken {
            return Concrete::Unknown;
        }
        if !seen.insert(var) {
            return Concrete::Nothing;
        }
        if self.analyzed.insert(variable.func) {
            self.analyze(store, package, package.funcs[variable.func].body);
        }
        let mut known = None;
        for assigned in self.assigned.get(&var).cloned().unwrap_or_default() {
            let typ = match assigned {
                Assigned::Interface => return Concrete::Unknown,
                Assigned::Concrete(typ) => typ,
                Assigned::Value(value) => match self.concrete(store, package, value, seen) {
                    Concrete::Type(typ) => typ,
                    Concrete::Nothing => continue,
                    Concrete::Unknown => return Concrete::Unknown,
                },
            };
            if known.is_some_and(|known| !store.identical(known, typ)) {
                return Concrete::Unknown;
            }
            known = Some(typ);
        }
        known.map_or(Concrete::Nothing, Concrete::Type)
    }

    /// A call in a function was replaced.
    pub(super) fn inlined(
        &mut self,
        store: &mut Store,
        package: &Package,
        func: FuncId,
        call: NodeId,
    ) {
        let Kind::InlinedCall { body, results } = package.kind(call) else {
            return;
        };
        if !self.analyzed.contains(&func) {
            return;
        }
        for stmt in package.init(call) {
            self.analyze_from(store, package, *stmt);
        }
        self.analyze(store, package, body);
        for taken in self.results.remove(&call).unwrap_or_default() {
            let value = package.list(results).get(taken.result);
            let assigned = self.assigned.get_mut(&taken.var);
            if let (Some(value), Some(assigned)) = (value, assigned) {
                assigned[taken.assignment] = Assigned::Value(*value);
            }
        }
    }

    fn analyze(&mut self, store: &mut Store, package: &Package, list: Nodes) {
        for root in package.list(list) {
            self.analyze_from(store, package, *root);
        }
    }

    fn analyze_from(&mut self, store: &mut Store, package: &Package, root: NodeId) {
        package.walk(root, &mut |id| {
            match package.kind(id) {
                Kind::Assign { x, y: Some(y), .. } => match package.kind(y) {
                    Kind::Call { .. } => {
                        self.assign_result(store, package, x, y, 0, package.typ(y));
                    }
                    _ => {
                        self.assign(store, package, x, Assigned::Value(y));
                    }
                },
                Kind::AssignList { op, lhs, rhs, .. } => {
                    self.assign_list(store, package, op, (lhs, rhs));
                }
                Kind::Range { x, key, value, .. } => self.range(store, package, x, [key, value]),
                Kind::Switch {
                    tag: Some(tag),
                    clauses,
                } => {
                    if let Kind::TypeGuard { x, .. } = package.kind(tag) {
                        for clause in package.list(clauses) {
                            if let Kind::Case { var: Some(var), .. } = package.kind(*clause) {
                                self.assign_var(store, package, var, Assigned::Value(x));
                            }
                        }
                    }
                }
                Kind::Closure(func) if self.analyzed.insert(func) => {
                    self.analyze(store, package, package.funcs[func].body);
                }
                _ => {}
            }
            true
        });
    }

    fn assign_list(
        &mut self,
        store: &mut Store,
        package: &Package,
        op: ListOp,
        (lhs, rhs): (Nodes, Nodes),
    ) {
        let (lhs, rhs) = (package.list(lhs), package.list(rhs));
        let (Some(first), Some(value)) = (lhs.first(), rhs.first()) else {
            return;
        };
        match op {
            ListOp::Each => {
                for (x, y) in lhs.iter().zip(rhs) {
                    self.assign(store, package, *x, Assigned::Value(*y));
                }
            }
            ListOp::TypeAssert => {
                self.assign(store, package, *first, Assigned::Value(*value));
            }
            ListOp::MapRead | ListOp::Recv | ListOp::SelectRecv => {
                let typ = package.typ(*value);
                self.assign(store, package, *first, Assigned::Concrete(typ));
            }
            ListOp::Func => self.assign_results(store, package, lhs, *value),
        }
    }

    /// The results of a call go to several variables.
    fn assign_results(
        &mut self,
        store: &mut Store,
        package: &Package,
        lhs: &[NodeId],
        call: NodeId,
    ) {
        if let Kind::InlinedCall { results, .. } = package.kind(call) {
            for (x, y) in lhs.iter().zip(package.list(results)) {
                self.assign(store, package, *x, Assigned::Value(*y));
            }
            return;
        }
        let TypeKind::Tuple(types) = store.kind(package.typ(call)) else {
            return;
        };
        for (index, x) in lhs.iter().enumerate() {
            let result = store.objs(types).get(index).copied();
            let typ = result.map_or(TypeId::INVALID, |result| store.obj_type(result));
            self.assign_result(store, package, *x, call, index, typ);
        }
    }

    fn range(
        &mut self,
        store: &mut Store,
        package: &Package,
        x: NodeId,
        [key, value]: [Option<NodeId>; 2],
    ) {
        let kind = match store.under_kind(package.typ(x)) {
            TypeKind::Pointer(elem) => store.under_kind(elem),
            other => other,
        };
        let (keys, values) = match kind {
            TypeKind::Array { elem, .. } | TypeKind::Slice(elem) => (None, Some(elem)),
            TypeKind::Chan { elem, .. } => (Some(elem), None),
            TypeKind::Map { key, elem } => (Some(key), Some(elem)),
            _ => (None, None),
        };
        for (target, typ) in [(key, keys), (value, values)] {
            if let (Some(target), Some(typ)) = (target, typ) {
                self.assign(store, package, target, Assigned::Concrete(typ));
            }
        }
    }

    /// A result of a call goes to the target.
    fn assign_result(
        &mut self,
        store: &mut Store,
        package: &Package,
        target: NodeId,
        call: NodeId,
        result: usize,
        typ: TypeId,
    ) {
        let Some((var, assignment)) = self.assign(store, package, target, Assigned::Concrete(typ))
        else {
            return;
        };
        if store.is_non_type_param_interface(typ) {
            self.results.entry(call).or_default().push(TakesResult {
                var,
                assignment,
                result,
            });
        }
    }

    fn assign(
        &mut self,
        store: &mut Store,
        package: &Package,
        target: NodeId,
        assigned: Assigned,
    ) -> Option<(VarId, usize)> {
        match package.kind(target) {
            Kind::Var(var) => self.assign_var(store, package, var, assigned),
            _ => None,
        }
    }

    /// Notes an assignment to an interface variable: which one it is, and which of its assignments.
    fn assign_var(
        &mut self,
        store: &mut Store,
        package: &Package,
        var: VarId,
        assigned: Assigned,
    ) -> Option<(VarId, usize)> {
        let var = package.canonical(var);
        let variable = &package.vars[var];
        if variable.class != Class::Local || !store.is_non_type_param_interface(variable.typ) {
            return None;
        }
        let assigned = match assigned {
            Assigned::Concrete(typ) if store.is_non_type_param_interface(typ) => {
                Assigned::Interface
            }
            Assigned::Value(value) if package.kind(value) == Kind::Nil => return None,
            other => other,
        };
        let all = self.assigned.entry(var).or_default();
        all.push(assigned);
        Some((var, all.len() - 1))
    }
}

/// Whether a method that the interface asks for takes a dictionary in the type, which is another method for gc.
fn takes_dictionary(store: &mut Store, typ: TypeId, interface: TypeId) -> bool {
    let Some(interface) = store.under_interface(interface) else {
        return false;
    };
    let methods = store.type_set(interface).methods;
    store.objs(methods).to_vec().into_iter().any(|method| {
        let object = *store.obj(method);
        let found = store.lookup_field_or_method(typ, false, object.pkg, object.name);
        let selected = found.found().map(|selected| selected.obj);
        selected.is_some_and(|method| is_method_of_instance(store, method))
    })
}

/// Whether the type has all methods of the interface. Both are of a package that was checked.
fn implements(store: &mut Store, typ: TypeId, interface: TypeId) -> bool {
    let Some(interface) = store.under_interface(interface) else {
        return false;
    };
    let methods = store.type_set(interface).methods;
    for method in store.objs(methods).to_vec() {
        let object = *store.obj(method);
        let found = store.lookup_field_or_method(typ, false, object.pkg, object.name);
        let Some(selected) = found.found() else {
            return false;
        };
        if !store.obj(selected.obj).is_func() {
            return false;
        }
        let (has, wanted) = (store.obj(selected.obj).typ, object.typ);
        if let (Some(has), Some(wanted)) = (has, wanted)
            && !store.identical(has, wanted)
        {
            return false;
        }
    }
    true
}
