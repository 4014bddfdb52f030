//! What holds for every input: one function per fuzz target. It panics where the property is broken.
//!
//! `cargo xtask fuzz --smoke` runs these on the seeds and on mutations of them; the targets in
//! `fuzz_targets/` hand the same functions to libFuzzer.

#[path = "properties/commands.rs"]
mod commands;
#[path = "properties/go.rs"]
mod go;

use std::hint::black_box;

pub(crate) use commands::{elf_layout, go_module, pprof_reports};
pub(crate) use go::{go_check, go_lex, go_parse, go_summary};

/// A reader that takes arbitrary bytes, and what must hold.
pub(crate) struct Target {
    /// Of the fuzz target, and of its folder in `seeds/`.
    pub(crate) name: &'static str,
    pub(crate) check: fn(&[u8]),
}

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "benchfmt_read",
        check: benchfmt_read,
    },
    Target {
        name: "dwarf_types",
        check: dwarf_types,
    },
    Target {
        name: "elf_layout",
        check: elf_layout,
    },
    Target {
        name: "gc_bytes",
        check: gc_bytes,
    },
    Target {
        name: "gc_json",
        check: gc_json,
    },
    Target {
        name: "gc_log",
        check: gc_log,
    },
    Target {
        name: "go_check",
        check: go_check,
    },
    Target {
        name: "go_lex",
        check: go_lex,
    },
    Target {
        name: "go_module",
        check: go_module,
    },
    Target {
        name: "go_parse",
        check: go_parse,
    },
    Target {
        name: "go_mod",
        check: go_mod,
    },
    Target {
        name: "go_regexp",
        check: go_regexp,
    },
    Target {
        name: "go_summary",
        check: go_summary,
    },
    Target {
        name: "goroutine_dump",
        check: goroutine_dump,
    },
    Target {
        name: "demangle",
        check: demangle,
    },
    Target {
        name: "pprof_reports",
        check: pprof_reports,
    },
    Target {
        name: "pprof_shell",
        check: pprof_shell,
    },
    Target {
        name: "pclntab",
        check: pclntab,
    },
    Target {
        name: "profile_decode",
        check: profile_decode,
    },
    Target {
        name: "profile_legacy",
        check: profile_legacy,
    },
];

/// What was read can be written, and is the same when read again.
pub(crate) fn profile_decode(data: &[u8]) {
    // Enough for any mutation of a seed; the full limit is a matter of memory, not of correctness.
    let limits = profile::Limits {
        decompressed: 16 << 20,
    };
    let Ok(profile) = profile::decode(data, &limits) else {
        return;
    };
    let bytes = profile::encode(&profile);
    let Ok(again) = profile::decode(&bytes, &limits) else {
        panic!("a profile cannot be read again");
    };
    assert_eq!(again.sums(), profile.sums(), "values change");
    let stacks = |profile: &profile::Profile| profile.samples.iter().map(|it| it.stack.len()).sum();
    let (before, after): (usize, usize) = (stacks(&profile), stacks(&again));
    assert_eq!(before, after, "stacks change");
    // The message has no form for labels without a value, so those are lost the first time.
    let bytes = profile::encode(&again);
    let again = profile::decode(&bytes, &limits).map(|again| profile::encode(&again));
    assert_eq!(
        again.as_ref(),
        Ok(&bytes),
        "a profile changes when it is written and read"
    );
    let merged = profile.compact();
    assert_eq!(
        profile::encode(&merged.compact()),
        profile::encode(&merged),
        "a merged profile changes when it is merged"
    );
}

/// The same for the formats that are not `profile.proto`, with and without the names in them; and
/// whatever was read can be exported.
pub(crate) fn profile_legacy(data: &[u8]) {
    profile_decode(data);
    let limits = profile::Limits {
        decompressed: 16 << 20,
    };
    if let Ok(profile) = profile::decode_named(data, &limits) {
        black_box(profile::encode_speedscope(&profile, "fuzz"));
        black_box(profile::encode_firefox(&profile, "fuzz"));
        let again = profile::decode(&profile::encode(&profile), &limits);
        assert!(
            again.is_ok_and(|again| again.sums() == profile.sums()),
            "a profile with names changes when it is written and read"
        );
    }
    if let Ok(profile) = profile::decode_folded(data) {
        let folded = profile::encode_folded(&profile, 0);
        let again = profile::decode_folded(&folded).map(|it| profile::encode_folded(&it, 0));
        assert!(
            folded.is_empty() || again == Ok(folded),
            "folded stacks change"
        );
    }
}

/// Dumps are found in any text, and what is found is a part of it.
pub(crate) fn goroutine_dump(data: &[u8]) {
    let (dump, problems) = profile::goroutine::parse(data);
    black_box((dump, problems));
}

/// A line has at most one result. (It may have several problems: one for each pair of a `Unit` line.)
pub(crate) fn benchfmt_read(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').count();
    let (results, problems) = bench::benchfmt::read_all(data, "fuzz.txt");
    assert!(results.len() <= lines, "more than one result for a line");
    black_box(problems);
}

/// What Go's dialect accepts, the translation compiles too.
pub(crate) fn go_regexp(data: &[u8]) {
    let Ok(expression) = std::str::from_utf8(data) else {
        return;
    };
    // Size and depth are limited where expressions are compiled; here the dialect is the point.
    if expression.len() <= 200
        && let Ok(pattern) = base::go_regexp::translate(expression)
    {
        black_box(pattern);
    }
}

/// A log is written as it was read, whatever it holds, also after it was stored.
pub(crate) fn gc_log(data: &[u8]) {
    let (decisions, _) = gc::read_log(data, &[]);
    assert!(
        decisions.write_log() == data,
        "a log changes when it is read and written"
    );
    let stored = gc::Decisions::from_bytes(&decisions.to_bytes());
    assert!(
        stored.as_ref() == Ok(&decisions),
        "decisions change when they are stored"
    );
    derive(&decisions);
    let side = gc::Compilation {
        decisions: &decisions,
        calls: &gc::Calls::default(),
    };
    assert_eq!(gc::diff(side, side), [], "decisions differ from themselves");
}

/// What the compiler's JSON contains can be stored and joined to itself.
pub(crate) fn gc_json(data: &[u8]) {
    let (mut decisions, _) = gc::read_json(&[data], &[]);
    let json = decisions.clone();
    gc::join_inline_chains(&mut decisions, &json);
    let stored = gc::Decisions::from_bytes(&decisions.to_bytes());
    assert!(
        stored.as_ref() == Ok(&decisions),
        "decisions change when they are stored"
    );
    derive(&decisions);
}

/// Everything that is derived from decisions.
fn derive(decisions: &gc::Decisions) {
    let flows = gc::Flows::new(decisions);
    for (id, decision) in decisions.iter() {
        black_box(flows.flow(id));
        black_box(flows.subject(id));
        black_box(gc::SubjectClass::of(decisions.text(decision.subject)));
        let subject = decisions.text(decision.subject);
        black_box(gc::fold_function_name(subject));
    }
}

/// A cache file is taken as it was written, or refused.
pub(crate) fn gc_bytes(data: &[u8]) {
    if let Ok(decisions) = gc::Decisions::from_bytes(data) {
        black_box(decisions.write_log());
        derive(&decisions);
    }
}

/// The shell survives any input, and reads on to its end.
pub(crate) fn pprof_shell(data: &[u8]) {
    let mut profile = profile::Profile::with_sample_types(&[("n", "count"), ("cpu", "ns")]);
    let name = profile.strings.intern(b"main.main");
    let function = profile.add_function(name, name, 1);
    let line = profile::Line {
        function,
        line: 2,
        column: 3,
    };
    let location = profile.add_location(1, None, &[line]);
    let empty = profile::LabelSetId::EMPTY;
    profile.samples.push(&[location, location], &[1, 10], empty);
    let system =
        base::testing::MemorySystem::default().with_file("cpu.pb", profile::encode(&profile));
    let none = pprof::GivenFlag {
        name: "symbolize".to_owned(),
        value: "none".to_owned(),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let sources = ["cpu.pb".to_owned()];
    let invocation = pprof::Invocation::new(&[none], &sources, &|_| false, &mut err);
    let Ok(invocation) = invocation else {
        panic!("the command line is refused");
    };
    complete_everywhere(data);
    let mut session = pprof::Session::new(&system, &mut out, &mut err, false);
    let ran = pprof::run(&invocation, &mut pprof::PlainLines(data), &mut session);
    assert!(ran.is_ok(), "the shell ends with an error");
}

/// Every function that is listed is found again by its addresses, and its calls end.
pub(crate) fn pclntab(data: &[u8]) {
    if let Ok(binary) = objfile::Binary::open(data.to_vec()) {
        black_box(binary.frames(0x40_1000, objfile::Detail::Full));
    }
    let Some(table) = objfile::Pclntab::parse(data, 0x1000) else {
        return;
    };
    for func in table.functions().take(64) {
        if let Some(found) = table.find(func.entry) {
            assert!(
                found.entry <= func.entry && func.entry < found.end,
                "a function is found outside of its range"
            );
        }
        assert!(
            !table.calls(&func, func.entry).is_empty(),
            "no call at a function's entry"
        );
    }
}

/// What a binary tells of Go's types is consistent in itself.
pub(crate) fn dwarf_types(data: &[u8]) {
    let Ok(binary) = objfile::Binary::open(data.to_vec()) else {
        return;
    };
    let Some(found) = binary.dwarf_types() else {
        return;
    };
    let ids = found.types.len();
    for typ in &found.types {
        assert!(typ.align > 0, "no alignment");
        let refers = typ.fields.iter().filter_map(|field| field.typ);
        let refers = refers.chain(typ.elem).chain(typ.key);
        for id in refers {
            assert!(base::Idx::index(id) < ids, "refers to nothing");
        }
    }
}

/// At every place of a line something can be asked for, and it stands within the line.
fn complete_everywhere(data: &[u8]) {
    let completer = pprof::Completer::default();
    for line in String::from_utf8_lossy(data).lines().take(20) {
        for (at, _) in line.char_indices().take(100) {
            let typed = &line[..at];
            let (pprof::Completion::Words(start, _) | pprof::Completion::File(start)) =
                completer.complete(typed);
            assert!(
                typed.is_char_boundary(start),
                "completed from within a character"
            );
        }
    }
}

/// A name is written out at every level, and not at length without end.
pub(crate) fn demangle(data: &[u8]) {
    use objfile::demangle::{Level, function_name};
    for name in String::from_utf8_lossy(data).lines() {
        for level in [Level::None, Level::Simple, Level::Templates, Level::Full] {
            let shown = function_name(name, level);
            assert!(
                shown.len() <= (1 << 17) + name.len() * 2,
                "a name grows without end"
            );
        }
    }
}

/// The files that describe modules, each reader given the same text. Problems lie in it, and what was
/// read can be written and read again.
pub(crate) fn go_mod(data: &[u8]) {
    use go_syntax::module;
    let text = String::from_utf8_lossy(data);
    let (file, problems) = module::parse(&text);
    let within = |problems: &[go_syntax::Problem]| {
        let mut places = problems.iter().map(|problem| problem.at as usize);
        assert!(places.all(|at| at <= text.len()), "a problem lies nowhere");
    };
    within(&problems);
    // Words that need quotes are not written here, so only what is read of the rest is compared.
    let is_plain = |word: &str| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "./_-+".contains(c);
        !word.is_empty() && word.chars().all(is_word) && !word.contains("//")
    };
    let plain: Vec<_> = (file.requires.iter())
        .filter_map(|require| {
            let version = require.module.version.as_deref()?;
            let is_written = is_plain(&require.module.path) && is_plain(version);
            is_written.then_some((&require.module.path, version))
        })
        .collect();
    let lines = plain
        .iter()
        .map(|(path, version)| format!("\t{path} {version}\n"));
    let lines: Vec<String> = lines.collect();
    let (again, problems) = module::parse(&format!("require (\n{})\n", lines.concat()));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(again.requires.len(), plain.len(), "requirements change");
    let (sums, problems) = module::parse_sum(&text);
    within(&problems);
    assert!(
        sums.iter()
            .all(|sum| !sum.version.ends_with("/go.mod") || sum.only_go_mod)
    );
    let (modules, replaces, problems) = module::parse_vendored(&text);
    within(&problems);
    black_box((modules, replaces));
}
