//! The reports by the names users give them.

use crate::settings::{Granularity, Overrides};

/// The format of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Comments,
    Disasm,
    Dot,
    Flame,
    Folded,
    Json,
    List,
    Markdown,
    Packages,
    Pgo,
    Tree,
    Raw,
    Tags,
    Text,
    Traces,
    Callgrind,
    Proto,
    TopProto,
    WebList,
    Diff,
    DiffJson,
    Speedscope,
    Firefox,
}

/// A picture of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Picture {
    Gif,
    Pdf,
    Png,
    Ps,
    Svg,
}

impl Picture {
    /// The name for `dot -T`, which is also the file's extension.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gif => "gif",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Ps => "ps",
            Self::Svg => "svg",
        }
    }
}

/// Where a report goes unless a file is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Destination {
    /// Standard output.
    Print,
    /// Standard output, but a temporary file with this extension when that is a terminal.
    Save(&'static str),
    /// A temporary file with this extension, opened with the first of these programs that starts.
    View(&'static str, &'static [&'static str]),
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) format: Format,
    pub(crate) picture: Option<Picture>,
    pub(crate) destination: Destination,
    /// Takes a regular expression (`-list=RE`).
    pub(crate) has_param: bool,
    pub(crate) overrides: Overrides,
    /// pprof itself does not have it.
    pub(crate) is_ours: bool,
    pub(crate) description: &'static str,
}

const fn print(name: &'static str, format: Format, description: &'static str) -> Command {
    Command {
        name,
        format,
        picture: None,
        destination: Destination::Print,
        has_param: false,
        overrides: Overrides::NONE,
        is_ours: false,
        description,
    }
}

const fn matching(name: &'static str, format: Format, description: &'static str) -> Command {
    Command {
        has_param: true,
        ..print(name, format, description)
    }
}

const fn save(
    name: &'static str,
    format: Format,
    extension: &'static str,
    description: &'static str,
) -> Command {
    Command {
        destination: Destination::Save(extension),
        ..print(name, format, description)
    }
}

const fn picture(name: &'static str, kind: Picture, description: &'static str) -> Command {
    Command {
        picture: Some(kind),
        destination: Destination::Save(name),
        ..print(name, Format::Dot, description)
    }
}

const fn view(
    name: &'static str,
    kind: Picture,
    extension: &'static str,
    programs: &'static [&'static str],
    description: &'static str,
) -> Command {
    Command {
        picture: Some(kind),
        destination: Destination::View(extension, programs),
        ..print(name, Format::Dot, description)
    }
}

const fn ours(command: Command) -> Command {
    Command {
        is_ours: true,
        ..command
    }
}

const fn with(overrides: Overrides, command: Command) -> Command {
    Command {
        overrides,
        ..command
    }
}

/// Stands for the user's browser.
pub(crate) const BROWSER: &[&str] = &["$BROWSER"];

/// All reports, by name.
pub(crate) static COMMANDS: &[Command] = &[
    with(
        Overrides::ADDRESSES,
        save(
            "callgrind",
            Format::Callgrind,
            "callgraph.out",
            "The graph in callgrind format",
        ),
    ),
    print("comments", Format::Comments, "The comments in the profile"),
    ours(with(
        Overrides::TABLE,
        print(
            "diff",
            Format::Diff,
            "Functions with their value before, now, and the difference",
        ),
    )),
    ours(with(
        Overrides::TABLE,
        print("diff_json", Format::DiffJson, "What diff shows, as JSON"),
    )),
    with(
        Overrides {
            inlines: Some(false),
            ..Overrides::ADDRESSES
        },
        matching(
            "disasm",
            Format::Disasm,
            "Assembly of matching functions, with samples",
        ),
    ),
    print("dot", Format::Dot, "The graph in DOT format"),
    view(
        "eog",
        Picture::Svg,
        "svg",
        &["eog"],
        "Show the graph in eog",
    ),
    view(
        "evince",
        Picture::Pdf,
        "pdf",
        &["evince"],
        "Show the graph in evince",
    ),
    ours(save(
        "firefox",
        Format::Firefox,
        "firefox.json",
        "The profile for the Firefox Profiler",
    )),
    ours(save(
        "flame",
        Format::Flame,
        "svg",
        "A flame graph as an SVG file",
    )),
    ours(print(
        "folded",
        Format::Folded,
        "Stacks with their value, one per line",
    )),
    picture("gif", Picture::Gif, "The graph as a GIF picture"),
    view(
        "gv",
        Picture::Ps,
        "ps",
        &["gv --noantialias"],
        "Show the graph in gv",
    ),
    ours(print(
        "json",
        Format::Json,
        "Top entries and their edges as JSON",
    )),
    Command {
        destination: Destination::View("grind", &["kcachegrind"]),
        ..with(
            Overrides::ADDRESSES,
            print(
                "kcachegrind",
                Format::Callgrind,
                "Show the graph in KCachegrind",
            ),
        )
    },
    with(
        Overrides {
            granularity: Some(Granularity::Lines),
            ..Overrides::UNTRIMMED
        },
        matching(
            "list",
            Format::List,
            "Source of matching functions, with samples",
        ),
    ),
    ours(with(
        Overrides::TABLE,
        print(
            "markdown",
            Format::Markdown,
            "The heaviest functions, paths and lines on one page",
        ),
    )),
    ours(with(
        Overrides::TABLE,
        print("packages", Format::Packages, "Go packages with their value"),
    )),
    picture("pdf", Picture::Pdf, "The graph as a PDF file"),
    with(
        Overrides::UNTRIMMED,
        matching(
            "peek",
            Format::Tree,
            "Callers and callees of matching functions",
        ),
    ),
    ours(with(
        Overrides::ADDRESSES,
        save(
            "pgo",
            Format::Pgo,
            "pgo",
            "The profile for the Go compiler (default.pgo)",
        ),
    )),
    picture("png", Picture::Png, "The graph as a PNG picture"),
    with(
        Overrides::ADDRESSES,
        save(
            "proto",
            Format::Proto,
            "pb.gz",
            "The profile in compressed protobuf format",
        ),
    ),
    picture("ps", Picture::Ps, "The graph as a PostScript file"),
    with(
        Overrides::ADDRESSES,
        print("raw", Format::Raw, "The profile's tables as text"),
    ),
    ours(save(
        "speedscope",
        Format::Speedscope,
        "speedscope.json",
        "The profile for speedscope",
    )),
    picture("svg", Picture::Svg, "The graph as an SVG picture"),
    print("tags", Format::Tags, "All labels with their values"),
    with(
        Overrides::TOP,
        print("text", Format::Text, "Top entries as text"),
    ),
    with(
        Overrides::TOP,
        print("top", Format::Text, "Top entries as text"),
    ),
    with(
        Overrides::TABLE,
        save(
            "topproto",
            Format::TopProto,
            "pb.gz",
            "Top entries in compressed protobuf format",
        ),
    ),
    print("traces", Format::Traces, "All samples as text"),
    print(
        "tree",
        Format::Tree,
        "Top entries with their callers and callees",
    ),
    view(
        "web",
        Picture::Svg,
        "svg",
        BROWSER,
        "Show the graph in a browser",
    ),
    Command {
        destination: Destination::View("html", BROWSER),
        ..with(
            Overrides {
                inlines: Some(true),
                ..Overrides::ADDRESSES
            },
            matching(
                "weblist",
                Format::WebList,
                "Show source and assembly in a browser",
            ),
        )
    },
];

pub(crate) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|it| it.name == name)
}
