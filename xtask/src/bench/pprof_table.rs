//! Every report of pprof on three profiles, beside `go tool pprof`, as the tables of
//! `docs/pprof-speed.md`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::Setup;
use super::entries::{example, pprof_commands};
use super::measure::{self, Measurement, Summary};
use super::profiles::{self, BIG, BIG2, HEAP, HUGE, Input, MID, PART};

const PAGE: &str = "docs/pprof-speed.md";
/// The tables stand between lines with these.
const BEGIN: &str = "<!-- measured by cargo xtask bench --pprof-table -->";
const END: &str = "<!-- end of what is measured -->";

/// Flags, and whether the peer has the report.
const REPORTS: &[(&str, bool)] = &[
    ("-top", true),
    ("-tree", true),
    ("-peek=Serve1", true),
    ("-tags", true),
    ("-traces", true),
    ("-raw", true),
    ("-dot", true),
    ("-dot -call_tree", true),
    ("-callgrind", true),
    ("-weblist=Serve1", true),
    ("-proto", true),
    ("-folded", false),
    ("-flame", false),
    ("-json", false),
];

/// Reports that take `go tool pprof` minutes or more memory than machines have.
const PEER_CANNOT: &[(&str, &str)] = &[("big", "-dot -call_tree"), ("big.heap", "-dot -call_tree")];

/// Measures and writes the tables; takes about a quarter of an hour, nearly all of it the peer's.
pub(super) fn write(setup: &Setup<'_>, rounds: u32) -> anyhow::Result<()> {
    let mut text = format!(
        "{BEGIN}\n\nMeasured on a shared {} machine with {} processors; medians of {rounds} runs \
         (`go tool pprof`: one run). CPU is user and system time of all threads.\n",
        std::env::consts::ARCH,
        setup.repo.system.parallelism()
    );
    let decode = example(setup, "profile", "decode")?;
    for input in [MID, BIG, HEAP] {
        let file = profiles::make(setup, input)?;
        println!("\n{}", input.name);
        let floor = inflate(setup, &file, rounds)?;
        let decoded = Cost::of(setup, &Command::new(&decode).arg(&file), rounds)?;
        let times = decoded.cpu / floor;
        write!(
            text,
            "\n### `{}`: {}\n\n| report | CPU s | wall s | MiB | × floor | pprof CPU s | wall s | MiB \
             | ratio of CPU |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n\
             | floor: inflate with libdeflate | {floor:.3} | | | 1.0 | | | | |\n\
             | inflate and decode | {decoded} | {times:.1} | | | | |\n",
            input.name, input.what
        )?;
        for &(flags, has_peer) in REPORTS {
            let has_peer = has_peer && !PEER_CANNOT.contains(&(input.name, flags));
            let flags: Vec<&str> = flags.split(' ').collect();
            text.push_str(&row(setup, &flags, &file, floor, has_peer, rounds)?);
        }
        if input.name == BIG.name {
            let base = profiles::make(setup, BIG2)?;
            let base = format!("-diff_base={}", base.display());
            text.push_str(&row(setup, &["-top", &base], &file, floor, true, rounds)?);
        }
    }
    text.push_str(&growth(setup, rounds)?);
    write!(text, "\n{END}")?;
    let page = setup.repo.path(PAGE);
    let old = setup.repo.system.read_to_string(&page)?;
    let new = replaced(&old, &text).with_context(|| format!("{PAGE} has no place for tables"))?;
    setup.repo.system.write(&page, new.as_bytes())?;
    println!("\nwrote {PAGE}");
    Ok(())
}

fn row(
    setup: &Setup<'_>,
    flags: &[&str],
    file: &Path,
    floor: f64,
    has_peer: bool,
    rounds: u32,
) -> anyhow::Result<String> {
    // Pages are opened in a browser otherwise.
    let page = format!("-output={}", setup.scratch.join("page.html").display());
    let is_page = flags[0].starts_with("-weblist");
    let all: Vec<&str> = flags
        .iter()
        .copied()
        .chain(is_page.then_some(&*page))
        .collect();
    let [ours, peer] = pprof_commands(setup, &all, file)?;
    let ours = Cost::of(setup, &ours, rounds)?;
    let label = flags.join(" ");
    // The base's path is the machine's own.
    let label = label.split('=').next().unwrap_or_default();
    let mut row = format!("| `{label}` | {ours} | {:.1} |", ours.cpu / floor);
    if has_peer {
        let peer = Cost::of(setup, &peer, 1)?;
        write!(row, " {peer} | {:.0} |", peer.cpu / ours.cpu)?;
    } else {
        row.push_str(" | | | |");
    }
    println!("  {row}");
    Ok(row + "\n")
}

/// CPU seconds that nobody can do without: inflating the file.
fn inflate(setup: &Setup<'_>, file: &Path, rounds: u32) -> anyhow::Result<f64> {
    let script = setup.scratch.join("inflate.py");
    setup
        .repo
        .system
        .write(&script, include_bytes!("inflate.py"))?;
    let inflate = Command::new("python3").arg(script).arg(file);
    let seconds = setup.repo.output(&inflate.arg(rounds.to_string()))?;
    Ok(seconds.trim().parse()?)
}

/// How cost grows with samples × depth.
fn growth(setup: &Setup<'_>, rounds: u32) -> anyhow::Result<String> {
    let mut text =
        "\n### Growth: `-top` of 20,000 functions\n\n| stacks | frames | CPU s | wall s \
                    | MiB | CPU ns per frame |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
    for input in [PART, BIG, HUGE] {
        let file = profiles::make(setup, input)?;
        let [ours, _] = pprof_commands(setup, &["-top"], &file)?;
        let cost = Cost::of(setup, &ours, rounds)?;
        let frames = frames_of(input);
        let nanos = cost.cpu / frames * 1e9;
        let stacks = input.n_samples;
        let millions = frames / 1e6;
        let row = format!("| {stacks} | {millions:.1} M | {cost} | {nanos:.0} |");
        println!("  {row}");
        text.push_str(&row);
        text.push('\n');
    }
    Ok(text)
}

/// Calls in all stacks of a profile, inlined ones aside. The generator's mean depth is 39.2.
fn frames_of(input: Input) -> f64 {
    let stacks: f64 = input.n_samples.parse().unwrap_or(0.0);
    stacks * 39.2
}

/// The medians of some runs.
struct Cost {
    /// Seconds.
    wall: f64,
    cpu: f64,
    /// Bytes.
    memory: f64,
}

impl Cost {
    fn of(setup: &Setup<'_>, command: &Command, rounds: u32) -> anyhow::Result<Self> {
        let runs = (0..rounds.max(1)).map(|_| measure::once(setup, command));
        let runs: Vec<Measurement> = runs.collect::<anyhow::Result<_>>()?;
        let median = |of: fn(&Measurement) -> f64| Summary::of(runs.iter().map(of)).median;
        Ok(Self {
            wall: median(|run| run.wall),
            cpu: median(|run| run.cpu),
            memory: median(|run| run.memory),
        })
    }
}

/// Three cells: CPU and wall in seconds, memory in MiB.
impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = self.memory / f64::from(1 << 20);
        write!(f, "{:.2} | {:.2} | {mib:.0}", self.cpu, self.wall)
    }
}

/// The page with other tables.
fn replaced(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{tables}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replaced(&page, "new").unwrap();
        assert_eq!(new, "before\nnew\nafter\n");
        assert_eq!(replaced("no marks", "new"), None);
    }
}
