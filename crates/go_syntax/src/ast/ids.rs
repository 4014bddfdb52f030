//! Ids of nodes, and lists of them.

use std::num::NonZeroU32;

use base::List;

/// Declares ids whose `Option` takes no more room than they do.
macro_rules! node_ids {
    ($($(#[$attr:meta])* $name:ident,)*) => {$(
        $(#[$attr])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(NonZeroU32);

        impl base::Idx for $name {
            fn from_index(index: usize) -> Self {
                debug_assert!(index < u32::MAX as usize, "a file has fewer bytes than this");
                Self(NonZeroU32::MIN.saturating_add(index as u32))
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    )*};
}

node_ids! {
    /// An expression, type or identifier of a file.
    ExprId,
    /// A statement or clause.
    StmtId,
    /// A declaration: a function, or `import`, `const`, `type`, `var` with all their specs.
    DeclId,
    /// One line of an `import`, `const`, `type` or `var` declaration.
    SpecId,
    /// Parameters, struct fields, interface elements or type parameters with one type.
    FieldId,
    /// Parameters and results of a function type.
    SigId,
}

/// Where the lists of a tree lie, one vector per kind of id.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    exprs: Vec<ExprId>,
    stmts: Vec<StmtId>,
    specs: Vec<SpecId>,
    fields: Vec<FieldId>,
}

/// Ids that stand in lists.
pub trait ListItem: Copy {
    #[doc(hidden)]
    fn of(lists: &Lists, list: List<Self>) -> &[Self];
    #[doc(hidden)]
    fn add(lists: &mut Lists, items: &[Self]) -> List<Self>;
}

macro_rules! list_items {
    ($($name:ident in $vec:ident,)*) => {$(
        impl ListItem for $name {
            fn of(lists: &Lists, list: List<Self>) -> &[Self] {
                &lists.$vec[list.range()]
            }
            fn add(lists: &mut Lists, items: &[Self]) -> List<Self> {
                let start = lists.$vec.len();
                lists.$vec.extend_from_slice(items);
                List::new(start, items.len())
            }
        }
    )*};
}

list_items! {
    ExprId in exprs,
    StmtId in stmts,
    SpecId in specs,
    FieldId in fields,
}
