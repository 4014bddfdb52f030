//! Measured weights as evidence and score.

use diag::Evidence;

use crate::weights::{Resource, Weights};

/// What a finding rests on: the evidence to show and the score to rank by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) evidence: Vec<Evidence>,
    /// 0 to 100.
    pub(crate) score: f64,
}

/// How much of a measured cost a remedy usually saves, and how sure the finding is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gain {
    /// 0 to 1: from measurements of the rule's remedy.
    pub(crate) reduction: f64,
    /// 1 proven, 0.7 usual, 0.4 needs an assumption.
    pub(crate) confidence: f64,
}

/// `score = share × reduction × confidence`, share being the largest part that is sure of a resource that is
/// spent (CPU, allocated bytes or objects; live ones where only those were measured), and evidence for each resource that was measured.
///
/// `lines` is everything that pprof counts for the lines of the finding.
pub(crate) fn rank(weights: &Weights, lines: &Weights, total: &Weights, gain: Gain) -> Ranked {
    let evidence = evidence_on(weights, lines, total);
    // What is live at one moment matters where nothing else was measured.
    let flows = [Resource::Cpu, Resource::AllocSpace, Resource::AllocObjects];
    let stocks = [Resource::InuseSpace, Resource::InuseObjects];
    let measured = |resource: &&Resource| total[**resource] > 0;
    let deciding = if flows.iter().any(|it| measured(&it)) {
        &flows[..]
    } else {
        &stocks[..]
    };
    let share = (deciding.iter())
        .map(|resource| weights.sure_share(*resource, total))
        .fold(0.0, f64::max);
    Ranked {
        evidence,
        score: 100.0 * share * gain.reduction * gain.confidence,
    }
}

/// One piece of evidence for each resource that was measured, the largest share first.
pub fn evidence_of(weights: &Weights, total: &Weights) -> Vec<Evidence> {
    evidence_on(weights, weights, total)
}

/// One piece of evidence for each resource that was measured, the largest share first. CPU time is that of the whole
/// lines, as pprof lists it; what of it is the finding's own is said beside it.
fn evidence_on(weights: &Weights, lines: &Weights, total: &Weights) -> Vec<Evidence> {
    /// Live bytes below this are a share of nearly nothing, where something else was measured.
    const FEW_BYTES: i64 = 64 << 10;
    let has_flows = total[Resource::AllocSpace] > 0 && weights[Resource::AllocSpace] > 0;
    let is_little = |resource: Resource| {
        matches!(resource, Resource::InuseSpace | Resource::InuseObjects)
            && has_flows
            && weights[Resource::InuseSpace] < FEW_BYTES
    };
    let mut evidence: Vec<Evidence> = (Resource::ALL.into_iter())
        .filter(|resource| weights[*resource] > 0 && !is_little(*resource))
        .map(|resource| evidence(resource, weights, &lines.max(weights), total))
        .collect();
    // What flows before what is there at one moment.
    let is_stock = |evidence: &Evidence| evidence.source.starts_with("inuse");
    evidence
        .sort_by(|a, b| (is_stock(a).cmp(&is_stock(b))).then_with(|| b.share.total_cmp(&a.share)));
    evidence
}

fn evidence(resource: Resource, weights: &Weights, lines: &Weights, total: &Weights) -> Evidence {
    let shown = if resource == Resource::Cpu {
        lines
    } else {
        weights
    };
    let share = shown.share(resource, total);
    let text = format!(
        "{} of {}",
        percent(share),
        describe(resource, shown, weights, lines)
    );
    Evidence {
        source: resource.sample_type().to_owned(),
        value: shown[resource],
        unit: resource.unit().to_owned(),
        share,
        text,
    }
}

/// CPU time on fewer samples is shown with their number.
const FEW_SAMPLES: i64 = 10;

/// `allocated bytes (1.2 MB)` and so on. `weights` are the finding's own, `lines` those of its lines.
fn describe(resource: Resource, shown: &Weights, weights: &Weights, lines: &Weights) -> String {
    let (own, all) = (weights[resource], lines[resource]);
    // A part that rounds to the whole is not worth a word.
    let is_part = own < all - all / 50;
    match resource {
        Resource::Cpu => {
            let samples = match shown.cpu_samples {
                1 => ", one sample".to_owned(),
                few @ 2..FEW_SAMPLES => format!(", {few} samples"),
                _ => String::new(),
            };
            let part = if is_part {
                format!("; {} of it allocating", duration(own))
            } else {
                String::new()
            };
            format!("CPU ({}{samples}{part})", duration(all))
        }
        Resource::AllocSpace => amount_of("allocated bytes", bytes, own, all, is_part),
        Resource::AllocObjects => amount_of("allocated objects", count, own, all, is_part),
        Resource::InuseSpace => amount_of("live bytes", bytes, own, all, is_part),
        Resource::InuseObjects => amount_of("live objects", count, own, all, is_part),
        Resource::BlockDelay => amount_of("blocked time", duration, own, all, is_part),
        Resource::MutexDelay => amount_of("time behind mutexes", duration, own, all, is_part),
    }
}

fn amount_of(what: &str, text: fn(i64) -> String, own: i64, all: i64, is_part: bool) -> String {
    if is_part {
        format!("{what} ({} of {} here)", text(own), text(all))
    } else {
        format!("{what} ({})", text(own))
    }
}

/// `120 MB in 1.2M objects`, of what was allocated or else is live; `None` without memory.
pub(crate) fn amount(weights: &Weights) -> Option<String> {
    let allocated = (Resource::AllocSpace, Resource::AllocObjects);
    let live = (Resource::InuseSpace, Resource::InuseObjects);
    let (space, objects) = if weights[allocated.0] > 0 {
        allocated
    } else {
        live
    };
    let (space, objects) = (weights[space], weights[objects]);
    let space = (space > 0).then(|| bytes(space))?;
    Some(match objects {
        0 => space,
        1 => format!("{space} in 1 object"),
        n => format!("{space} in {} objects", count(n)),
    })
}

/// A share of 0 to 1: `0.03%`, `3.1%`, `31%`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p >= 9.95 => format!("{p:.0}%"),
        p if p >= 0.095 => format!("{p:.1}%"),
        p if p >= 0.0095 => format!("{p:.2}%"),
        p if p > 0.0 => "<0.01%".to_owned(),
        _ => "0%".to_owned(),
    }
}

/// Powers of 1024, named as pprof names them.
pub fn bytes(value: i64) -> String {
    scaled(value, 1024.0, &["B", "kB", "MB", "GB", "TB", "PB"])
}

/// Powers of 1000, without a unit.
pub fn count(value: i64) -> String {
    scaled(value, 1000.0, &["", "k", "M", "G", "T"]).replace(' ', "")
}

/// From nanoseconds.
pub fn duration(nanos: i64) -> String {
    match nanos.unsigned_abs() {
        0..1_000_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} ms", nanos as f64 / 1e6),
        _ => format!("{:.2} s", nanos as f64 / 1e9),
    }
}

fn scaled(value: i64, base: f64, units: &[&str]) -> String {
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled.abs() >= base && unit + 1 < units.len() {
        scaled /= base;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && scaled.abs() < 99.95);
    format!("{scaled:.digits$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_well() {
        for (share, text) in [
            (0.0, "0%"),
            (0.000_01, "<0.01%"),
            (0.000_3, "0.03%"),
            (0.031, "3.1%"),
            (0.3149, "31%"),
            (1.0, "100%"),
        ] {
            assert_eq!(percent(share), text);
        }
        for (value, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 kB"),
            (120 << 20, "120 MB"),
        ] {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(count(999), "999");
        assert_eq!(count(13_721), "13.7k");
        assert_eq!(duration(2_500), "2 µs");
        assert_eq!(duration(310_000_000), "310 ms");
        assert_eq!(duration(2_345_000_000), "2.35 s");
    }

    #[test]
    fn few_cpu_samples_are_told_and_count_less() {
        let mut total = Weights::default();
        (total[Resource::Cpu], total.cpu_samples) = (1_000_000_000, 100);
        let gain = Gain {
            reduction: 1.0,
            confidence: 1.0,
        };
        for (samples, text, score) in [
            (1, "1.0% of CPU (10 ms, one sample)", 0.0),
            (4, "4.0% of CPU (40 ms, 4 samples)", 0.71),
            (25, "25% of CPU (250 ms)", 16.775),
        ] {
            let mut weights = Weights::default();
            (weights[Resource::Cpu], weights.cpu_samples) = (samples * 10_000_000, samples);
            let ranked = rank(&weights, &weights, &total, gain);
            assert_eq!(ranked.evidence[0].text, text);
            assert!((ranked.score - score).abs() < 1e-9, "{}", ranked.score);
        }
    }

    #[test]
    fn the_largest_share_decides() {
        let mut weights = Weights::default();
        let mut total = Weights::default();
        (weights[Resource::Cpu], total[Resource::Cpu]) = (10, 1000);
        (weights[Resource::AllocSpace], total[Resource::AllocSpace]) = (300, 1000);
        let gain = Gain {
            reduction: 0.5,
            confidence: 1.0,
        };
        let ranked = rank(&weights, &weights, &total, gain);
        assert!((ranked.score - 15.0).abs() < 1e-9);
        let sources: Vec<&str> = ranked
            .evidence
            .iter()
            .map(|it| it.source.as_str())
            .collect();
        assert_eq!(sources, ["alloc_space", "cpu"]);
        assert_eq!(
            rank(&Weights::default(), &Weights::default(), &total, gain),
            Ranked::default()
        );
    }
}
