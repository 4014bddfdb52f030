//! The order in which functions are looked at: callees first, recursive groups together.
//!
//! Tarjan's algorithm with two numbers per function, which tells a function that calls itself from one that
//! does not. A closure that captures something never is a group of its own: it comes with the function
//! around it, behind it. Source: cmd/compile/internal/ir/scc.go, go1.27.3.

use base::Idx;
use go_types::ObjId;
use rustc_hash::FxHashMap;

use crate::func::{FuncId, Package};
use crate::node::{Kind, NodeId};

/// Functions that call each other, in the order in which they were met; most groups have one.
type Group = Vec<FuncId>;

/// All functions of the package, callees before callers as far as there are no cycles. References to a
/// function count like calls.
pub fn bottom_up(package: &Package) -> Vec<Vec<FuncId>> {
    let by_object = package
        .funcs
        .iter_enumerated()
        .filter_map(|(id, func)| Some((func.obj?, id)))
        .collect();
    let mut visitor = Visitor {
        package,
        by_object,
        numbers: vec![0; package.funcs.len()],
        next: 0,
        stack: Vec::new(),
        groups: Vec::new(),
    };
    // Closures in initializers come before all declared functions.
    let (init, others): (Vec<FuncId>, Vec<FuncId>) =
        (package.funcs.ids()).partition(|id| package.is_package_init(package.outermost(*id)));
    for id in init.into_iter().chain(others) {
        if !captures(package, id) {
            visitor.visit(id);
        }
    }
    visitor.groups
}

/// Whether the function is a literal that uses variables around it.
fn captures(package: &Package, func: FuncId) -> bool {
    !package.funcs[func].captured.is_empty()
}

/// A function that belongs to a finished group.
const DONE: u32 = u32::MAX;

struct Visitor<'a> {
    package: &'a Package,
    by_object: FxHashMap<ObjId, FuncId>,
    /// By function: 0 before its visit.
    numbers: Vec<u32>,
    next: u32,
    stack: Vec<FuncId>,
    groups: Vec<Group>,
}

impl Visitor<'_> {
    /// The least number that can be reached from the function.
    fn visit(&mut self, func: FuncId) -> u32 {
        let known = self.numbers[func.index()];
        if known > 0 {
            return known;
        }
        self.next += 1;
        let id = self.next;
        self.numbers[func.index()] = id;
        self.next += 1;
        let mut least = self.next;
        self.stack.push(func);
        for root in self.package.list(self.package.funcs[func].body) {
            for callee in self.references(*root) {
                least = least.min(self.visit(callee));
            }
        }
        if (least == id || least == id + 1) && !captures(self.package, func) {
            let start = self.stack.iter().rposition(|member| *member == func);
            let group = self.stack.split_off(start.unwrap_or_default());
            for member in &group {
                self.numbers[member.index()] = DONE;
            }
            self.groups.push(group);
        }
        least
    }

    /// Functions of the package that are mentioned from the node down, in gc's order.
    fn references(&self, root: NodeId) -> Vec<FuncId> {
        let mut found = Vec::new();
        self.package.walk(root, &mut |id| {
            let mentioned = self.package.mentioned(id).iter();
            found.extend(mentioned.filter_map(|obj| self.by_object.get(obj)));
            let callee = match self.package.kind(id) {
                Kind::Func(obj) => self.by_object.get(&obj).copied(),
                Kind::MethodExpr { method, .. } | Kind::MethodValue { method, .. } => {
                    self.by_object.get(&method).copied()
                }
                Kind::Closure(func) => Some(func),
                _ => None,
            };
            found.extend(callee);
            true
        });
        found
    }
}
