//! Type sets of interfaces and unions.

use crate::lookup::MAX_EMBEDDING;
use crate::termlist::TermBuf;
use crate::{
    InterfaceId, Name, ObjId, ObjList, PkgId, Pos, Store, Term, TermList, Terms, TypeId, TypeKind,
    TypeSet,
};

/// A method that an interface has twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DuplicateMethod {
    /// Of the method, or of the embedded type that has it.
    pub(crate) pos: Pos,
    pub(crate) method: ObjId,
    pub(crate) other: ObjId,
    /// Declared twice, and not embedded: wrong even if the signatures are the same.
    pub(crate) explicit: bool,
}

/// Unions of more terms are not looked at.
pub(crate) const MAX_TERMS: usize = 100;

impl TypeSet {
    pub(crate) const ALL: Self = Self {
        methods: ObjList::EMPTY,
        terms: Terms::All,
        comparable: false,
    };

    /// No type at all.
    pub fn is_empty(&self) -> bool {
        matches!(self.terms, Terms::Union(terms) if terms.is_empty())
    }

    /// Every type.
    pub fn is_all(&self) -> bool {
        self.is_method_set() && self.methods.is_empty()
    }

    /// Told by methods alone: the interface may be used as a type.
    pub fn is_method_set(&self) -> bool {
        !self.comparable && self.terms == Terms::All
    }

    /// Limited to specific types, at least one.
    pub fn has_terms(&self) -> bool {
        matches!(self.terms, Terms::Union(terms) if !terms.is_empty())
    }
}

impl Store {
    /// The type set of an interface; that of any type while the interface is not complete.
    pub fn type_set(&mut self, id: InterfaceId) -> TypeSet {
        self.type_set_at(id, 0)
    }

    fn type_set_at(&mut self, id: InterfaceId, depth: usize) -> TypeSet {
        let interface = *self.iface(id);
        if let Some(type_set) = interface.type_set {
            return type_set;
        }
        if !interface.complete || depth > MAX_EMBEDDING {
            return TypeSet::ALL;
        }
        // An interface that embeds itself meets this one.
        self.iface_mut(id).type_set = Some(TypeSet::ALL);

        let mut methods = self.objs(interface.methods).to_vec();
        self.drop_duplicates(&mut methods);
        let mut terms = TermBuf::All;
        let mut comparable = false;
        for index in 0..interface.embeds.len() {
            let embedded = self.types(interface.embeds)[index];
            let range = self.ranges(interface.embed_ranges).get(index).copied();
            let pos = range.map_or(interface.pos, |range| Pos {
                offset: range.start,
                ..interface.pos
            });
            let under = self.under(embedded);
            let (element, element_comparable) = match self.kind(under) {
                TypeKind::Interface(id) => {
                    let set = self.type_set_at(id, depth + 1);
                    self.add_embedded_methods(&mut methods, set.methods, pos);
                    (self.term_buf(set.terms), set.comparable)
                }
                TypeKind::Union(union) => match self.union_terms_at(union, depth + 1) {
                    Some(terms) => (terms, false),
                    None => continue,
                },
                _ if under == TypeId::INVALID => continue,
                _ => {
                    let term = Term {
                        tilde: false,
                        typ: embedded,
                    };
                    (TermBuf::one(term), false)
                }
            };
            terms = self.intersect_terms(terms, element);
            comparable = comparable || element_comparable;
            if comparable && let TermBuf::Union(all) = &mut terms {
                let all = std::mem::take(all);
                terms = TermBuf::Union(self.strictly_comparable(all));
                comparable = false;
            }
        }
        methods.sort_by(|a, b| self.compare_objs(*a, *b));
        let type_set = TypeSet {
            methods: self.obj_list(&methods),
            terms: self.freeze_terms(terms),
            comparable,
        };
        self.iface_mut(id).type_set = Some(type_set);
        type_set
    }

    fn strictly_comparable(&mut self, terms: Vec<Term>) -> Vec<Term> {
        let mut terms = terms;
        terms.retain(|term| self.comparable(term.typ, false));
        terms
    }

    fn drop_duplicates(&mut self, methods: &mut Vec<ObjId>) {
        let all = std::mem::take(methods);
        for method in all {
            match self.find_same(methods, method) {
                None => methods.push(method),
                Some(other) => self.check_state.duplicate_methods.push(DuplicateMethod {
                    pos: self.obj(method).pos,
                    method,
                    other,
                    explicit: true,
                }),
            }
        }
    }

    fn add_embedded_methods(&mut self, methods: &mut Vec<ObjId>, embedded: ObjList, pos: Pos) {
        for index in 0..embedded.len() {
            let method = self.objs(embedded)[index];
            match self.find_same(methods, method) {
                None => methods.push(method),
                Some(other) if other == method => {}
                Some(other) => self.check_state.duplicate_methods.push(DuplicateMethod {
                    pos,
                    method,
                    other,
                    explicit: false,
                }),
            }
        }
    }

    fn find_same(&self, methods: &[ObjId], method: ObjId) -> Option<ObjId> {
        let object = self.obj(method);
        self.find_by_name(methods, object.pkg, object.name)
            .map(|(_, other)| other)
    }

    /// The object of the list that the name means in the package, and its index.
    pub(crate) fn find_by_name(
        &self,
        objs: &[ObjId],
        pkg: Option<PkgId>,
        name: Name,
    ) -> Option<(usize, ObjId)> {
        let found = objs.iter().enumerate();
        found
            .map(|(index, obj)| (index, *obj))
            .find(|(_, obj)| self.same_id(*obj, pkg, name))
    }

    /// `None` if the union is no good.
    fn union_terms_at(&mut self, union: TermList, depth: usize) -> Option<TermBuf> {
        let mut all = TermBuf::NONE;
        if depth > MAX_EMBEDDING {
            return None;
        }
        for index in 0..union.len() {
            let term = self.terms(union)[index];
            let under = self.under(term.typ);
            let terms = match self.kind(under) {
                TypeKind::Interface(id) => {
                    let set = self.type_set_at(id, depth + 1);
                    self.term_buf(set.terms)
                }
                _ if under == TypeId::INVALID => continue,
                _ if term.tilde && !self.identical(term.typ, under) => TermBuf::NONE,
                _ => TermBuf::one(term),
            };
            all = self.union_terms(all, terms);
            if matches!(&all, TermBuf::Union(terms) if terms.len() > MAX_TERMS) {
                return None;
            }
        }
        Some(all)
    }

    /// The terms of a union type in normal form. `None` if they, those of unions in it included, are more
    /// than can be handled.
    pub(crate) fn union_type_terms(&mut self, union: TermList) -> Option<TermBuf> {
        self.union_terms_at(union, 0)
    }

    pub(crate) fn term_buf(&self, terms: Terms) -> TermBuf {
        match terms {
            Terms::All => TermBuf::All,
            Terms::Union(terms) => TermBuf::Union(self.terms(terms).to_vec()),
        }
    }

    fn freeze_terms(&mut self, terms: TermBuf) -> Terms {
        match terms {
            TermBuf::All => Terms::All,
            TermBuf::Union(terms) => Terms::Union(self.term_list(&terms)),
        }
    }

    /// The specific types of an interface; none also if it is limited to none, or to all.
    pub fn terms_of(&mut self, interface: TypeId) -> Vec<Term> {
        let Some(id) = self.under_interface(interface) else {
            return Vec::new();
        };
        match self.type_set(id).terms {
            Terms::All => Vec::new(),
            Terms::Union(terms) => self.terms(terms).to_vec(),
        }
    }

    /// Whether values of an interface with this type set can be compared for certain.
    pub(crate) fn is_comparable_set(&mut self, set: TypeSet, seen: &mut Vec<TypeId>) -> bool {
        match set.terms {
            Terms::All => set.comparable,
            Terms::Union(terms) => {
                let terms = self.terms(terms).to_vec();
                !terms.is_empty()
                    && (terms.into_iter()).all(|term| self.comparable_in(term.typ, false, seen))
            }
        }
    }
}
