//! Calls, and instances of generic functions.

use go_syntax::{ExprId, ExprKind};

use crate::delayed::Action;
use crate::expr::{Target, Use};
use crate::operand::{Mode, Operand};
use crate::{
    Builtin, Checker, Code, InferArg, ObjId, Object, Signature, SignatureId, SubstMap, TypeId,
    TypeKind, VarKind,
};

/// An argument and, if it is a partially instantiated generic function, its type arguments.
struct Argument {
    operand: Operand,
    targs: Vec<TypeId>,
}

impl Checker<'_> {
    /// Instantiates a generic function, with what type arguments there are (`index`: the whole index
    /// expression and its indices) and what the target tells. Without `infer` missing arguments are left for
    /// the call around it: then the given ones are the answer.
    pub(crate) fn func_inst(
        &mut self,
        target: Option<Target>,
        x: &mut Operand,
        index: Option<(ExprId, &[ExprId])>,
        infer: bool,
    ) -> Option<Vec<TypeId>> {
        let at = x.expr.map_or(x.at, |expr| self.range(expr).start);
        let mut type_exprs: &[ExprId] = &[];
        let mut targs = Vec::new();
        if let Some((expr, indices)) = index {
            self.verify_version(self.ast().expr(expr).pos, 18, "function instantiation");
            x.expr = Some(expr);
            type_exprs = indices;
            let Some(given) = self.type_args(indices) else {
                x.invalidate();
                return None;
            };
            targs = given;
        }
        let TypeKind::Signature(id) = self.store.kind(x.typ) else {
            x.invalidate();
            return None;
        };
        let sig = self.store.sig(id);
        let want = sig.tparams.len();
        if targs.len() > want {
            let message = format!("got {} type arguments but want {want}", targs.len());
            self.error_expr(
                type_exprs[targs.len() - 1],
                Code::WrongTypeArgCount,
                message,
            );
            x.invalidate();
            return None;
        }
        if targs.len() < want {
            if !infer {
                return Some(targs);
            }
            let Some(inferred) = self.infer_from_target(target, at, id, &targs) else {
                x.invalidate();
                return None;
            };
            targs = inferred;
        }
        x.typ = self.instantiate_signature(at, x.expr, x.typ, &targs, type_exprs);
        x.mode = Mode::Value;
        None
    }

    /// The missing type arguments of a function value, from the type it is assigned to.
    fn infer_from_target(
        &mut self,
        target: Option<Target>,
        at: u32,
        id: SignatureId,
        targs: &[TypeId],
    ) -> Option<Vec<TypeId>> {
        let sig = self.store.sig(id);
        let tparams = self.store.types(sig.tparams).to_vec();
        let mut params = Vec::new();
        let mut args = Vec::new();
        if let Some(target) = target {
            if !self.allow_version(21) {
                self.verify_version(at, 21, "implicitly instantiated function in assignment");
            }
            let plain = Signature {
                recv: None,
                rparams: crate::TypeList::EMPTY,
                tparams: crate::TypeList::EMPTY,
                ..sig
            };
            let plain = self.store.signature(plain);
            params.push(self.new_param(plain));
            args.push(Operand::value(at, target.sig));
        }
        let (tparams, params) = self.rename_params(&tparams, &params);
        let given = Self::padded(targs, tparams.len());
        self.infer_or_report(at, &tparams, &given, &params, &args)
    }

    /// New type parameters in place of these, and the parameters with them.
    fn rename_params(&mut self, tparams: &[TypeId], params: &[ObjId]) -> (Vec<TypeId>, Vec<ObjId>) {
        let tuple = self.store.tuple(params);
        let (fresh, tuple) = self.rename_tparams(tparams, tuple);
        let params = match self.store.kind(tuple) {
            TypeKind::Tuple(vars) => self.store.objs(vars).to_vec(),
            _ => params.to_vec(),
        };
        (fresh, params)
    }

    fn infer_or_report(
        &mut self,
        at: u32,
        tparams: &[TypeId],
        targs: &[Option<TypeId>],
        params: &[ObjId],
        args: &[Operand],
    ) -> Option<Vec<TypeId>> {
        let params = self.store.obj_list(params);
        let args: Vec<InferArg> = args
            .iter()
            .map(|arg| InferArg {
                typ: arg.is_valid().then_some(arg.typ),
                pos: self.pos(arg.at),
                is_nil: arg.is_nil(),
            })
            .collect();
        let pos = self.pos(at);
        match self.infer(pos, tparams, targs, params, &args) {
            Ok(targs) => Some(targs),
            Err(error) => {
                if !error.message.is_empty() {
                    self.error(error.pos, Code::CannotInferTypeArgs, error.message);
                }
                None
            }
        }
    }

    fn padded(targs: &[TypeId], len: usize) -> Vec<Option<TypeId>> {
        let mut given: Vec<Option<TypeId>> = targs.iter().copied().map(Some).collect();
        given.resize(len.max(given.len()), None);
        given
    }

    pub(crate) fn new_param(&mut self, typ: TypeId) -> ObjId {
        let object = Object::var(
            VarKind::Param,
            crate::Pos::none(),
            Some(self.pkg),
            crate::Name::EMPTY,
        );
        self.store.new_obj(object.with_type(typ))
    }

    /// The signature with type arguments; recorded, and checked against the constraints later.
    fn instantiate_signature(
        &mut self,
        at: u32,
        expr: Option<ExprId>,
        sig: TypeId,
        targs: &[TypeId],
        exprs: &[ExprId],
    ) -> TypeId {
        let list = self.store.type_list(targs);
        let inst = self.store.instance(sig, list, self.context);
        if let Some(expr) = expr {
            let unparen = self.ast().unparen(expr);
            self.record_instance(unparen, targs, inst);
        }
        if let TypeKind::Signature(id) = self.store.kind(sig) {
            let tparams = self.store.types(self.store.sig(id).tparams).to_vec();
            self.later(Action::VerifyFunc {
                at,
                exprs: exprs.to_vec(),
                tparams,
                targs: targs.to_vec(),
            });
        }
        inst
    }

    /// A call or conversion.
    pub(crate) fn call_expr(&mut self, call: ExprId) -> (Operand, Use) {
        let ast = self.ast();
        let ExprKind::Call { fun, args, spread } = ast.expr(call).kind else {
            return (Operand::invalid(0), Use::Statement);
        };
        let args = ast.list(args);
        let mut index = None;
        let mut x = match ast.expr(fun).kind {
            ExprKind::Index { x, indices } => {
                let indices = ast.list(indices);
                let (mut x, is_inst) = self.index_expr(fun, x, indices);
                if is_inst {
                    index = Some(indices);
                }
                x.expr = Some(fun);
                x.at = self.range(fun).start;
                self.record(&x);
                x
            }
            _ => self.expr_or_type(fun, true),
        };
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(args);
                x.expr = Some(call);
                (x, Use::Statement)
            }
            Mode::Type => (self.conversion_call(call, x, args, spread), Use::Conversion),
            Mode::Builtin => {
                let Some(builtin) = x.builtin else {
                    return (x, Use::Statement);
                };
                let ok = self.builtin(&mut x, call, builtin);
                if !ok {
                    x.invalidate();
                }
                x.expr = Some(call);
                if x.is_valid() && x.mode != Mode::Const {
                    self.env.has_call_or_recv = true;
                }
                (x, builtin_use(builtin))
            }
            _ => (
                self.func_call(call, fun, x, index, args, spread),
                Use::Statement,
            ),
        }
    }

    fn conversion_call(
        &mut self,
        call: ExprId,
        x: Operand,
        args: &[ExprId],
        spread: bool,
    ) -> Operand {
        let mut x = x;
        self.non_generic(None, &mut x);
        if !x.is_valid() {
            self.use_exprs(args);
            return Operand {
                expr: Some(call),
                ..x
            };
        }
        let target = x.typ;
        let mut result = Operand::invalid(x.at);
        if self.is_complete(target) {
            match args {
                [] => {
                    let at = self.range(call).end.saturating_sub(1);
                    self.error_at(at, Code::WrongArgCount, "missing argument in conversion");
                }
                [arg] => {
                    let func_target = self.new_target(Some(target));
                    result = self.expr(func_target, *arg);
                    if result.is_valid() {
                        self.convert_arg(call, &mut result, *arg, target, spread);
                    }
                }
                [.., last] => {
                    self.use_exprs(args);
                    self.error_expr(
                        *last,
                        Code::WrongArgCount,
                        "too many arguments in conversion",
                    );
                }
            }
        }
        result.expr = Some(call);
        result
    }

    fn convert_arg(
        &mut self,
        call: ExprId,
        x: &mut Operand,
        arg: ExprId,
        target: TypeId,
        spread: bool,
    ) {
        if spread {
            self.error_expr(
                arg,
                Code::BadDotDotDotSyntax,
                "invalid use of ... in conversion",
            );
            return;
        }
        if !self.store.is_type_param(target)
            && let Some(id) = self.store.under_interface(target)
            && !self.type_set_of(id).is_method_set()
        {
            self.error_expr(
                call,
                Code::MisplacedConstraintIface,
                "cannot use constraint interface in conversion",
            );
            return;
        }
        self.conversion(x, target);
    }

    fn func_call(
        &mut self,
        call: ExprId,
        fun: ExprId,
        x: Operand,
        index: Option<&[ExprId]>,
        args: &[ExprId],
        spread: bool,
    ) -> Operand {
        let mut x = x;
        let is_cgo = x.mode == Mode::CgoFunc;
        let under = self.store.common_under(x.typ);
        let sig_type =
            under.filter(|under| matches!(self.store.kind(*under), TypeKind::Signature(_)));
        let Some(sig_type) = sig_type else {
            if under != Some(TypeId::INVALID) {
                self.error_operand(&x, Code::InvalidCall, "cannot call non-function");
            }
            self.use_exprs(args);
            x.invalidate();
            x.expr = Some(call);
            return x;
        };
        let mut sig_type = sig_type;
        let was_generic = self.is_generic_signature(sig_type);
        let mut targs = Vec::new();
        let mut type_exprs: &[ExprId] = &[];
        if let Some(indices) = index {
            let given = self.type_args(indices);
            let want = self.signature_of(sig_type).tparams.len();
            let given = given.filter(|given| {
                if given.len() > want {
                    let message = format!("got {} type arguments but want {want}", given.len());
                    self.error_expr(indices[want], Code::WrongTypeArgCount, message);
                }
                given.len() <= want
            });
            let Some(given) = given else {
                self.use_exprs(args);
                x.invalidate();
                x.expr = Some(call);
                return x;
            };
            if given.len() == want && want > 0 {
                self.verify_version(self.ast().expr(fun).pos, 18, "function instantiation");
                let at = self.range(fun).start;
                sig_type = self.instantiate_signature(at, Some(fun), sig_type, &given, indices);
            } else {
                targs = given;
                type_exprs = indices;
            }
        }
        let arguments = self.generic_args(args);
        let sig_type = self.arguments(call, sig_type, &targs, type_exprs, arguments, spread);
        if was_generic && !self.is_generic_signature(sig_type) {
            self.record_type_and_value(fun, Mode::Value, sig_type, None);
        }
        let sig = self.signature_of(sig_type);
        let results = self.store.objs(sig.results).to_vec();
        match results[..] {
            [] => x.mode = Mode::NoValue,
            [result] => {
                x.mode = if is_cgo { Mode::CommaErr } else { Mode::Value };
                x.typ = self.store.obj_type(result);
                if !self.is_complete(x.typ) {
                    x.invalidate();
                }
            }
            _ => {
                x.mode = Mode::Value;
                x.typ = self.store.tuple(&results);
            }
        }
        x.expr = Some(call);
        self.env.has_call_or_recv = true;
        if x.mode == Mode::Value && !sig.tparams.is_empty() {
            let tparams = self.store.types(sig.tparams).to_vec();
            if self.store.is_parameterized(&tparams, x.typ) {
                x.invalidate();
            }
        }
        x
    }

    pub(crate) fn signature_of(&self, typ: TypeId) -> Signature {
        match self.store.kind(typ) {
            TypeKind::Signature(id) => self.store.sig(id),
            _ => Signature::default(),
        }
    }

    fn is_generic_signature(&self, typ: TypeId) -> bool {
        !self.signature_of(typ).tparams.is_empty()
    }

    /// The arguments of a builtin: single values, or all results of one call.
    pub(crate) fn expr_list(&mut self, exprs: &[ExprId]) -> Vec<Operand> {
        match exprs {
            [expr] => self.multi_expr(*expr, false).0,
            _ => exprs.iter().map(|expr| self.expr(None, *expr)).collect(),
        }
    }

    /// Arguments of a call, among them generic functions that are instantiated together with the callee.
    fn generic_args(&mut self, exprs: &[ExprId]) -> Vec<Argument> {
        let infer = !self.allow_version(21);
        if let [expr] = exprs
            && !matches!(self.ast().expr(*expr).kind, ExprKind::Index { .. })
        {
            let (mut x, _) = self.raw_expr(None, *expr, None, true);
            self.exclude_non_values(&mut x);
            if x.is_valid()
                && let TypeKind::Tuple(vars) = self.store.kind(x.typ)
            {
                let vars = self.store.objs(vars).to_vec();
                let values = vars.into_iter().map(|var| {
                    let typ = self.store.obj_type(var);
                    // The call stands for each of its results, but has a type already.
                    Argument {
                        operand: Operand {
                            mode: Mode::Value,
                            typ,
                            ..x.clone()
                        },
                        targs: Vec::new(),
                    }
                });
                return values.collect();
            }
            return vec![Argument {
                operand: x,
                targs: Vec::new(),
            }];
        }
        exprs
            .iter()
            .map(|expr| self.generic_arg(*expr, infer))
            .collect()
    }

    fn generic_arg(&mut self, expr: ExprId, infer: bool) -> Argument {
        let ExprKind::Index { x, indices } = self.ast().expr(expr).kind else {
            return Argument {
                operand: self.generic_expr(expr, None),
                targs: Vec::new(),
            };
        };
        let indices = self.ast().list(indices);
        if !self.descend(self.range(expr).start) {
            return Argument {
                operand: Operand::invalid(0),
                targs: Vec::new(),
            };
        }
        let (mut x, is_inst) = self.index_expr(expr, x, indices);
        self.ascend();
        x.at = self.range(expr).start;
        let mut targs = Vec::new();
        if is_inst {
            match self.func_inst(None, &mut x, Some((expr, indices)), infer) {
                Some(given) => targs = given,
                None => self.record(&x),
            }
            x.expr = Some(expr);
            return Argument { operand: x, targs };
        }
        x.expr = Some(expr);
        self.record(&x);
        self.exclude_non_values(&mut x);
        self.single_value(&mut x);
        Argument { operand: x, targs }
    }

    /// Passes arguments to parameters; answers the signature, instantiated if it was generic and its type
    /// arguments could be inferred.
    fn arguments(
        &mut self,
        call: ExprId,
        sig_type: TypeId,
        targs: &[TypeId],
        type_exprs: &[ExprId],
        args: Vec<Argument>,
        spread: bool,
    ) -> TypeId {
        let sig = self.signature_of(sig_type);
        let Some((params, adjusted)) = self.call_params(call, &sig, &args, spread) else {
            return sig_type;
        };
        let tparams = self.store.types(sig.tparams).to_vec();
        let n_tparams = tparams.len();
        let mut args = args;
        let mut params = params;
        let mut all_tparams = Vec::new();
        let mut given: Vec<Option<TypeId>> = Vec::new();
        if n_tparams > 0 {
            let at = self.ast().expr(call).pos;
            self.verify_version(at, 18, "implicit function instantiation");
            (all_tparams, params) = self.rename_params(&tparams, &params);
            given = Self::padded(targs, n_tparams);
        }
        let mut generic_args = Vec::new();
        for (index, arg) in args.iter_mut().enumerate() {
            if !arg.operand.is_valid() || !self.is_generic_signature(arg.operand.typ) {
                continue;
            }
            let renamed = self.rename_signature(arg.operand.typ);
            arg.operand.typ = renamed;
            let own = self
                .store
                .types(self.signature_of(renamed).tparams)
                .to_vec();
            given.extend(Self::padded(&arg.targs, own.len()));
            generic_args.push((index, all_tparams.len(), own.len()));
            all_tparams.extend(own);
        }
        if let Some((index, ..)) = generic_args.first() {
            let at = args[*index].operand.at;
            self.verify_version(at, 21, "implicitly instantiated function as argument");
        }
        let mut result = sig_type;
        if !all_tparams.is_empty() {
            let operands: Vec<Operand> = args.iter().map(|arg| arg.operand.clone()).collect();
            let at = self.range(call).end.saturating_sub(1);
            let Some(inferred) = self.infer_or_report(at, &all_tparams, &given, &params, &operands)
            else {
                return sig_type;
            };
            if n_tparams > 0 {
                let ExprKind::Call { fun, .. } = self.ast().expr(call).kind else {
                    return sig_type;
                };
                let start = self.range(call).start;
                let own = &inferred[..n_tparams];
                result = self.instantiate_signature(start, Some(fun), sig_type, own, type_exprs);
                params = if adjusted {
                    let map = SubstMap::new(&all_tparams[..n_tparams], own);
                    let params = self.store.obj_list(&params);
                    let params = self.store.subst_vars(params, &map, self.context);
                    self.store.objs(params).to_vec()
                } else {
                    self.store.objs(self.signature_of(result).params).to_vec()
                };
            }
            for (index, first, len) in generic_args {
                let (typ, expr, at) = {
                    let operand = &args[index].operand;
                    (operand.typ, operand.expr, operand.at)
                };
                let typ =
                    self.instantiate_signature(at, expr, typ, &inferred[first..first + len], &[]);
                args[index].operand.typ = typ;
                self.record(&args[index].operand.clone());
            }
        }
        for (arg, param) in args.iter_mut().zip(params) {
            let typ = self.store.obj_type(param);
            self.assignment(&mut arg.operand, Some(typ), "argument");
        }
        result
    }

    /// The signature with fresh type parameters, so that recursive uses do not mix.
    fn rename_signature(&mut self, typ: TypeId) -> TypeId {
        let sig = self.signature_of(typ);
        let tparams = self.store.types(sig.tparams).to_vec();
        let plain = self.store.signature(Signature {
            tparams: crate::TypeList::EMPTY,
            ..sig
        });
        let (fresh, plain) = self.rename_tparams(&tparams, plain);
        let tparams = self.store.type_list(&fresh);
        let renamed = Signature {
            tparams,
            ..self.signature_of(plain)
        };
        self.store.signature(renamed)
    }

    /// The parameters a call's arguments go to, one per argument; true if those of a variadic function were
    /// spread out. `None` (and a problem) where the numbers do not match.
    fn call_params(
        &mut self,
        call: ExprId,
        sig: &Signature,
        args: &[Argument],
        spread: bool,
    ) -> Option<(Vec<ObjId>, bool)> {
        let mut params = self.store.objs(sig.params).to_vec();
        let mut adjusted = false;
        let ExprKind::Call {
            args: syntax_args, ..
        } = self.ast().expr(call).kind
        else {
            return None;
        };
        let close = self.range(call).end.saturating_sub(1);
        let n_syntax = syntax_args.len();
        let mut n_params = params.len();
        match (sig.variadic, spread) {
            (true, true) if n_syntax == 1 && args.len() > 1 => {
                self.error_at(
                    close,
                    Code::InvalidDotDotDot,
                    "cannot use ... with multi-valued call",
                );
                return None;
            }
            (true, true) | (false, false) => {}
            (false, true) => {
                self.error_at(
                    close,
                    Code::NonVariadicDotDotDot,
                    "cannot use ... in call to non-variadic function",
                );
                return None;
            }
            (true, false) if args.len() + 1 >= n_params => {
                let last = params.pop()?;
                let elem = match self.store.unaliased(self.store.obj_type(last)) {
                    TypeKind::Slice(elem) => elem,
                    _ => TypeId::INVALID,
                };
                while params.len() < args.len() {
                    let object = Object {
                        typ: Some(elem),
                        ..*self.store.obj(last)
                    };
                    params.push(self.store.new_obj(object));
                }
                adjusted = true;
                n_params = args.len();
            }
            (true, false) => n_params -= 1,
        }
        if args.len() == n_params {
            return Some((params, adjusted));
        }
        if args.iter().all(|arg| arg.operand.is_valid()) || args.is_empty() {
            let (at, what) = if args.len() > n_params {
                (args[n_params].operand.at, "too many")
            } else {
                (close, "not enough")
            };
            self.error_at(at, Code::WrongArgCount, format!("{what} arguments in call"));
        }
        None
    }

    /// As for a call: arguments of `append`.
    pub(crate) fn builtin_arguments(
        &mut self,
        call: ExprId,
        sig: TypeId,
        args: Vec<Operand>,
        spread: bool,
    ) {
        let args = args
            .into_iter()
            .map(|operand| Argument {
                operand,
                targs: Vec::new(),
            })
            .collect();
        self.arguments(call, sig, &[], &[], args, spread);
    }
}

fn builtin_use(builtin: Builtin) -> Use {
    match builtin {
        Builtin::Clear
        | Builtin::Close
        | Builtin::Copy
        | Builtin::Delete
        | Builtin::Panic
        | Builtin::Print
        | Builtin::Println
        | Builtin::Recover => Use::Statement,
        _ => Use::Expression,
    }
}
