//! Composite literals.

use go_syntax::{ExprId, ExprKind, List};
use go_types::constant::Value;
use go_types::{Struct, TypeId, TypeKind};

use super::{Lowered, Lowerer};
use crate::node::{Kind, LitOp, NodeId};

impl Lowerer<'_> {
    pub(super) fn composite(&mut self, lit: ExprId, elems: List<ExprId>) -> Lowered<NodeId> {
        let whole = self.typ(lit)?;
        let offset = self.ast().expr(lit).pos;
        // An element without type of a list of pointers.
        let pointee = match self.core(whole) {
            TypeKind::Pointer(elem) => Some(elem),
            _ => None,
        };
        let typ = pointee.unwrap_or(whole);
        let elems = self.ast().list(elems);
        let (op, nodes) = match self.core(typ) {
            TypeKind::Struct(strukt) => (LitOp::Struct, self.struct_elems(strukt, elems)?),
            TypeKind::Array { elem, .. } => (LitOp::Array, self.array_elems(elem, elems)?),
            TypeKind::Slice(elem) => (LitOp::Slice, self.array_elems(elem, elems)?),
            TypeKind::Map { key, elem } => (LitOp::Map, self.map_elems(key, elem, elems)?),
            _ => return Err("a literal of an unknown kind"),
        };
        let elems = self.out.add_list(&nodes);
        let node = self.node(Kind::CompLit { op, elems }, typ, offset);
        Ok(match pointee {
            Some(_) => self.node(Kind::PtrLit(node), whole, offset),
            None => node,
        })
    }

    fn array_elems(&mut self, elem: TypeId, elems: &[ExprId]) -> Lowered<Vec<NodeId>> {
        let mut nodes = Vec::with_capacity(elems.len());
        for expr in elems {
            nodes.push(match self.ast().expr(*expr).kind {
                ExprKind::KeyValue { key, value } => {
                    let offset = self.ast().expr(key).pos;
                    let key = self.expr(key)?;
                    let value = self.implicit(Some(elem), value)?;
                    self.stmt_node(Kind::Key { key, value }, offset)
                }
                _ => self.implicit(Some(elem), *expr)?,
            });
        }
        Ok(nodes)
    }

    fn map_elems(
        &mut self,
        key_type: TypeId,
        elem: TypeId,
        elems: &[ExprId],
    ) -> Lowered<Vec<NodeId>> {
        let mut nodes = Vec::with_capacity(elems.len());
        for expr in elems {
            let ExprKind::KeyValue { key, value } = self.ast().expr(*expr).kind else {
                return Err("a map element without key");
            };
            let offset = self.ast().expr(key).pos;
            let key = self.implicit(Some(key_type), key)?;
            let value = self.implicit(Some(elem), value)?;
            nodes.push(self.stmt_node(Kind::Key { key, value }, offset));
        }
        Ok(nodes)
    }

    fn struct_elems(&mut self, strukt: Struct, elems: &[ExprId]) -> Lowered<Vec<NodeId>> {
        let mut nodes = Vec::with_capacity(elems.len());
        for (index, expr) in elems.iter().enumerate() {
            let (field, typ, offset, value) =
                if let ExprKind::KeyValue { key, value } = self.ast().expr(*expr).kind {
                    let (field, typ) = self.keyed_field(strukt, key)?;
                    (field, typ, self.ast().expr(key).pos, value)
                } else {
                    let field = self.store.objs(strukt.fields).get(index);
                    let field = *field.ok_or("more values than fields")?;
                    let offset = self.ast().expr(*expr).pos;
                    (index as u32, self.store.obj_type(field), offset, *expr)
                };
            let value = self.implicit(Some(typ), value)?;
            nodes.push(self.stmt_node(Kind::StructKey { field, value }, offset));
        }
        Ok(nodes)
    }

    /// The field that a key names, possibly one of an embedded struct.
    fn keyed_field(&mut self, strukt: Struct, key: ExprId) -> Lowered<(u32, TypeId)> {
        if let Some(path) = self.info().lit_path(key) {
            let field = path.last().copied().unwrap_or_default();
            let obj = self.object(key).ok_or("a key that names no field")?;
            return Ok((field, self.obj_type(obj)));
        }
        let name = self.ast().name(key);
        let name = self.name_of(name.as_str());
        let fields = self.store.objs(strukt.fields);
        let field = fields
            .iter()
            .position(|field| self.store.obj(*field).name == name)
            .ok_or("a key that names no field")?;
        Ok((field as u32, self.store.obj_type(fields[field])))
    }

    /// `[]rune("…")` of a constant is a literal of its runes.
    pub(super) fn runes_literal(&mut self, text: &[u8], typ: TypeId, offset: u32) -> NodeId {
        let elem = match self.core(typ) {
            TypeKind::Slice(elem) => elem,
            _ => TypeId::RUNE,
        };
        let text = String::from_utf8_lossy(text);
        let mut nodes = Vec::new();
        for (index, rune) in text.chars().enumerate() {
            let key = self.constant(Value::from_u64(index as u64), TypeId::INT, offset);
            let value = self.constant(Value::from_u64(u64::from(u32::from(rune))), elem, offset);
            nodes.push(self.stmt_node(Kind::Key { key, value }, offset));
        }
        let elems = self.out.add_list(&nodes);
        let op = LitOp::Slice;
        self.node(Kind::CompLit { op, elems }, typ, offset)
    }
}
