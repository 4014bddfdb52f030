//! Binds calls to what they call: which values arguments bring into parameters, and which results come back.

use base::{Cancellation, Cancelled, Idx, IndexVec};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{
    At, Block, BlockId, Call, Callee, Event, EventKind, FuncId, Mode, Operand, events,
};
use crate::nodes::{Escape, NodeId, NodeKey};
use crate::objects::ObjId;
use crate::program::Program;

/// What links calls and functions.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The program's own, by the number of the object.
    by_object: IndexVec<ObjId, Option<FuncId>>,
    /// Methods that an interface's method may stand for.
    by_method: FxHashMap<ObjId, Vec<FuncId>>,
    /// Functions that others than the known calls may call.
    pub(crate) open: FxHashSet<FuncId>,
    /// Functions that some call names.
    pub(crate) called: FxHashSet<FuncId>,
    /// Parameters that a literal uses which others call, after the function has returned perhaps: what is done to them
    /// then is not an effect of the function, so there is but one class of all arguments.
    captured: FxHashSet<ObjId>,
}

/// Functions that one value may be; more are as good as unknown, and time and memory stay linear.
const MAX_VALUES: usize = 256;

/// The blocks of all functions.
type Bodies = IndexVec<FuncId, IndexVec<BlockId, Block>>;

/// More rounds bring nothing that a finding would need.
const MAX_ROUNDS: usize = 5;

/// Unites arguments and parameters where there is only one class of them, and marks what escapes.
pub(crate) fn link(program: &mut Program, cancel: &Cancellation) -> Result<Links, Cancelled> {
    let mut links = Links {
        by_object: program.objects.iter().map(|_| None).collect(),
        ..Links::default()
    };
    for func in program.funcs.ids() {
        if let Some(obj) = program.funcs[func].obj {
            links.by_object[obj] = program.of_obj.get(&obj).copied();
        }
    }
    links.find_methods(program);
    links.find_open(program);
    // The blocks are put back: meanwhile nobody asks for them.
    let blocks: Bodies = (program.funcs.ids())
        .map(|id| std::mem::take(&mut program.funcs[id].blocks))
        .collect();
    let calls = Links::calls(program, &blocks);
    for _ in 0..MAX_ROUNDS {
        cancel.check()?;
        program.nodes.compress();
        let mut changed = false;
        for (call, at) in &calls {
            changed |= links.bind(program, call, *at);
        }
        let captures = links.captured.is_empty() && links.find_captured(program, &blocks);
        if !changed && !captures {
            break;
        }
    }
    for (id, blocks) in (0..).map(FuncId::from_index).zip(blocks) {
        program.funcs[id].blocks = blocks;
    }
    links.mark_open_params(program);
    program.nodes.compress();
    Ok(links)
}

impl Links {
    /// What a call may call, with the number of arguments that stand before the first parameter.
    pub(crate) fn callees<'c>(&'c self, program: &'c Program, call: &'c Call) -> &'c [FuncId] {
        match &call.callee {
            Callee::Object(obj) => self.by_object[*obj].as_slice(),
            Callee::Literal(func) => std::slice::from_ref(func),
            Callee::Value(value) => value.node.map_or(&[], |node| {
                let funcs = &program.nodes.class(node).funcs;
                &funcs[..funcs.len().min(MAX_VALUES)]
            }),
            Callee::Interface(obj) => self
                .by_method
                .get(obj)
                .map(Vec::as_slice)
                .unwrap_or_default(),
            Callee::Op(..) => &[],
        }
    }

    /// The one function that a call calls.
    pub(crate) fn sole_callee(&self, program: &Program, call: &Call) -> Option<FuncId> {
        let is_open =
            !matches!(call.callee, Callee::Interface(_)) && Self::is_open_call(program, call);
        match self.callees(program, call) {
            [callee] if !is_open => Some(*callee),
            _ => None,
        }
    }

    /// Whether a call may call more than the functions that are known.
    fn is_open_call(program: &Program, call: &Call) -> bool {
        match &call.callee {
            Callee::Object(obj) => !program.of_obj.contains_key(obj),
            Callee::Literal(_) | Callee::Op(..) => false,
            Callee::Value(value) => value.node.is_none_or(|node| {
                let class = program.nodes.class(node);
                let is_exported = matches!(class.escape, Some((Escape::Exported, _)));
                class.funcs.is_empty() || class.foreign || !class.params.is_empty() || is_exported
            }),
            Callee::Interface(_) => true,
        }
    }

    /// Of an interface's method, the methods of the only type that has all of them.
    fn find_methods(&mut self, program: &Program) {
        let mut by_name: FxHashMap<&str, Vec<FuncId>> = FxHashMap::default();
        for (id, func) in program.funcs.iter_enumerated() {
            if let (true, Some(obj)) = (func.has_recv, func.obj) {
                by_name.entry(program.name_of(obj)).or_default().push(id);
            }
        }
        let mut wanted: Vec<ObjId> = program.interfaces.keys().copied().collect();
        wanted.sort_unstable();
        for method in wanted {
            let interface = &program.interfaces[&method];
            if interface.is_open {
                continue;
            }
            let candidates = by_name.get(program.name_of(method)).into_iter().flatten();
            let mut fits = candidates.copied().filter(|id| {
                let func = &program.funcs[*id];
                let own = func.params.first().and_then(|recv| {
                    let typ = program.objects[*recv].typ;
                    program.methods.get(typ)
                });
                func.params.len() == interface.n_params + 1
                    && func.results.len() == interface.n_results
                    && own.is_some_and(|own| interface.methods.iter().all(|it| own.contains(it)))
            });
            if let (Some(only), None) = (fits.next(), fits.next()) {
                self.by_method.insert(method, vec![only]);
            }
        }
    }

    /// Exported functions, and those whose value goes where it is not followed.
    fn find_open(&mut self, program: &Program) {
        for (id, func) in program.funcs.iter_enumerated() {
            if func.exported && func.obj.is_some() {
                self.open.insert(id);
            }
        }
    }

    /// Whether there are captured parameters.
    fn find_captured(&mut self, program: &Program, blocks: &Bodies) -> bool {
        let family = |mut func: FuncId| {
            while let Some(parent) = program.funcs[func].parent {
                func = parent;
            }
            func
        };
        let mut within: FxHashSet<FuncId> = FxHashSet::default();
        let mut without: FxHashSet<FuncId> = FxHashSet::default();
        for (id, blocks) in blocks.iter_enumerated() {
            for call in events(blocks).filter_map(|(_, event)| event.call()) {
                for callee in self.callees(program, call) {
                    if program.funcs[*callee].obj.is_some() {
                        continue;
                    }
                    if family(*callee) == family(id) {
                        within.insert(*callee);
                    } else {
                        without.insert(*callee);
                    }
                }
            }
        }
        for (id, blocks) in blocks.iter_enumerated() {
            let mut outer = Some(id);
            let mut is_kept = false;
            while let Some(literal) = outer.filter(|id| program.funcs[*id].obj.is_none()) {
                is_kept |= without.contains(&literal) || !within.contains(&literal);
                outer = program.funcs[literal].parent;
            }
            let Some(outer) = outer.filter(|_| is_kept) else {
                continue;
            };
            let params = &program.funcs[outer].params;
            for operand in events(blocks).flat_map(|(_, event)| operands(event)) {
                self.captured
                    .extend(operand.var.filter(|var| params.contains(var)));
            }
        }
        !self.captured.is_empty()
    }

    /// Calls that bind something: not those of functions of other packages.
    fn calls<'b>(program: &Program, blocks: &'b Bodies) -> Vec<(&'b Call, At)> {
        let is_known = |call: &Call| match call.callee {
            Callee::Object(obj) => program.of_obj.contains_key(&obj),
            Callee::Op(..) => false,
            Callee::Literal(_) | Callee::Value(_) | Callee::Interface(_) => true,
        };
        (blocks.iter().flat_map(events))
            .filter_map(|(_, event)| Some((event.call()?, event.at)))
            .filter(|(call, _)| call.mode != Mode::Deferred && is_known(call))
            .collect()
    }

    fn bind(&mut self, program: &mut Program, call: &Call, at: At) -> bool {
        let mut changed = false;
        let callees = self.callees(program, call).to_vec();
        for callee in &callees {
            self.called.insert(*callee);
            changed |= self.bind_params(program, call, *callee);
            changed |= bind_results(program, call, *callee);
        }
        if Self::is_open_call(program, call) && !matches!(call.callee, Callee::Object(_)) {
            for arg in &call.args {
                if let Some(node) = arg.node {
                    changed |= escape(program, node, at);
                }
            }
            if callees.is_empty() {
                for result in call.results.iter().flatten() {
                    program.nodes.class_mut(*result).foreign = true;
                }
            }
        }
        changed
    }

    fn bind_params(&self, program: &mut Program, call: &Call, callee: FuncId) -> bool {
        let mut changed = false;
        let is_literal = program.funcs[callee].obj.is_none();
        for index in 0..program.funcs[callee].params.len() as u32 {
            let Some(arg) = argument(program, call, callee, index).and_then(|arg| arg.node) else {
                continue;
            };
            let param = program.funcs[callee].params[index as usize];
            let Some(node) = program.nodes.find(NodeKey::Var(param)) else {
                // The parameter is an interface, which hides it.
                changed |= hidden(program, arg);
                continue;
            };
            let is_one = is_literal || self.captured.contains(&param);
            if is_one || program.nodes.is_fixed(node) {
                changed |= program.nodes.unite(arg, node);
                continue;
            }
            if let Some((why, at)) = program.nodes.escape_of(node)
                && why != Escape::UnknownCaller
                && program.nodes.escape_of(arg).is_none()
            {
                program.nodes.escape(arg, why, at);
                changed = true;
            }
        }
        changed
    }

    /// Parameters of functions that others call bring values from outside.
    fn mark_open_params(&self, program: &mut Program) {
        let open: Vec<FuncId> = {
            let mut open: Vec<FuncId> = self.open.iter().copied().collect();
            open.sort_unstable();
            open
        };
        for id in open {
            for param in program.funcs[id].params.clone() {
                if let Some(node) = program.nodes.find(NodeKey::Var(param)) {
                    program.nodes.class_mut(node).foreign = true;
                }
            }
            for index in 0..program.funcs[id].results.len() as u32 {
                if let Some(node) = program.nodes.find(NodeKey::Result(id, index)) {
                    program.nodes.escape(node, Escape::UnknownCaller, None);
                }
            }
        }
    }
}

fn escape(program: &mut Program, node: NodeId, at: At) -> bool {
    let class = program.nodes.class(node);
    if class.escape.is_some() || !class.funcs.is_empty() {
        return false;
    }
    program.nodes.escape(node, Escape::UnknownCallee, Some(at));
    true
}

fn hidden(program: &mut Program, node: NodeId) -> bool {
    let class = program.nodes.class(node);
    if class.escape.is_some() || !class.funcs.is_empty() {
        return false;
    }
    program.nodes.escape(node, Escape::Interface, None);
    true
}

/// Number of parameters before the first argument: a method's value has its receiver already.
fn offset(program: &Program, call: &Call, callee: FuncId) -> usize {
    let has_recv = program.funcs[callee].has_recv;
    usize::from(has_recv && matches!(call.callee, Callee::Value(_)))
}

/// The argument that a parameter gets.
pub(crate) fn argument(
    program: &Program,
    call: &Call,
    callee: FuncId,
    param: u32,
) -> Option<crate::ir::Operand> {
    let offset = offset(program, call, callee);
    call.args
        .get((param as usize).checked_sub(offset)?)
        .copied()
}

/// The values that an event mentions, but for those of a select, whose arms mention them again.
fn operands(event: &Event) -> Vec<Operand> {
    match &event.kind {
        EventKind::Op(_, operand) | EventKind::Arm(_, operand) => vec![*operand],
        EventKind::Call(call) => {
            let mut all = call.args.clone();
            if let Callee::Value(operand) | Callee::Op(_, operand) = call.callee {
                all.push(operand);
            }
            all
        }
        EventKind::Select { .. } | EventKind::Assign(_) | EventKind::Leaks(_) => Vec::new(),
    }
}

fn bind_results(program: &mut Program, call: &Call, callee: FuncId) -> bool {
    let mut changed = false;
    let is_literal = program.funcs[callee].obj.is_none();
    for (index, result) in call.results.iter().enumerate() {
        let Some(result) = *result else { continue };
        let Some(own) = program.nodes.find(NodeKey::Result(callee, index as u32)) else {
            continue;
        };
        if is_literal || program.nodes.is_fixed(own) {
            changed |= program.nodes.unite(result, own);
            continue;
        }
        let class = program.nodes.class(own).clone();
        for (func, param) in &class.params {
            if *func == callee
                && let Some(arg) = argument(program, call, callee, *param).and_then(|it| it.node)
            {
                changed |= program.nodes.unite(result, arg);
            }
        }
        let copy = program.nodes.class_mut(result);
        for func in class.funcs {
            if !copy.funcs.contains(&func) {
                copy.funcs.push(func);
                changed = true;
            }
        }
        for make in class.makes {
            if !copy.makes.iter().any(|it| it.at == make.at) {
                copy.makes.push(make);
                changed = true;
            }
        }
        if class.foreign && !copy.foreign && class.params.is_empty() {
            copy.foreign = true;
            changed = true;
        }
        if let Some((why, at)) = class.escape
            && why != Escape::UnknownCaller
            && copy.escape.is_none()
        {
            copy.escape = Some((why, at));
            changed = true;
        }
    }
    changed
}
