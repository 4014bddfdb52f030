//! Calls of interface methods made calls of a type's method.

use go_types::{ObjId, Store, TypeId, TypeKind};

use crate::func::Package;
use crate::node::{Kind, NodeId};

impl Package {
    /// Makes the call of an interface method one of `method`, which the type `typ` has at the end of `path` through
    /// embedded fields: the receiver is asserted to be of the type. `None` if the call or the path is another.
    /// Whether the method is that of an embedded interface, so that it still is an interface's.
    pub fn assert_receiver(
        &mut self,
        store: &mut Store,
        call: NodeId,
        typ: TypeId,
        method: ObjId,
        path: &[u32],
    ) -> Option<bool> {
        let Kind::Call { fun, args, spread } = self.kind(call) else {
            return None;
        };
        let Kind::DotInter { x, .. } = self.kind(fun) else {
            return None;
        };
        let assert = Kind::TypeAssert {
            x,
            comma_ok: false,
            words: crate::node::Nodes::EMPTY,
        };
        let mut receiver = self.like(call, assert, typ);
        for field in path {
            receiver = self.embedded(store, fun, receiver, *field)?;
        }
        let received = self.typ(receiver);
        let fun_type = self.typ(fun);
        if store.is_non_type_param_interface(received) {
            let x = receiver;
            let fun = self.like(fun, Kind::DotInter { x, method }, fun_type);
            self.node_mut(call).kind = Kind::Call { fun, args, spread };
            return Some(true);
        }
        let (receiver, fun) = self.bind_method(store, fun, receiver, method, fun_type);
        let mut all = vec![receiver];
        all.extend_from_slice(self.list(args));
        let args = self.add_list(&all);
        self.node_mut(call).kind = Kind::Call { fun, args, spread };
        Some(false)
    }

    /// The receiver as the method takes it, and the method as what is called.
    pub(crate) fn bind_method(
        &mut self,
        store: &mut Store,
        at: NodeId,
        mut receiver: NodeId,
        method: ObjId,
        fun_type: TypeId,
    ) -> (NodeId, NodeId) {
        let received = self.typ(receiver);
        let pointee = match store.under_kind(received) {
            TypeKind::Pointer(elem) => Some(elem),
            _ => None,
        };
        receiver = match (pointee, store.has_ptr_recv(method)) {
            (Some(elem), false) => {
                let deref = Kind::Deref {
                    x: receiver,
                    implicit: true,
                };
                self.like(at, deref, elem)
            }
            (None, true) => {
                let addr = Kind::Addr {
                    x: receiver,
                    implicit: true,
                };
                let pointer = store.pointer(received);
                self.like(at, addr, pointer)
            }
            _ => receiver,
        };
        let mut received = self.typ(receiver);
        // One instance of a generic type may be there twice.
        let declared = store.as_signature(store.obj_type(method));
        if let Some(recv) = declared.and_then(|signature| signature.recv) {
            let declared = store.obj_type(recv);
            if store.identical(declared, received) {
                received = declared;
            }
        }
        let x = self.like(at, Kind::Type, received);
        let fun = self.like(at, Kind::MethodExpr { x, method }, fun_type);
        (receiver, fun)
    }

    pub(crate) fn embedded(
        &mut self,
        store: &mut Store,
        at: NodeId,
        x: NodeId,
        field: u32,
    ) -> Option<NodeId> {
        let typ = self.typ(x);
        let (strukt, pointer) = match store.under_kind(typ) {
            TypeKind::Pointer(elem) => (store.under_kind(elem), true),
            other => (other, false),
        };
        let TypeKind::Struct(strukt) = strukt else {
            return None;
        };
        let obj = *store.objs(strukt.fields).get(field as usize)?;
        let typ = store.obj_type(obj);
        let kind = Kind::Dot { x, field, pointer };
        Some(self.like(at, kind, typ))
    }

    /// A node where another stands.
    fn like(&mut self, at: NodeId, kind: Kind, typ: TypeId) -> NodeId {
        let node = *self.node(at);
        self.add_inlined(kind, typ, node.pos, node.inline)
    }
}
