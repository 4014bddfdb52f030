//! Index bounds checks that gc leaves out before its SSA form knows more: the type or the last operation of an index
//! tells that it is in an array, or in a string that is a constant.
//!
//! Source: `walkIndex` and `bounded` of cmd/compile/internal/walk/expr.go, go1.27.3.

use base::IndexVec;
use go_ir::{BinaryOp, BuiltinOp, FuncId, Kind, ListOp, NodeId, Package, Stencil, UnaryOp};
use go_types::constant::Value;
use go_types::{Pos, Sizes, Store, TypeId, TypeKind};
use rustc_hash::FxHashSet;

/// Where gc says that a check is elided, after all else that it says about a package. What is left of the `unsure`
/// functions is not known.
pub(super) fn elided(
    store: &mut Store,
    package: &Package,
    goarch: &str,
    unsure: &FxHashSet<FuncId>,
) -> Vec<Pos> {
    let mut finder = Finder {
        store,
        package,
        sizes: Sizes::of_arch(goarch),
        copied: FxHashSet::default(),
    };
    // Closures that capture something are compiled if something still makes them: often all their calls were inlined.
    let stands_alone = |id: &FuncId| {
        let outermost = &package.funcs[package.outermost(*id)];
        // Of the former gc only wants the cost.
        let is_left_out = outermost.stencil == Stencil::Silent || outermost.name == "_";
        !is_left_out && package.funcs[*id].captured.is_empty()
    };
    let mut pending: Vec<FuncId> = package.funcs.ids().filter(stands_alone).collect();
    let mut found: IndexVec<FuncId, Option<Vec<Pos>>> =
        package.funcs.iter().map(|_| None).collect();
    while let Some(func) = pending.pop() {
        if found[func].is_some() {
            continue;
        }
        let (mut of_func, mut made) = (Vec::new(), Vec::new());
        for root in package.list(package.funcs[func].body) {
            finder.statement(*root, &mut of_func, &mut made);
        }
        found[func] = Some(of_func);
        if !unsure.contains(&func) {
            pending.append(&mut made);
        }
    }
    found.into_iter().flatten().flatten().collect()
}

struct Finder<'a> {
    store: &'a mut Store,
    package: &'a Package,
    sizes: Sizes,
    /// Nodes whose index gc copies to a variable before it looks at it, or may copy.
    copied: FxHashSet<NodeId>,
}

impl Finder<'_> {
    /// Children come before the nodes that they are of. `made` gets the closures that the statement makes.
    fn statement(&mut self, root: NodeId, found: &mut Vec<Pos>, made: &mut Vec<FuncId>) {
        let mut pending = vec![(root, false)];
        while let Some((id, is_done)) = pending.pop() {
            if is_done {
                if self.is_elided(id) {
                    found.push(self.package.position(id));
                }
                continue;
            }
            match self.package.kind(id) {
                Kind::Index { .. } => pending.push((id, true)),
                Kind::Closure(closure) => made.push(closure),
                _ => self.note_copies(id),
            }
            let first = pending.len();
            self.package
                .children(id, |child| pending.push((child, false)));
            pending[first..].reverse();
        }
    }

    /// gc keeps the values of these from what other parts of the node do.
    fn note_copies(&mut self, id: NodeId) {
        let package = self.package;
        match package.kind(id) {
            Kind::Builtin {
                op: BuiltinOp::Append,
                args: safe,
                ..
            } => {
                for node in package.list(safe) {
                    self.copied(*node);
                }
            }
            Kind::AssignList { op, lhs, .. } => {
                // Of a list of values the first is not affected by what is assigned before.
                let first = usize::from(op == ListOp::Each);
                for node in package.list(lhs).iter().skip(first) {
                    self.copied(*node);
                }
            }
            Kind::Binary {
                op: BinaryOp::UnsafeSlice | BinaryOp::UnsafeString,
                x,
                y,
            } => {
                self.copied(x);
                self.copied(y);
            }
            Kind::Make { len, cap } => {
                for node in [len, cap].into_iter().flatten() {
                    self.copied(node);
                }
            }
            _ => {}
        }
    }

    /// The node itself stays what it is; what it depends on is copied.
    fn copied(&mut self, node: NodeId) {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            match self.package.kind(node) {
                Kind::Index { x, index: y } | Kind::IndexMap { x, key: y } => {
                    self.copied.insert(node);
                    pending.extend([x, y]);
                }
                Kind::Dot { x, .. }
                | Kind::Deref { x, .. }
                | Kind::Unary {
                    op: UnaryOp::Len | UnaryOp::Cap,
                    x,
                } => pending.push(x),
                _ => {}
            }
        }
    }

    fn is_elided(&mut self, id: NodeId) -> bool {
        let Kind::Index { x, index } = self.package.kind(id) else {
            return false;
        };
        if self.package.literal_of(index).is_some() {
            return false;
        }
        let Some(len) = self.len(x) else {
            return false;
        };
        let is_copied = self.copied.contains(&id);
        self.is_below(index, len, !is_copied)
    }

    /// How many elements an array, or an array behind a pointer, or a constant string has.
    fn len(&mut self, x: NodeId) -> Option<i64> {
        if let Some(Value::Str(text)) = self.package.literal_of(x) {
            return i64::try_from(text.len()).ok();
        }
        let typ = self.package.typ(x);
        let kind = match self.store.under_kind(typ) {
            TypeKind::Pointer(elem) => self.store.under_kind(elem),
            kind => kind,
        };
        match kind {
            TypeKind::Array { len, .. } => Some(len),
            _ => None,
        }
    }

    /// Whether an index that is no literal is always less than `len`, and not negative: by its type, and if gc sees its
    /// operation by that.
    fn is_below(&mut self, index: NodeId, len: i64, sees_operation: bool) -> bool {
        let Some((is_signed, mut bits)) = self.integer(self.package.typ(index)) else {
            return false;
        };
        if let Kind::Binary { op, x, y } = self.package.kind(index)
            && sees_operation
        {
            let small = |id| match self.package.literal_of(id) {
                Some(Value::Int(value)) => i32::try_from(*value).ok().map(i64::from),
                _ => None,
            };
            let largest = match op {
                BinaryOp::And => small(x).or_else(|| small(y)),
                BinaryOp::AndNot => small(x).or_else(|| {
                    let kept = !small(y)?;
                    let all = if is_signed || bits >= 64 {
                        -1
                    } else {
                        (1 << bits) - 1
                    };
                    Some(kept & all)
                }),
                BinaryOp::Mod if !is_signed => small(y).map(|it| it.saturating_sub(1)),
                _ => None,
            };
            // A remainder by 0 does not compile.
            if largest.is_some_and(|it| (0..len).contains(&it)) {
                return true;
            }
            match (op, small(y)) {
                (BinaryOp::Div, Some(by)) if !is_signed && by > 0 => {
                    bits = bits.saturating_sub(by.ilog2());
                }
                (BinaryOp::Shr, Some(by)) if !is_signed => {
                    let by = u32::try_from(by).unwrap_or(0);
                    if by > bits {
                        return len > 0;
                    }
                    bits -= by;
                }
                _ => {}
            }
        }
        !is_signed && bits <= 62 && 1 << bits <= len
    }

    /// Of an integer whether it has a sign, and its bits.
    fn integer(&mut self, typ: TypeId) -> Option<(bool, u32)> {
        let TypeKind::Basic(basic) = self.store.under_kind(typ) else {
            return None;
        };
        if !basic.is_integer() {
            return None;
        }
        let size = self.sizes.size(self.store, typ).ok()?;
        Some((!basic.is_unsigned(), u32::try_from(size).ok()? * 8))
    }
}
