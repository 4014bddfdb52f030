//! The page of a profile in Chromium, beside `go tool pprof -http`, as the table of `docs/ui.md`.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;
use serde_json::Value;

use super::Setup;
use super::profiles::{self, BIG, MID};
use crate::toolchain::with_go;

const PAGE: &str = "docs/ui.md";
/// The table stands between lines with these.
const BEGIN: &str = "<!-- measured by cargo xtask bench ui --update -->";
const END: &str = "<!-- end of what is measured -->";

/// One line of the table.
struct Row {
    what: String,
    ours: String,
    peer: String,
    wanted: &'static str,
    /// What is wanted does not hold.
    is_over: bool,
}

/// Measures, prints the table, writes it if asked to, and fails where a budget is exceeded.
pub(super) fn run(setup: &Setup<'_>, rounds: u32, update: bool) -> anyhow::Result<()> {
    let repo = setup.repo;
    if !crate::ui::install(repo)? {
        println!("skipped: bench ui: the npm registry is not reachable");
        return Ok(());
    }
    let mut command = Command::new("node")
        .arg(repo.path("ui/e2e/bench.mjs"))
        .arg(rounds.to_string())
        .arg(&setup.goperf)
        .arg(&setup.go);
    for input in [MID, BIG] {
        let file = profiles::make(setup, input)?;
        command = command.arg(format!("{}={}", input.name, file.display()));
    }
    let mut said = Vec::new();
    repo.run_showing(&with_go(repo, &setup.go, command), &mut |bytes| {
        said.extend_from_slice(bytes);
    })?;
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().next_back().context("nothing was measured")?;
    let measured: Value = serde_json::from_str(line)?;
    let rows = rows(&measured)?;
    let table = table(setup, rounds, &rows);
    println!("\n{table}");
    if update {
        let page = repo.path(PAGE);
        let text = repo.system.read_to_string(&page)?;
        let (before, rest) = text.split_once(BEGIN).context("no line to begin at")?;
        let (_, after) = rest.split_once(END).context("no line to end at")?;
        let text = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
        repo.system.write(&page, text.as_bytes())?;
    }
    let over: Vec<&str> = (rows.iter().filter(|it| it.is_over))
        .map(|it| it.what.as_str())
        .collect();
    if !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}

fn table(setup: &Setup<'_>, rounds: u32, rows: &[Row]) -> String {
    // How busy the machine was with other work says how to read the rest.
    let load = setup.repo.system.read_to_string("/proc/loadavg".as_ref());
    let load = load.unwrap_or_default();
    let load = load.split_whitespace().nth(1).unwrap_or("unknown");
    let mut text = format!(
        "Measured in headless Chromium without a graphics processor, 1600×900, on a shared {} machine with {} \
         processors and a load average of {load} at the end; medians of {rounds} runs (`go tool pprof` on `big`: one).\n\n\
         | | goperf | `go tool pprof` | wanted |\n| --- | ---: | ---: | ---: |\n",
        std::env::consts::ARCH,
        setup.repo.system.parallelism()
    );
    for Row {
        what,
        ours,
        peer,
        wanted,
        is_over,
    } in rows
    {
        let mark = if *is_over { " (over)" } else { "" };
        // A string takes whatever is written.
        writeln!(text, "| {what} | {ours}{mark} | {peer} | {wanted} |").ok();
    }
    text
}

fn rows(measured: &Value) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let limits = [
        (MID, 0.5, "0.5 s", 1.0, "1 MiB"),
        (BIG, 1.5, "1.5 s", 12.0, "12 MiB"),
    ];
    for (picture, (input, seconds, in_words, mib, in_mib)) in
        list(measured, "pictures")?.iter().zip(limits)
    {
        let [ours, peer] = ["goperf", "pprof"].map(|side| &picture[side]);
        let paint = number(ours, "paint")? / 1000.0;
        rows.push(Row {
            what: format!(
                "`{}` ({}): from the start to the first picture",
                input.name, input.what
            ),
            ours: format!(
                "{paint:.2} s ({:.2}–{:.2})",
                number(ours, "least")? / 1000.0,
                number(ours, "most")? / 1000.0
            ),
            peer: format!("{:.1} s", number(peer, "paint")? / 1000.0),
            wanted: in_words,
            is_over: paint > seconds,
        });
        let bytes = number(ours, "mib")?;
        rows.push(Row {
            what: format!("`{}`: bytes that are transferred", input.name),
            ours: format!("{bytes:.2} MiB"),
            peer: format!("{:.0} MiB", number(peer, "mib")?),
            wanted: in_mib,
            is_over: bytes > mib,
        });
        let (memory, of_command) = (number(ours, "memory")?, number(picture, "commandLine")?);
        rows.push(Row {
            what: format!(
                "`{}`: memory of the server (`pprof -top`: {of_command:.0} MiB)",
                input.name
            ),
            ours: format!("{memory:.0} MiB"),
            peer: format!("{:.0} MiB", number(peer, "memory")?),
            wanted: "twice the command's",
            is_over: memory > 2.0 * of_command,
        });
    }
    for tree in list(measured, "millions")? {
        let name = match tree["name"].as_str() {
            Some("deep") => "a million frames, 60 to 200 levels",
            _ => "a million frames, 8 to 20 levels",
        };
        let mut add = |what: &str, ours: String, wanted, is_over| {
            rows.push(Row {
                what: format!("{name}: {what}"),
                ours,
                peer: String::new(),
                wanted,
                is_over,
            });
        };
        let drawing = number(tree, "drawing")?;
        add(
            "drawing a picture, p95",
            format!(
                "{drawing:.1} ms, median {:.1} ms",
                number(tree, "drawingMedian")?
            ),
            "16 ms",
            drawing > 16.0,
        );
        let between = number(tree, "scroll")?.max(number(tree, "move")?);
        add(
            "time between pictures while the pointer moves or the wheel turns, p95 (16.7 ms: none is dropped)",
            format!("{between:.1} ms"),
            "16.7 ms",
            between > 20.0,
        );
        add(
            "zoom and back, until the next frame can be shown (33 ms: none is dropped)",
            format!(
                "{:.0} ms, p95 {:.0} ms",
                number(tree, "zoom")?,
                number(tree, "zoomP95")?
            ),
            "33 ms",
            number(tree, "zoom")? > 50.0,
        );
        let search = number(tree, "search")?;
        add(
            "search, until hits are drawn, without the 60 ms in which the next key is waited for",
            format!(
                "{search:.0} ms, at most {:.0} ms",
                number(tree, "searchMost")?
            ),
            "100 ms",
            search > 100.0,
        );
    }
    Ok(rows)
}

fn list<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a [Value]> {
    let list = value[name].as_array().map(Vec::as_slice);
    list.with_context(|| format!("no {name}"))
}

fn number(value: &Value, name: &str) -> anyhow::Result<f64> {
    value[name].as_f64().with_context(|| format!("no {name}"))
}
