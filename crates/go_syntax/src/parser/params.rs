//! Parameters and type parameters. Only at the end of a list is it known whether `a` in `(a, b)` is
//! a name or a type.

use base::TextRange;

use super::Parser;
use super::types::ArrayOrInstance;
use crate::ast::{ExprId, ExprKind, FieldId, List};
use crate::token::Token;

/// One entry of a list, as far as it explains itself.
#[derive(Clone, Copy)]
struct Param {
    name: Option<ExprId>,
    /// The type; or a lone identifier, which may turn out to be a name.
    ty: Option<ExprId>,
}

impl Parser<'_> {
    /// `( … )` of parameters or results.
    pub(super) fn params(&mut self) -> (List<FieldId>, TextRange) {
        let start = self.at();
        if self.tok != Token::LParen {
            self.unexpected("expected (");
            return (List::EMPTY, TextRange::empty(self.prev_end));
        }
        self.next();
        let mut entries = Vec::new();
        let end = self.nested(|p| {
            p.separated(
                Token::Comma,
                Token::RParen,
                "parameter or result list",
                |p| {
                    let entry = p.param();
                    entries.push(entry);
                },
            )
        });
        let fields = self.fields_of(entries, "mixed named and unnamed parameters");
        (fields, TextRange::new(start, end))
    }

    /// `[ … ]` of type parameters.
    pub(super) fn type_params(&mut self) -> (List<FieldId>, TextRange) {
        let start = self.at();
        self.next();
        if self.tok == Token::RBrack {
            self.problem(self.at(), "empty type parameter list");
        }
        self.type_params_rest(start, None)
    }

    /// Behind the bracket at `start`, or behind the first name and what was read of its constraint.
    pub(super) fn type_params_rest(
        &mut self,
        start: u32,
        first: Option<(ExprId, Option<ExprId>)>,
    ) -> (List<FieldId>, TextRange) {
        let mut first = first;
        let mut entries = Vec::new();
        let end = self.nested(|p| {
            p.separated(Token::Comma, Token::RBrack, "type parameter list", |p| {
                let (name, constraint) = first.take().unwrap_or_else(|| (p.ident(), None));
                let entry = p.type_param(name, constraint);
                entries.push(entry);
            })
        });
        let fields = self.fields_of(entries, "missing type constraint");
        (fields, TextRange::new(start, end))
    }

    /// The constraint of `name`, whose first term may have been read.
    fn type_param(&mut self, name: ExprId, constraint: Option<ExprId>) -> Param {
        if constraint.is_none() && matches!(self.tok, Token::Comma | Token::RBrack) {
            return Param {
                name: None,
                ty: Some(name),
            };
        }
        let constraint = self.union(constraint);
        Param {
            name: Some(name),
            ty: Some(constraint),
        }
    }

    fn param(&mut self) -> Param {
        if self.tok != Token::Ident {
            let ty = Some(self.dots_or_type());
            return Param { name: None, ty };
        }
        let ident = self.ident();
        let (name, ty) = match self.tok {
            Token::LBrack => match self.array_or_instance(ident) {
                ArrayOrInstance::Array(ty) => (Some(ident), ty),
                ArrayOrInstance::Instance(ty) => (None, ty),
            },
            Token::Period => (None, self.type_name_rest(ident)),
            Token::Ellipsis => (Some(ident), self.dots_or_type()),
            _ => match self.try_type() {
                Some(ty) => (Some(ident), ty),
                None => (None, ident),
            },
        };
        Param { name, ty: Some(ty) }
    }

    /// `...T` or `T`
    fn dots_or_type(&mut self) -> ExprId {
        if self.tok != Token::Ellipsis {
            return self.type_expr();
        }
        let pos = self.at();
        self.next();
        let elem = self.type_expr();
        let end = self.end(elem).max(self.prev_end);
        self.add_expr(ExprKind::Ellipsis(Some(elem)), pos, end, pos)
    }

    /// Separates names from types and joins names that share a type.
    fn fields_of(&mut self, mut entries: Vec<Param>, mixed: &str) -> List<FieldId> {
        let is_type_list = mixed == "missing type constraint";
        if is_type_list || entries.iter().any(|entry| entry.name.is_some()) {
            self.give_types(&mut entries, mixed);
        }
        let mark = self.mark::<FieldId>();
        let mut rest = entries.as_slice();
        while let [first, ..] = *rest {
            let shared = rest.iter().take_while(|entry| {
                first.name.is_some() && entry.name.is_some() && entry.ty == first.ty
            });
            let (group, behind) = rest.split_at(shared.count().max(1));
            rest = behind;
            let names: Vec<ExprId> = group.iter().filter_map(|entry| entry.name).collect();
            let ty = first.ty.unwrap_or_else(|| self.bad_expr());
            let start = self.start(names.first().copied().unwrap_or(ty));
            let range = TextRange::new(start, self.end(ty).max(start));
            let names = self.ast.add_list(&names);
            let field = self.add_field(names, ty, None, range);
            self.push(field);
        }
        self.list_since(mark)
    }

    /// In a list with names, a lone identifier is a name with the type of the entry behind it.
    fn give_types(&mut self, entries: &mut [Param], mixed: &str) {
        let mut following: Option<ExprId> = None;
        for entry in entries.iter_mut().rev() {
            let Some(ty) = entry.ty else { continue };
            if entry.name.is_some() {
                following = Some(ty);
                continue;
            }
            let at = self.start(ty);
            let lone = matches!(self.ast.expr(ty).kind, ExprKind::Ident(_) | ExprKind::Bad);
            if lone {
                entry.name = Some(ty);
                if following.is_none() {
                    self.problem(at, mixed);
                    following = Some(self.add_expr(ExprKind::Bad, at, at, at));
                }
                entry.ty = following;
            } else {
                self.problem(at, mixed);
                entry.name = Some(self.add_expr(ExprKind::Bad, at, at, at));
                following = Some(ty);
            }
        }
    }
}
