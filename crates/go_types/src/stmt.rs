//! Function bodies and statements.

use go_syntax::{AssignOp, BranchKind, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};
use rustc_hash::FxHashMap;

use crate::builtins::inc_dec_op;
use crate::check::Env;
use crate::constant::Value;
use crate::expr::Use;
use crate::literals::ConstKey;
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, Name, ObjKind, Object, ScopeId, TypeId, VarKind};

/// What branch statements may stand here.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Context {
    break_ok: bool,
    continue_ok: bool,
    fallthrough_ok: bool,
}

impl Context {
    fn inner(self) -> Self {
        Self {
            fallthrough_ok: false,
            ..self
        }
    }

    fn in_clauses(self) -> Self {
        Self {
            break_ok: true,
            ..self
        }
    }

    fn in_loop(self) -> Self {
        Self {
            continue_ok: true,
            ..self.in_clauses()
        }
    }
}

/// Cases of a switch seen so far.
type SeenValues = FxHashMap<ConstKey, Vec<TypeId>>;

impl Checker<'_> {
    pub(crate) fn func_body(
        &mut self,
        decl: Option<u32>,
        sig: TypeId,
        scope: ScopeId,
        body: StmtId,
        iota: Option<Value>,
    ) {
        let env = Env {
            decl,
            iota,
            sig: Some(sig),
            ..Env::new(self.env.file, scope, self.env.version)
        };
        let saved = std::mem::replace(&mut self.env, env);
        let stmts = self.ast().block(body);
        self.stmt_list(Context::default(), stmts);
        if self.env.has_label {
            self.labels(body);
        }
        let returns = !self.signature_of(sig).results.is_empty();
        if returns && !self.is_terminating(body, None) {
            let at = self.ast().range(body).end.saturating_sub(1);
            self.error_at(at, Code::MissingReturn, "missing return");
        }
        self.env = saved;
    }

    fn stmt_list(&mut self, context: Context, stmts: &[StmtId]) {
        let ast = self.ast();
        let last = stmts
            .iter()
            .rposition(|stmt| !matches!(ast.stmt(*stmt).kind, StmtKind::Empty));
        for (index, &stmt) in stmts.iter().enumerate() {
            let fallthrough_ok = context.fallthrough_ok && Some(index) == last;
            self.stmt(
                Context {
                    fallthrough_ok,
                    ..context
                },
                stmt,
            );
        }
    }

    fn simple_stmt(&mut self, stmt: Option<StmtId>) {
        if let Some(stmt) = stmt {
            self.stmt(Context::default(), stmt);
        }
    }

    pub(crate) fn stmt(&mut self, context: Context, stmt: StmtId) {
        let start = self.ast().range(stmt).start;
        if !self.descend(start) {
            return;
        }
        let top = self.delayed.len();
        let scope = self.env.scope;
        self.stmt_kind(context, stmt);
        self.env.scope = scope;
        self.process_delayed(top);
        self.ascend();
    }

    /// An `if` with all that follow as its `else if`, in a loop: chains are not limited as nesting is.
    fn if_chain(&mut self, context: Context, stmt: StmtId) {
        let mut tops = Vec::new();
        let mut next = Some(stmt);
        while let Some(stmt) = next {
            let StmtKind::If {
                init,
                cond,
                then,
                els,
            } = self.ast().stmt(stmt).kind
            else {
                self.stmt(context, stmt);
                break;
            };
            tops.push(self.delayed.len());
            self.stmt_scope(stmt);
            self.simple_stmt(init);
            self.condition(cond);
            self.stmt(context, then);
            next = els;
            // A long chain of scopes without names would be searched for each name.
            if els.is_some() && self.store.scopes[self.env.scope].elems().is_empty() {
                self.close_scope();
            }
        }
        // Inner statements end first.
        for top in tops.into_iter().rev() {
            self.process_delayed(top);
        }
    }

    /// Opens a scope that the end of the statement closes.
    fn stmt_scope(&mut self, stmt: StmtId) {
        let range = self.ast().range(stmt);
        let scope = self.open_scope(range);
        self.record_scope(stmt, scope);
    }

    fn stmt_kind(&mut self, context: Context, stmt: StmtId) {
        let ast = self.ast();
        let inner = context.inner();
        match ast.stmt(stmt).kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Decl(decl) => self.decl_stmt(decl),
            StmtKind::Labeled { stmt, .. } => {
                self.env.has_label = true;
                self.stmt(context, stmt);
            }
            StmtKind::Expr(x) => self.expr_stmt(x),
            StmtKind::Send { chan, value } => self.send_stmt(chan, value),
            StmtKind::IncDec { x, inc } => self.inc_dec_stmt(stmt, x, inc),
            StmtKind::Assign { lhs, op, rhs } => {
                self.assign_stmt(stmt, ast.list(lhs), op, ast.list(rhs));
            }
            StmtKind::Go(call) => self.suspended_call(call, Code::InvalidGo),
            StmtKind::Defer(call) => self.suspended_call(call, Code::InvalidDefer),
            StmtKind::Return(results) => self.return_stmt(stmt, ast.list(results)),
            StmtKind::Branch { kind, label } => self.branch_stmt(context, stmt, kind, label),
            StmtKind::Block(stmts) => {
                self.stmt_scope(stmt);
                self.stmt_list(inner, ast.list(stmts));
            }
            StmtKind::If { .. } => self.if_chain(inner, stmt),
            StmtKind::Switch {
                init,
                tag,
                clauses,
                lbrace,
            } => {
                self.stmt_scope(stmt);
                self.simple_stmt(init);
                self.switch_stmt(inner.in_clauses(), tag, ast.list(clauses), lbrace);
            }
            StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                ..
            } => {
                self.stmt_scope(stmt);
                self.simple_stmt(init);
                self.type_switch_stmt(inner.in_clauses(), stmt, guard, ast.list(clauses));
            }
            StmtKind::Select { clauses, .. } => {
                self.select_stmt(inner.in_clauses(), ast.list(clauses));
            }
            StmtKind::Case { .. } | StmtKind::Comm { .. } => {
                let start = ast.range(stmt).start;
                self.error_at(
                    start,
                    Code::InvalidSyntaxTree,
                    "clause outside of switch or select",
                );
            }
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => {
                self.stmt_scope(stmt);
                self.simple_stmt(init);
                if let Some(cond) = cond {
                    self.condition(cond);
                }
                self.post_stmt(post);
                self.stmt(inner.in_loop(), body);
            }
            StmtKind::Range { .. } => self.range_stmt(inner.in_loop(), stmt),
        }
    }

    /// What a loop does after each round: it must declare nothing.
    fn post_stmt(&mut self, post: Option<StmtId>) {
        let ast = self.ast();
        self.simple_stmt(post);
        if let Some(post) = post
            && let StmtKind::Assign {
                op: AssignOp::Define,
                lhs,
                ..
            } = ast.stmt(post).kind
        {
            let start = ast.range(post).start;
            self.soft_error_at(
                start,
                Code::InvalidPostDecl,
                "cannot declare in post statement",
            );
            self.use_exprs(ast.list(lhs));
        }
    }

    fn condition(&mut self, cond: ExprId) {
        let x = self.expr(None, cond);
        if x.is_valid() && !self.store.all_basic(x.typ, Basic::is_boolean) {
            let at = self.range(cond).start;
            self.error_at(at, Code::InvalidCond, "non-boolean condition");
        }
    }

    fn expr_stmt(&mut self, expr: ExprId) {
        let (x, usage) = self.raw_expr(None, expr, None, false);
        let (code, why) = match x.mode {
            Mode::Builtin => (Code::UncalledBuiltin, "must be called"),
            Mode::Type => (Code::NotAnExpr, "is not an expression"),
            _ if usage == Use::Statement => return,
            _ => (Code::UnusedExpr, "is not used"),
        };
        if x.is_valid() {
            self.error_operand(&x, code, why);
        }
    }

    fn send_stmt(&mut self, chan: ExprId, value: ExprId) {
        let chan = self.expr(None, chan);
        let mut value = self.generic_expr(value, None);
        if !chan.is_valid() || !value.is_valid() {
            return;
        }
        if let Some(elem) = self.chan_elem(&chan, false) {
            self.assignment(&mut value, Some(elem), "send");
        }
    }

    fn inc_dec_stmt(&mut self, stmt: StmtId, expr: ExprId, inc: bool) {
        let x = self.expr(None, expr);
        if !x.is_valid() {
            return;
        }
        if !self.store.all_basic(x.typ, Basic::is_numeric) {
            let message = format!("non-numeric type {}", self.describe(x.typ));
            self.error_expr(expr, Code::NonNumericIncDec, message);
            return;
        }
        let op_at = self.ast().stmt(stmt).pos;
        let mut x = self.binary(expr, None, inc_dec_op(inc), op_at);
        if x.is_valid() {
            self.assign_operand(expr, &mut x, "assignment");
        }
    }

    fn assign_stmt(&mut self, stmt: StmtId, lhs: &[ExprId], op: AssignOp, rhs: &[ExprId]) {
        let at = self.ast().stmt(stmt).pos;
        match op {
            AssignOp::Assign => self.assign_vars(lhs, rhs),
            AssignOp::Define => self.short_var_decl(at, lhs, rhs),
            AssignOp::Op(op) => {
                let (&[left], &[right]) = (lhs, rhs) else {
                    self.error_at(
                        at,
                        Code::MultiValAssignOp,
                        "assignment operation requires single-valued expressions",
                    );
                    return;
                };
                let mut x = self.binary(left, Some(right), op, at);
                if x.is_valid() {
                    self.assign_operand(left, &mut x, "assignment");
                }
            }
        }
    }

    fn suspended_call(&mut self, call: ExprId, code: Code) {
        let (x, usage) = self.raw_expr(None, call, None, false);
        match usage {
            Use::Statement => {}
            Use::Conversion => {
                self.error_operand(&x, code, "requires function call, not conversion");
            }
            Use::Expression => self.error_operand(&x, Code::UnusedResults, "discards result"),
        }
    }

    fn return_stmt(&mut self, stmt: StmtId, results: &[ExprId]) {
        let Some(sig) = self.env.sig else { return };
        let vars = self.store.objs(self.signature_of(sig).results).to_vec();
        let named = vars
            .first()
            .is_some_and(|var| self.store.obj(*var).name != Name::EMPTY);
        if !results.is_empty() || !named {
            if !results.is_empty() || !vars.is_empty() {
                self.init_vars(&vars, results, Some(stmt));
            }
            return;
        }
        for var in vars {
            let name = self.store.obj(var).name;
            if self.lookup(name).is_some_and(|other| other != var) {
                let start = self.ast().range(stmt).start;
                self.error_at(
                    start,
                    Code::OutOfScopeResult,
                    "result parameter not in scope at return",
                );
            }
        }
    }

    fn branch_stmt(
        &mut self,
        context: Context,
        stmt: StmtId,
        kind: BranchKind,
        label: Option<ExprId>,
    ) {
        if label.is_some() {
            self.env.has_label = true;
            return; // see `labels`
        }
        let (ok, code) = match kind {
            BranchKind::Break => (context.break_ok, Code::MisplacedBreak),
            BranchKind::Continue => (context.continue_ok, Code::MisplacedContinue),
            BranchKind::Fallthrough => (context.fallthrough_ok, Code::MisplacedFallthrough),
            BranchKind::Goto => (true, Code::InvalidSyntaxTree),
        };
        if !ok {
            let start = self.ast().range(stmt).start;
            self.error_at(start, code, "branch statement out of place");
        }
    }

    fn multiple_defaults(&mut self, clauses: &[StmtId]) {
        let ast = self.ast();
        let is_default = |clause: &&StmtId| match ast.stmt(**clause).kind {
            StmtKind::Case { default, .. } => default,
            StmtKind::Comm { comm, .. } => comm.is_none(),
            _ => false,
        };
        for &clause in clauses.iter().filter(is_default).skip(1) {
            let start = ast.range(clause).start;
            self.error_at(start, Code::DuplicateDefault, "multiple defaults");
        }
    }

    fn switch_stmt(
        &mut self,
        inner: Context,
        tag: Option<ExprId>,
        clauses: &[StmtId],
        lbrace: u32,
    ) {
        let ast = self.ast();
        let mut x = match tag {
            Some(tag) => {
                let mut x = self.expr(None, tag);
                self.assignment(&mut x, None, "switch expression");
                if x.is_valid() && !self.store.comparable(x.typ, true) && !self.store.has_nil(x.typ)
                {
                    self.error_operand(
                        &x,
                        Code::InvalidExprSwitch,
                        "cannot switch on what is not comparable",
                    );
                    x.invalidate();
                }
                x
            }
            None => Operand {
                mode: Mode::Const,
                typ: TypeId::BOOL,
                val: Value::Bool(true),
                ..Operand::invalid(lbrace)
            },
        };
        self.multiple_defaults(clauses);
        let mut seen = SeenValues::default();
        for (index, &clause) in clauses.iter().enumerate() {
            let StmtKind::Case { exprs, body, .. } = ast.stmt(clause).kind else {
                continue;
            };
            self.case_values(&mut x, ast.list(exprs), &mut seen);
            self.stmt_scope(clause);
            let fallthrough_ok = index + 1 < clauses.len();
            self.stmt_list(
                Context {
                    fallthrough_ok,
                    ..inner
                },
                ast.list(body),
            );
            self.close_scope();
        }
    }

    fn case_values(&mut self, x: &mut Operand, values: &[ExprId], seen: &mut SeenValues) {
        for &expr in values {
            let mut value = self.expr(None, expr);
            if !x.is_valid() || !value.is_valid() {
                continue;
            }
            self.convert_untyped(&mut value, x.typ);
            if !value.is_valid() {
                continue;
            }
            let mut result = value.clone();
            self.comparison(&mut result, &mut x.clone(), go_syntax::BinaryOp::Eql, true);
            if !result.is_valid() || !value.is_const() {
                continue;
            }
            if matches!(value.val, Value::Bool(_)) {
                continue; // go vet's business
            }
            let Some(key) = ConstKey::new(&value.val) else {
                continue;
            };
            let types = seen.entry(key).or_default();
            if types
                .iter()
                .any(|typ| self.store.identical(*typ, value.typ))
            {
                self.error_operand(
                    &value,
                    Code::DuplicateCase,
                    "duplicate case in expression switch",
                );
            } else {
                types.push(value.typ);
            }
        }
    }

    fn type_switch_stmt(
        &mut self,
        inner: Context,
        stmt: StmtId,
        guard: StmtId,
        clauses: &[StmtId],
    ) {
        let ast = self.ast();
        let Some(guard) = ast.type_guard(guard) else {
            let start = ast.range(stmt).start;
            self.error_at(
                start,
                Code::InvalidSyntaxTree,
                "incorrect form of type switch guard",
            );
            return;
        };
        let mut bind = guard.bind;
        if let Some(ident) = bind {
            if self.ident_name(ident) == Name::BLANK {
                let at = self.range(ident).start;
                self.soft_error_at(at, Code::NoNewVar, "no new variable on left side of :=");
                bind = None;
            } else {
                // Each clause declares a variable of its own.
                self.record_def(ident, None);
            }
        }
        let mut operand = Some(self.expr(None, guard.x)).filter(Operand::is_valid);
        if let Some(x) = &operand
            && (self.store.is_type_param(x.typ) || !self.store.is_interface(x.typ))
        {
            let x = x.clone();
            self.error_operand(
                &x,
                Code::InvalidTypeSwitch,
                "type switch on what is not an interface",
            );
            operand = None;
        }
        self.multiple_defaults(clauses);
        let mut vars = Vec::new();
        let mut seen: Vec<Option<TypeId>> = Vec::new();
        for &clause in clauses {
            let StmtKind::Case {
                exprs, body, colon, ..
            } = ast.stmt(clause).kind
            else {
                continue;
            };
            let typ = self.case_types(operand.as_ref(), ast.list(exprs), &mut seen);
            self.stmt_scope(clause);
            if let Some(ident) = bind {
                let name = self.ident_name(ident);
                let pos = self.pos(self.range(ident).start);
                let object = Object::var(VarKind::Local, pos, Some(self.pkg), name).with_type(typ);
                let obj = self.store.new_obj(object);
                self.declare(self.env.scope, None, obj, colon);
                self.record_implicit(clause, obj);
                vars.push(obj);
            }
            self.stmt_list(inner, ast.list(body));
            self.close_scope();
        }
        if let Some(ident) = bind {
            let used = vars.iter().any(|var| self.is_used(*var));
            for var in vars {
                self.mark_used(var);
            }
            if !used {
                let at = self.range(ident).start;
                self.soft_error_at(at, Code::UnusedVar, "declared and not used");
            }
        }
    }

    /// Checks the types of a clause; answers the type of its variable.
    fn case_types(
        &mut self,
        x: Option<&Operand>,
        exprs: &[ExprId],
        seen: &mut Vec<Option<TypeId>>,
    ) -> TypeId {
        let mut last = None;
        for &expr in exprs {
            last = if self.is_nil_ident(expr) {
                self.expr(None, expr);
                None
            } else {
                let typ = self.var_type(expr);
                if !self.store.is_valid(typ) {
                    last = Some(typ);
                    continue;
                }
                Some(typ)
            };
            let duplicate = seen.iter().any(|other| match (*other, last) {
                (Some(other), Some(typ)) => self.store.identical(other, typ),
                (other, last) => other.is_none() && last.is_none(),
            });
            if duplicate {
                self.error_expr(expr, Code::DuplicateCase, "duplicate case in type switch");
                continue;
            }
            seen.push(last);
            if let (Some(x), Some(typ)) = (x, last) {
                self.type_assertion(expr, x, typ, true);
            }
        }
        match last {
            Some(typ) if exprs.len() == 1 => typ,
            _ => x.map_or(TypeId::INVALID, |x| x.typ),
        }
    }

    fn is_nil_ident(&mut self, expr: ExprId) -> bool {
        let unparen = self.ast().unparen(expr);
        let Some(symbol) = self.ast().ident(unparen) else {
            return false;
        };
        let name = self.name(symbol);
        self.lookup(name)
            .is_some_and(|obj| matches!(self.store.obj(obj).kind, ObjKind::Nil))
    }

    fn select_stmt(&mut self, inner: Context, clauses: &[StmtId]) {
        let ast = self.ast();
        self.multiple_defaults(clauses);
        for &clause in clauses {
            let StmtKind::Comm { comm, body, .. } = ast.stmt(clause).kind else {
                continue;
            };
            if let Some(comm) = comm
                && !self.is_communication(comm)
            {
                let start = ast.range(comm).start;
                self.error_at(
                    start,
                    Code::InvalidSelectCase,
                    "select case must be send or receive",
                );
                continue;
            }
            self.stmt_scope(clause);
            if let Some(comm) = comm {
                self.stmt(inner, comm);
            }
            self.stmt_list(inner, ast.list(body));
            self.close_scope();
        }
    }

    fn is_communication(&self, stmt: StmtId) -> bool {
        let ast = self.ast();
        let received = match ast.stmt(stmt).kind {
            StmtKind::Send { .. } => return true,
            StmtKind::Assign { rhs, .. } => match ast.list(rhs) {
                [rhs] => *rhs,
                _ => return false,
            },
            StmtKind::Expr(x) => x,
            _ => return false,
        };
        matches!(
            ast.expr(ast.unparen(received)).kind,
            ExprKind::Unary {
                op: UnaryOp::Arrow,
                ..
            }
        )
    }

    fn range_stmt(&mut self, inner: Context, stmt: StmtId) {
        let StmtKind::Range {
            key,
            value,
            define,
            x,
            body,
            ..
        } = self.ast().stmt(stmt).kind
        else {
            return;
        };
        self.range_clause(stmt, [key, value], define, x, body);
        self.stmt(inner, body);
    }
}
