//! What the native inliner says, as data, and as gc prints it.

use go_ir::{Callee, Func, FuncId, NodeId, Package, Printer};
use go_types::{PkgId, Pos, Store, TypeId};

use super::inline::Bodies;
use crate::phrases::IMPRECISE_INTERFACE_CALL;

/// One line of gc's log about inlining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    CanInline {
        func: FuncId,
        cost: i32,
    },
    CannotInline {
        func: FuncId,
        reason: String,
    },
    /// Little is inlined into the function.
    Big {
        func: FuncId,
    },
    /// A call of a method of a type parameter that is an interface: what is called.
    Imprecise {
        fun: NodeId,
    },
    /// A call that was replaced.
    Inlining {
        call: NodeId,
        callee: Callee,
    },
    /// A call that is not replaced, since its callee was inlined around it.
    RecursiveCycle {
        call: NodeId,
        callee: Callee,
        caller: FuncId,
    },
    /// A call of an interface method that is not made one of the only type that its receiver can be of.
    Shaped {
        call: NodeId,
        /// The receiver, or the interface.
        what: &'static str,
        typ: TypeId,
    },
    /// A call of an interface method whose receiver can only be of one type.
    Devirtualizing {
        call: NodeId,
        /// The method as it was selected, in gc's words.
        selector: String,
        typ: TypeId,
        /// The method is that of an interface which the type embeds.
        partially: bool,
    },
}

/// What messages about a package are printed with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub store: &'a Store,
    pub package: &'a Package,
    /// The package that was compiled.
    pub local: PkgId,
    pub bodies: &'a Bodies,
}

impl Message {
    /// The least `-m` at which gc prints it.
    pub fn level(&self) -> u8 {
        match self {
            Message::CannotInline { .. } | Message::Big { .. } | Message::RecursiveCycle { .. } => {
                2
            }
            Message::CanInline { .. }
            | Message::Imprecise { .. }
            | Message::Inlining { .. }
            | Message::Shaped { .. }
            | Message::Devirtualizing { .. } => 1,
        }
    }

    /// Whether its text is known: with `-m=2` gc prints what it inlines, with dictionaries that may not be known here.
    pub fn is_known(&self, context: &Context<'_>, level: u8) -> bool {
        let shows_body = level >= 2 && matches!(self, Message::CanInline { .. });
        !shows_body || !has_words(&self.text(context, level))
    }

    /// Where it is said.
    pub fn position(&self, package: &Package) -> Pos {
        match self {
            Message::CanInline { func, .. }
            | Message::CannotInline { func, .. }
            | Message::Big { func } => package.funcs[*func].pos,
            Message::Imprecise { fun } => package.position(*fun),
            Message::Inlining { call, .. }
            | Message::RecursiveCycle { call, .. }
            | Message::Shaped { call, .. }
            | Message::Devirtualizing { call, .. } => package.position(*call),
        }
    }

    /// The text after the position, as `-m=1` or `-m=2` prints it.
    pub fn text(&self, context: &Context<'_>, level: u8) -> String {
        let name = |func: FuncId| context.func(func);
        match self {
            Message::CanInline { func, cost } => {
                let inlinable = name(*func);
                if level < 2 {
                    return format!("can inline {inlinable}");
                }
                // What came with an inlined body is not inlined into; the names in it are those of its package.
                let text = match &context.package.funcs[*func] {
                    Func {
                        pristine: Some((body, func)),
                        foreign: None,
                        ..
                    } => context.printer(&body.package).func(*func),
                    _ => context.printer(context.package).func(*func),
                };
                format!("can inline {inlinable} with cost {cost} as: {text}")
            }
            Message::CannotInline { func, reason } => {
                format!("cannot inline {}: {reason}", name(*func))
            }
            Message::Big { func } => format!(
                "function {} considered 'big'; reducing max cost of inlinees",
                name(*func)
            ),
            Message::Imprecise { .. } => IMPRECISE_INTERFACE_CALL.to_owned(),
            Message::Inlining { callee, .. } => {
                format!("inlining call to {}", context.callee(*callee))
            }
            Message::RecursiveCycle { callee, caller, .. } => format!(
                "cannot inline {} into {}: repeated recursive cycle",
                context.callee(*callee),
                name(*caller)
            ),
            Message::Shaped { call, what, typ } => {
                let printer = context.printer(context.package);
                let call = printer.node(*call);
                let mut text = format!("cannot devirtualize {call}: shaped {what} ");
                printer.typ(&mut text, *typ);
                text
            }
            Message::Devirtualizing {
                selector,
                typ,
                partially,
                ..
            } => {
                let prefix = if *partially { "partially " } else { "" };
                let mut text = format!("{prefix}devirtualizing {selector} to ");
                context.printer(context.package).typ(&mut text, *typ);
                text
            }
        }
    }
}

/// Whether the text names a dictionary or a word of one that is not known.
fn has_words(text: &str) -> bool {
    text.contains(Printer::UNKNOWN_DICTIONARY) || text.contains(".dict[-")
}

impl<'a> Context<'a> {
    fn printer(&self, package: &'a Package) -> Printer<'a> {
        Printer {
            store: self.store,
            package,
            local: self.local,
        }
    }

    fn callee(&self, callee: Callee) -> String {
        match callee {
            Callee::Closure(func) => self.func(func),
            Callee::Declared(obj) => {
                let local = self.package.funcs.iter();
                match self.bodies.get(obj) {
                    Some(body) => {
                        let name = &body.package.funcs[go_ir::Body::root()].name;
                        self.qualified(name, Some(body.pkg))
                    }
                    None => local
                        .filter(|func| func.obj == Some(obj))
                        .map(|func| self.qualified(&func.name, func.owner))
                        .next()
                        .unwrap_or_default(),
                }
            }
        }
    }

    fn func(&self, func: FuncId) -> String {
        let func = &self.package.funcs[func];
        self.qualified(&func.name, func.foreign.or(func.owner))
    }

    fn qualified(&self, name: &str, pkg: Option<PkgId>) -> String {
        self.printer(self.package).qualified(name, pkg)
    }
}
