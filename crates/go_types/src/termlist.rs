//! Unions of type terms in normal form: no term is part of another.

use crate::{Store, Term, TypeId};

/// A [`Terms`](crate::Terms) on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TermBuf {
    /// Any type.
    All,
    /// The union of these; none if empty.
    Union(Vec<Term>),
}

impl TermBuf {
    pub(crate) const NONE: Self = Self::Union(Vec::new());

    pub(crate) fn one(term: Term) -> Self {
        Self::Union(vec![term])
    }
}

impl Store {
    /// Neither contains a type of the other.
    pub(crate) fn terms_disjoint(&mut self, x: Term, y: Term) -> bool {
        let under_x = if y.tilde { self.under(x.typ) } else { x.typ };
        let under_y = if x.tilde { self.under(y.typ) } else { y.typ };
        !self.identical(under_x, under_y)
    }

    pub(crate) fn term_includes(&mut self, term: Term, typ: TypeId) -> bool {
        let typ = if term.tilde { self.under(typ) } else { typ };
        self.identical(term.typ, typ)
    }

    fn term_subset(&mut self, x: Term, y: Term) -> bool {
        !self.terms_disjoint(x, y) && (!x.tilde || y.tilde)
    }

    fn normalize(&mut self, terms: &[Term]) -> Vec<Term> {
        let mut result: Vec<Term> = Vec::with_capacity(terms.len());
        let mut used = vec![false; terms.len()];
        for i in 0..terms.len() {
            if used[i] {
                continue;
            }
            let mut term = terms[i];
            for j in i + 1..terms.len() {
                if used[j] || self.terms_disjoint(term, terms[j]) {
                    continue;
                }
                if !term.tilde && terms[j].tilde {
                    term = terms[j];
                }
                used[j] = true;
            }
            result.push(term);
        }
        result
    }

    pub(crate) fn union_terms(&mut self, x: TermBuf, y: TermBuf) -> TermBuf {
        let (TermBuf::Union(mut x), TermBuf::Union(y)) = (x, y) else {
            return TermBuf::All;
        };
        x.extend(y);
        TermBuf::Union(self.normalize(&x))
    }

    pub(crate) fn intersect_terms(&mut self, x: TermBuf, y: TermBuf) -> TermBuf {
        let (x, y) = match (x, y) {
            (TermBuf::All, other) | (other, TermBuf::All) => return other,
            (TermBuf::Union(x), TermBuf::Union(y)) => (x, y),
        };
        let mut terms = Vec::new();
        for x in &x {
            for y in &y {
                if !self.terms_disjoint(*x, *y) {
                    terms.push(if !x.tilde || y.tilde { *x } else { *y });
                }
            }
        }
        TermBuf::Union(self.normalize(&terms))
    }

    pub(crate) fn terms_subset(&mut self, x: &TermBuf, y: &TermBuf) -> bool {
        match (x, y) {
            (_, TermBuf::All) => true,
            (TermBuf::All, TermBuf::Union(_)) => false,
            (TermBuf::Union(x), TermBuf::Union(y)) => {
                x.iter().all(|x| y.iter().any(|y| self.term_subset(*x, *y)))
            }
        }
    }

    pub(crate) fn terms_equal(&mut self, x: &TermBuf, y: &TermBuf) -> bool {
        x == y || self.terms_subset(x, y) && self.terms_subset(y, x)
    }
}
