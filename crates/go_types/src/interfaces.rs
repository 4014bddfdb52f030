//! Interface types and unions.

use go_syntax::{BinaryOp, ExprId, ExprKind, FieldId, List, UnaryOp};

use crate::delayed::Action;
use crate::{
    Checker, Code, Interface, InterfaceId, Name, ObjList, Object, Term, TypeId, TypeKind, TypeSet,
};

/// Unions with more terms are refused, as by gc.
const MAX_TERMS: usize = 100;

impl Checker<'_> {
    pub(crate) fn interface_type(&mut self, expr: ExprId, list: List<FieldId>) -> TypeId {
        let ast = self.ast();
        let (mut methods, mut embeds, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
        for &field in ast.list(list) {
            let field = *ast.field(field);
            let Some(&name) = ast.list(field.names).first() else {
                ranges.push(self.range(field.ty));
                embeds.push(self.union_type(field.ty));
                continue;
            };
            let method = self.ident_name(name);
            let at = self.range(name).start;
            if method == Name::BLANK {
                self.error_at(
                    at,
                    Code::BlankIfaceMethod,
                    "methods must have a unique non-blank name",
                );
                continue;
            }
            let typ = self.typ(field.ty);
            let TypeKind::Signature(id) = self.store.kind(typ) else {
                continue;
            };
            if !self.store.sig(id).tparams.is_empty() {
                let range = ast
                    .func_type(field.ty)
                    .and_then(|sig| sig.type_params_range);
                let at = range.map_or(at, |range| range.start);
                self.error_at(
                    at,
                    Code::InvalidSyntaxTree,
                    "interface methods cannot have type parameters",
                );
            }
            let object = Object::func(self.pos(at), Some(self.pkg), method, true).with_type(typ);
            let obj = self.store.new_obj(object);
            self.record_def(name, Some(obj));
            methods.push(obj);
        }
        let interface = Interface {
            embeds: self.store.type_list(&embeds),
            embed_ranges: self.store.range_list(&ranges),
            pos: self.pos(self.range(expr).start),
            ..Interface::complete(self.store.obj_list(&methods))
        };
        let typ = self.store.interface(interface);
        if !methods.is_empty() || !embeds.is_empty() {
            self.later(Action::TypeSet { typ });
        }
        typ
    }

    /// The interface that a constraint which is none stands for.
    pub(crate) fn implicit_interface(&mut self, expr: ExprId) -> TypeId {
        let range = self.range(expr);
        let embedded = self.union_type(expr);
        let interface = Interface {
            embeds: self.store.type_list(&[embedded]),
            embed_ranges: self.store.range_list(&[range]),
            pos: self.pos(range.start),
            implicit: true,
            ..Interface::complete(ObjList::EMPTY)
        };
        let typ = self.store.interface(interface);
        self.later(Action::TypeSet { typ });
        typ
    }

    /// Computes the type set of an interface and reports what is wrong with it.
    pub(crate) fn type_set(&mut self, typ: TypeId) {
        if let TypeKind::Interface(id) = self.store.kind(typ) {
            self.type_set_of(id);
            if !self.allow_version(18) {
                self.verify_embeds(id);
            }
        }
    }

    /// Before type parameters only interfaces could be embedded.
    fn verify_embeds(&mut self, id: InterfaceId) {
        let interface = *self.store.iface(id);
        let embeds = self.store.types(interface.embeds).to_vec();
        let ranges = self.store.ranges(interface.embed_ranges).to_vec();
        for (embed, range) in embeds.into_iter().zip(ranges) {
            let under = self.store.under(embed);
            if under != TypeId::INVALID && !self.store.is_interface(embed) {
                self.verify_version(range.start, 18, "embedding non-interface type");
            }
        }
    }

    pub(crate) fn type_set_of(&mut self, id: InterfaceId) -> TypeSet {
        let set = self.store.type_set(id);
        self.report_duplicate_methods();
        set
    }

    /// Methods that interfaces turned out to have twice.
    fn report_duplicate_methods(&mut self) {
        for duplicate in std::mem::take(&mut self.store.check_state.duplicate_methods) {
            if !duplicate.pos.is_known() {
                continue; // of a package read from its summary, which was checked
            }
            let types = [duplicate.method, duplicate.other].map(|method| self.method_type(method));
            if duplicate.explicit
                || !self.allow_version(14)
                || !self.store.identical(types[0], types[1])
            {
                let message = format!("duplicate method {}", self.store.name(duplicate.method));
                self.error(duplicate.pos, Code::DuplicateDecl, message);
            }
        }
    }

    /// An element of an interface: a type, `~T`, or several of them between `|`.
    fn union_type(&mut self, expr: ExprId) -> TypeId {
        let (mut operators, mut exprs) = (Vec::new(), Vec::new());
        let mut next = expr;
        while let ExprKind::Binary {
            op: BinaryOp::Or,
            x,
            y,
        } = self.ast().expr(next).kind
        {
            operators.push(next);
            exprs.push(y);
            next = x;
        }
        exprs.push(next);
        operators.reverse();
        exprs.reverse();
        let mut terms = Vec::new();
        let mut typ = TypeId::INVALID;
        for (index, &term_expr) in exprs.iter().enumerate() {
            let term = self.term(term_expr);
            if exprs.len() == 1 && !term.tilde {
                return term.typ;
            }
            if terms.len() < MAX_TERMS {
                terms.push(term);
                typ = self.store.union(&terms);
            } else if self.store.is_valid(typ) {
                self.too_many_terms(term_expr);
                typ = TypeId::INVALID;
            }
            if index > 0 {
                self.record_type(operators[index - 1], typ);
            }
        }
        if self.store.is_valid(typ) {
            self.later(Action::UnionTerms { exprs, terms });
        }
        typ
    }

    fn too_many_terms(&mut self, expr: ExprId) {
        let message =
            format!("cannot handle more than {MAX_TERMS} union terms (implementation limitation)");
        let at = self.range(expr).start;
        self.error_at(at, Code::InvalidUnion, message);
    }

    fn term(&mut self, expr: ExprId) -> Term {
        let (inner, tilde) = match self.ast().expr(expr).kind {
            ExprKind::Unary {
                op: UnaryOp::Tilde,
                x,
            } => (x, true),
            _ => (expr, false),
        };
        let mut typ = self.typ(inner);
        if self.store.is_type_param(typ) {
            self.error_expr(
                inner,
                Code::MisplacedTypeParam,
                "term cannot be a type parameter",
            );
            typ = TypeId::INVALID;
        }
        let term = Term { tilde, typ };
        if tilde {
            let union = self.store.union(&[term]);
            self.record_type(expr, union);
        }
        term
    }

    pub(crate) fn check_union_terms(&mut self, exprs: &[ExprId], terms: &[Term]) {
        let list = self.store.term_list(terms);
        if let (None, [first, ..]) = (self.store.union_type_terms(list), exprs) {
            self.too_many_terms(*first);
        }
        for (index, (&expr, &term)) in exprs.iter().zip(terms).enumerate() {
            if !self.store.is_valid(term.typ) {
                continue;
            }
            let under = self.store.under(term.typ);
            let interface = self.store.under_interface(term.typ);
            if term.tilde {
                if interface.is_some() {
                    self.error_expr(
                        expr,
                        Code::InvalidUnion,
                        "invalid use of ~ (type is an interface)",
                    );
                    continue;
                }
                if !self.store.identical(under, term.typ) {
                    self.error_expr(
                        expr,
                        Code::InvalidUnion,
                        "invalid use of ~ (underlying type differs)",
                    );
                    continue;
                }
            }
            if let Some(id) = interface {
                let set = self.type_set_of(id);
                if !set.methods.is_empty() {
                    self.error_expr(
                        expr,
                        Code::InvalidUnion,
                        "cannot use interface with methods in union",
                    );
                } else if set.comparable {
                    self.error_expr(expr, Code::InvalidUnion, "cannot use comparable in union");
                }
                continue;
            }
            let overlaps = terms[..index].iter().any(|other| {
                !self.store.is_interface(other.typ) && !self.store.terms_disjoint(*other, term)
            });
            if overlaps {
                let at = self.range(expr).start;
                self.soft_error_at(at, Code::InvalidUnion, "overlapping terms");
            }
        }
    }
}
