//! The tools.

use crate::{Kind, Param, Place, Tool};

/// All tools; those that write files are for servers that were started for it.
pub fn tools() -> &'static [Tool] {
    TOOLS
}

const PACKAGES: Param = Param {
    name: "packages",
    kind: Kind::Texts,
    description: "Package patterns as `go list` takes them, such as ./... or encoding/json; without any, the package in the folder",
    required: false,
    place: Place::Positional,
};

const DIR: Param = Param {
    name: "dir",
    kind: Kind::Text,
    description: "The folder to work in, with the module; without it, the one the server was started in",
    required: false,
    place: Place::Flag("--dir"),
};

const TAGS: Param = text("tags", "Build tags, separated by commas", "--tags");

const CPU_PROFILES: Param = texts(
    "cpu_profiles",
    "CPU profiles of these packages: files, or URLs of services with net/http/pprof (which takes 30 s)",
    "--cpu-profile",
);
const MEM_PROFILES: Param = texts(
    "mem_profiles",
    "Heap or allocs profiles of these packages: files or URLs",
    "--mem-profile",
);
const BENCH: Param = text(
    "bench",
    "Run the benchmarks that match this regular expression, with profiles as evidence; `.` runs all",
    "--bench",
);
const BENCHTIME: Param = text(
    "benchtime",
    "Time or number of iterations of each benchmark: 2s, 100x",
    "--benchtime",
);
const SELECT: Param = texts(
    "select",
    "Only these rules: ids or prefixes of ids, such as GP1",
    "--select",
);
const IGNORE: Param = texts("ignore", "Not these rules", "--ignore");
const FUNC: Param = text(
    "func",
    "Only functions whose name matches this regular expression",
    "--func",
);
const DIFF: Param = text(
    "diff",
    "Only what changed since this git revision",
    "--diff",
);

const fn text(name: &'static str, description: &'static str, flag: &'static str) -> Param {
    Param {
        name,
        kind: Kind::Text,
        description,
        required: false,
        place: Place::Flag(flag),
    }
}

const fn texts(name: &'static str, description: &'static str, flag: &'static str) -> Param {
    Param {
        kind: Kind::Texts,
        ..text(name, description, flag)
    }
}

const fn switch(name: &'static str, description: &'static str, flag: &'static str) -> Param {
    Param {
        kind: Kind::Flag,
        ..text(name, description, flag)
    }
}

const fn number(name: &'static str, description: &'static str, flag: &'static str) -> Param {
    Param {
        kind: Kind::Number,
        ..text(name, description, flag)
    }
}

const fn file(name: &'static str, description: &'static str) -> Param {
    Param {
        name,
        kind: Kind::Text,
        description,
        required: true,
        place: Place::Positional,
    }
}

const PROFILE: Param = Param {
    kind: Kind::Texts,
    ..file("profile", "Files or URLs; several are summed")
};
const SAMPLE: Param = text(
    "sample",
    "Which value: cpu, alloc_space, inuse_space, delay, …",
    "-sample_index",
);
const FOCUS: Param = text(
    "focus",
    "Only samples through a frame that matches",
    "-focus",
);
const HIDE: Param = text(
    "ignore",
    "No samples through a frame that matches",
    "-ignore",
);
const FUNCTION_PEEK: Param = Param {
    required: true,
    ..text("function", "A regular expression", "-peek")
};
const FUNCTION_LIST: Param = Param {
    required: true,
    ..text("function", "A regular expression", "-list")
};

const TUNE: &[Param] = &[
    PACKAGES,
    DIR,
    Param {
        description: "The benchmarks that decide, as a regular expression; all by default",
        ..BENCH
    },
    text(
        "budget",
        "The time for everything, such as 3m (10m)",
        "--budget",
    ),
    SELECT,
    IGNORE,
    switch(
        "unsafe_fixes",
        "Try fixes too that may change behavior",
        "--unsafe-fixes",
    ),
];

static TOOLS: &[Tool] = &[
    Tool {
        name: "check",
        title: "Find what costs time and memory",
        description: "Ranked findings about Go packages: allocations, values on the heap, strings, fmt, sync.Pool, \
            struct layout, loops. With `bench` or profiles each finding carries what was measured; without them, ask \
            `all` for hints from the source alone. The first thing to ask about a slow program.",
        params: &[
            PACKAGES,
            DIR,
            BENCH,
            BENCHTIME,
            CPU_PROFILES,
            MEM_PROFILES,
            switch("all", "Everything, also what no profile saw", "--all"),
            number("top", "At most so many findings (25)", "--top"),
            SELECT,
            IGNORE,
            TAGS,
            Param {
                description: "Only what is new since this git revision",
                ..DIFF
            },
        ],
        writes: false,
        command: &["check", "--format=agent"],
    },
    Tool {
        name: "explain",
        title: "Explain a line, a rule or a topic",
        description: "Everything known about a line of Go source (FILE:LINE or FILE:LINE:COL): what the compiler \
            decided there and why, the flow that puts a value on the heap, inlining, measured cost. Or a rule's page \
            (GP607), the rules of a group (GP6), a topic of the handbook (escape, inlining, pool, prealloc, values).",
        params: &[
            file(
                "what",
                "FILE:LINE[:COL], a rule, a group of rules, or a topic",
            ),
            Param {
                name: "dir",
                kind: Kind::Text,
                description: "The folder that FILE is relative to",
                required: false,
                place: Place::Folder,
            },
            CPU_PROFILES,
            MEM_PROFILES,
        ],
        writes: false,
        command: &["explain"],
    },
    Tool {
        name: "escape",
        title: "Stack or heap, and why",
        description: "Where the compiler puts the values of Go packages, by function; with `why`, the flow that \
            keeps each on the heap.",
        params: &[
            PACKAGES,
            DIR,
            FUNC,
            text(
                "at",
                "Only this file, or this line of it: FILE or FILE:LINE",
                "--at",
            ),
            switch("heap", "Only what is on the heap", "--heap"),
            switch("why", "With the flow", "--why"),
            DIFF,
            TAGS,
        ],
        writes: false,
        command: &["escape"],
    },
    Tool {
        name: "inline",
        title: "What is inlined, and at what cost",
        description: "Which functions the compiler can inline, their cost against the budget, where they were \
            inlined; with `why`, what each statement costs and what would have to go.",
        params: &[
            PACKAGES,
            DIR,
            FUNC,
            switch(
                "not",
                "Only what cannot be inlined, nearest to the budget first",
                "--not",
            ),
            switch("why", "What each statement costs", "--why"),
            DIFF,
            TAGS,
        ],
        writes: false,
        command: &["inline"],
    },
    Tool {
        name: "layout",
        title: "Sizes of structs",
        description: "Structs whose fields in another order take less memory, with sizes, padding, what the \
            allocator makes of them, and why a struct may not be changed.",
        params: &[
            PACKAGES,
            DIR,
            text(
                "match",
                "Only structs whose name matches this regular expression",
                "--match",
            ),
            text(
                "profile",
                "A heap profile to rank by live memory: file or URL",
                "--profile",
            ),
            switch("all", "Every struct, with its fields", "--all"),
            TAGS,
        ],
        writes: false,
        command: &["layout"],
    },
    Tool {
        name: "profile",
        title: "A report of a profile",
        description: "Reads profiles (pprof, perf.data, folded stacks, URLs of running services). `markdown`: the \
            heaviest functions, paths and lines on one page, the best start; `top` functions, `tree` of callers and \
            callees, `traces`, `tags`; `diff` against `base`.",
        params: &[
            PROFILE,
            Param {
                name: "report",
                kind: Kind::Choice(&["markdown", "top", "tree", "traces", "tags", "diff"]),
                description: "Which report; `diff` wants `base`",
                required: true,
                place: Place::Dashed,
            },
            SAMPLE,
            FOCUS,
            HIDE,
            switch(
                "cum",
                "Sort by what a function and its callees take",
                "-cum",
            ),
            switch("lines", "One entry per source line", "-lines"),
            number("count", "At most so many entries", "-nodecount"),
            text("base", "A profile to compare with", "-diff_base"),
        ],
        writes: false,
        command: &["pprof"],
    },
    Tool {
        name: "profile_callers",
        title: "Callers and callees of a function",
        description: "Of the functions that match, in a profile: who calls them, what they call, and what each takes.",
        params: &[PROFILE, FUNCTION_PEEK, SAMPLE, FOCUS, HIDE],
        writes: false,
        command: &["pprof"],
    },
    Tool {
        name: "profile_source",
        title: "The source of a function with its samples",
        description: "Of the functions that match, line by line: the line's own value and that of what it calls.",
        params: &[
            PROFILE,
            FUNCTION_LIST,
            SAMPLE,
            FOCUS,
            HIDE,
            text(
                "source_path",
                "Folders to search for source files",
                "-source_path",
            ),
        ],
        writes: false,
        command: &["pprof"],
    },
    Tool {
        name: "compare_results",
        title: "Compare benchmark results",
        description: "benchstat's tables of two or more files of benchmark results (`go test -bench . -count 10`): \
            change, confidence interval, p.",
        params: &[Param {
            kind: Kind::Texts,
            ..file("files", "Files of results, the base first")
        }],
        writes: false,
        command: &["benchstat"],
    },
    Tool {
        name: "compare_revisions",
        title: "Compare the benchmarks of two revisions",
        description: "Builds two git revisions (without `new`: the work tree), runs their benchmarks in turn so that \
            noise strikes both, and says what changed, how sure that is, and why: compiler decisions, allocations, \
            lines. The proof of a change. Takes minutes; see `budget`.",
        params: &[
            file("old", "The git revision to compare with"),
            Param {
                required: false,
                ..file("new", "The other revision; without it, the work tree")
            },
            texts("packages", "Package patterns", "--pkg"),
            DIR,
            text("bench", "Only benchmarks that match", "--bench"),
            text("budget", "Time for all rounds, such as 2m", "--budget"),
            switch(
                "counts",
                "Compare instructions too, which noise hardly touches",
                "--counts",
            ),
        ],
        writes: false,
        command: &["bench", "ab", "--format=markdown"],
    },
    Tool {
        name: "leaks_in_source",
        title: "Goroutines that cannot end, in source",
        description: "Goroutine leaks and lock mistakes found in Go source, with the path to each; errors are proven \
            as far as the source goes.",
        params: &[
            PACKAGES,
            DIR,
            SELECT,
            IGNORE,
            texts(
                "seen",
                "Dumps, goroutineleak profiles or URLs of services as evidence",
                "--seen",
            ),
            TAGS,
        ],
        writes: false,
        command: &["leak", "check", "--format=agent"],
    },
    Tool {
        name: "goroutines",
        title: "The goroutines of a dump or a service",
        description: "Groups the goroutines of a dump, a panic in a log, or a running service (host:port with \
            net/http/pprof), with a verdict for each group: leaked, suspicious, idle. With `base`, what came since.",
        params: &[
            Param {
                kind: Kind::Texts,
                ..file("sources", "Files, host:port or URLs")
            },
            text("base", "An older dump: file or URL", "--diff"),
            switch("all", "Idle and running goroutines too", "--all"),
        ],
        writes: false,
        command: &["leak", "dump"],
    },
    Tool {
        name: "tune_plan",
        title: "Which changes could be tried",
        description: "Which fixes `tune` would try, which benchmarks would decide on them, and about how long that \
            takes. Runs coverage of the benchmarks, changes nothing.",
        params: TUNE,
        writes: false,
        command: &["tune", "--plan"],
    },
    Tool {
        name: "tune",
        title: "Prove which changes pay",
        description: "Tries fixes on copies, and proves each with tests, allocation counts and interleaved \
            benchmarks. Answers with what is proven and the patch; writes nothing. Takes the whole `budget`.",
        params: TUNE,
        writes: false,
        command: &["tune", "--format=markdown", "--output=-"],
    },
    Tool {
        name: "tune_apply",
        title: "Prove changes, and make those that pay",
        description: "As `tune`, and writes the changes that are proven into the files.",
        params: TUNE,
        writes: true,
        command: &["tune", "--apply", "--format=markdown", "--output=-"],
    },
    Tool {
        name: "fix",
        title: "Make the safe fixes",
        description: "Makes the fixes of the findings that keep behavior for every input, then builds, vets and \
            tests the packages, and undoes the fixes if that fails. It does not prove that they pay: `tune` does.",
        params: &[PACKAGES, DIR, SELECT, IGNORE, TAGS],
        writes: true,
        command: &[
            "check",
            "--fix",
            "--verify-fix",
            "--all",
            "--exit-zero",
            "--format=agent",
        ],
    },
];
