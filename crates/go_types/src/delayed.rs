//! What a check puts off until types are complete.

use go_syntax::{ExprId, StmtId};

use crate::constant::Value;
use crate::{Checker, ObjId, ScopeId, Term, TypeId};

/// A postponed step, with the place it belongs to.
#[derive(Debug)]
pub(crate) struct Delayed {
    pub(crate) file: usize,
    pub(crate) version: u16,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    FuncBody {
        decl: Option<u32>,
        sig: TypeId,
        scope: ScopeId,
        body: StmtId,
        iota: Option<Value>,
    },
    /// The declared type must not contain itself.
    ValidType {
        obj: ObjId,
    },
    /// No constraint interface as type of a variable.
    VarType {
        expr: ExprId,
        typ: TypeId,
    },
    MapKey {
        expr: ExprId,
        key: TypeId,
    },
    EmbeddedField {
        expr: ExprId,
        typ: TypeId,
    },
    UnionTerms {
        exprs: Vec<ExprId>,
        terms: Vec<Term>,
    },
    TypeSet {
        typ: TypeId,
    },
    /// Type arguments satisfy their constraints.
    VerifyType {
        expr: ExprId,
        indices: Vec<ExprId>,
        targs: Vec<TypeId>,
        inst: TypeId,
    },
    VerifyFunc {
        at: u32,
        exprs: Vec<ExprId>,
        tparams: Vec<TypeId>,
        targs: Vec<TypeId>,
    },
    Receiver {
        expr: ExprId,
        recv: ObjId,
    },
    FieldUniqueness {
        typ: TypeId,
    },
}

impl Checker<'_> {
    pub(crate) fn later(&mut self, action: Action) {
        self.delayed.push(Delayed {
            file: self.env.file,
            version: self.env.version,
            action,
        });
    }

    /// Works off the queue from `top` on; steps may add to it.
    pub(crate) fn process_delayed(&mut self, top: usize) {
        if self.delayed.len() == top {
            return;
        }
        let (file, version) = (self.env.file, self.env.version);
        let mut next = top;
        while next < self.delayed.len() {
            let placeholder = Action::ValidType {
                obj: self.store.universe.nil,
            };
            let delayed = &mut self.delayed[next];
            let action = std::mem::replace(&mut delayed.action, placeholder);
            self.env.file = delayed.file;
            self.env.version = delayed.version;
            self.run_delayed(action);
            next += 1;
        }
        self.delayed.truncate(top);
        self.env.file = file;
        self.env.version = version;
    }

    fn run_delayed(&mut self, action: Action) {
        match action {
            Action::FuncBody {
                decl,
                sig,
                scope,
                body,
                iota,
            } => self.func_body(decl, sig, scope, body, iota),
            Action::ValidType { obj } => self.check_valid_type(obj),
            Action::VarType { expr, typ } => self.check_var_type(expr, typ),
            Action::MapKey { expr, key } => self.check_map_key(expr, key),
            Action::EmbeddedField { expr, typ } => self.check_embedded_field(expr, typ),
            Action::UnionTerms { exprs, terms } => self.check_union_terms(&exprs, &terms),
            Action::TypeSet { typ } => {
                self.type_set(typ);
            }
            Action::VerifyType {
                expr,
                indices,
                targs,
                inst,
            } => self.verify_type(expr, &indices, &targs, inst),
            Action::VerifyFunc {
                at,
                exprs,
                tparams,
                targs,
            } => self.verify_func(at, &exprs, &tparams, &targs),
            Action::Receiver { expr, recv } => self.check_receiver(expr, recv),
            Action::FieldUniqueness { typ } => self.check_field_uniqueness(typ),
        }
    }
}
