//! What single calls cost: the lines of a callee, by the line that calls it.
//!
//! A profile knows the line of a call, not which of several calls of one function on it. Only direct calls between the
//! packages under analysis are here: what `sort.Slice` calls back is no call of the line that sorts.

use std::collections::HashMap;

use profile::SampleId;

use super::{HotFunctionId, HotLineId};
use crate::weights::Weights;

/// What was measured below one call.
#[derive(Clone, Debug, Default)]
pub struct CallHeat {
    /// The lines of the callee themselves, with what was inlined into them and what the runtime did for them.
    pub own: Weights,
    /// With everything that the callee calls, once per sample.
    pub cum: Weights,
    /// By line of the callee.
    pub lines: Vec<CalleeLine>,
}

/// A line of a callee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CalleeLine {
    pub line: HotLineId,
    pub own: Weights,
    pub cum: Weights,
}

/// A line that calls, and the callee's function.
type CallKey = (HotLineId, HotFunctionId);

/// By line that calls, its callees in the order of their ids.
pub(super) type CallsByLine = HashMap<HotLineId, Vec<(HotFunctionId, CallHeat)>>;

/// Calls while samples are counted.
#[derive(Default)]
pub(super) struct Calls {
    lines: HashMap<(HotLineId, HotLineId), (Weights, Weights)>,
    totals: HashMap<CallKey, Weights>,
}

/// The last sample that counted for a call, so that recursion counts once. Of one profile.
#[derive(Default)]
pub(super) struct SeenCalls {
    lines: HashMap<(HotLineId, HotLineId), SampleId>,
    totals: HashMap<CallKey, SampleId>,
}

impl Calls {
    /// Counts a sample whose stack has `callee`, a line of `function`, called from `call`. `is_own`: the callee's line
    /// itself took it.
    pub(super) fn count(
        &mut self,
        (call, callee, function): (HotLineId, HotLineId, HotFunctionId),
        is_own: bool,
        (sample, weights): (SampleId, Weights),
        seen: &mut SeenCalls,
    ) {
        let (own, cum) = self.lines.entry((call, callee)).or_default();
        if is_own {
            *own += weights;
        }
        if seen.lines.insert((call, callee), sample) != Some(sample) {
            *cum += weights;
        }
        if seen.totals.insert((call, function), sample) != Some(sample) {
            *self.totals.entry((call, function)).or_default() += weights;
        }
    }

    pub(super) fn finish(self, function_of: impl Fn(HotLineId) -> HotFunctionId) -> CallsByLine {
        let total = |(key, cum)| {
            let heat = CallHeat {
                cum,
                ..CallHeat::default()
            };
            (key, heat)
        };
        let mut calls: HashMap<CallKey, CallHeat> = self.totals.into_iter().map(total).collect();
        let mut lines: Vec<_> = self.lines.into_iter().collect();
        lines.sort_by_key(|(key, _)| *key);
        for ((call, line), (own, cum)) in lines {
            let heat = calls.entry((call, function_of(line))).or_default();
            heat.own += own;
            heat.lines.push(CalleeLine { line, own, cum });
        }
        let mut calls: Vec<(CallKey, CallHeat)> = calls.into_iter().collect();
        calls.sort_by_key(|(key, _)| *key);
        let mut by_line = CallsByLine::new();
        for ((call, function), heat) in calls {
            by_line.entry(call).or_default().push((function, heat));
        }
        by_line
    }
}
