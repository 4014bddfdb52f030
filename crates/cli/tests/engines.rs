//! `escape -m` and `--engine`, beside `go build -gcflags=-m`. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use base::System as _;
use base::system::Command;
use cli::{ExitStatus, Output};
use go_tool::testing::Folder;

/// Packages that the native engine answers for whole.
const PLAIN: &[(&str, &str)] = &[
    ("go.mod", "module shop\n\ngo 1.24\n"),
    (
        "shop.go",
        "package shop\n\nimport (\n\t\"errors\"\n\t\"shop/item\"\n)\n\n\
         type Shop struct{ items map[int]*item.Item }\n\n\
         func New() *Shop { return &Shop{items: make(map[int]*item.Item)} }\n\n\
         func (s *Shop) Put(id int) error {\n\tif id < 0 {\n\t\treturn errors.New(\"id\")\n\t}\n\
         \ts.items[id] = item.New(id)\n\ts.items[id].Each(func(n int) { println(n, id) })\n\treturn nil\n}\n",
    ),
    (
        "item/item.go",
        "package item\n\ntype Item struct{ ID int }\n\n\
         func New(id int) *Item { return &Item{ID: id} }\n\n\
         func (i *Item) Each(visit func(int)) {\n\tfor n := range i.ID {\n\t\tvisit(n)\n\t}\n}\n\n\
         func (i *Item) Name() func() *Item { return func() *Item { return i } }\n",
    ),
];

struct Module(Folder);

impl Module {
    fn of(files: &[(&str, &str)]) -> Option<Self> {
        Some(Self(Folder::new("goperf engines", files)?))
    }

    fn goperf(&self, args: &[&str]) -> (ExitStatus, String, String) {
        let dir = self.0.dir().to_string_lossy().into_owned();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (command, args) = args.split_first().unwrap();
        let words = [&["goperf", command, "-C", &dir, "--no-cache"], args].concat();
        let words = words.into_iter().map(std::ffi::OsString::from).collect();
        let mut output = Output::plain(&mut out, &mut err);
        let status = cli::run(words, &self.0.system, &mut output);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status, text(out), text(err))
    }

    /// What the go command prints, packages by import path.
    fn go_build(&self) -> Vec<String> {
        let command = Command::new("go")
            .args(["build", "-gcflags=-m", "./..."])
            .current_dir(self.0.dir());
        let output = self.0.system.run(&command, &base::Cancellation::default());
        let text = String::from_utf8(output.unwrap().stderr).unwrap();
        let mut packages: Vec<&str> = text.split("# ").filter(|it| !it.is_empty()).collect();
        packages.sort_by_key(|package| package.lines().next());
        let lines = packages.iter().flat_map(|package| {
            let (path, rest) = package.split_once('\n').unwrap();
            std::iter::once(format!("# {path}")).chain(rest.lines().map(str::to_owned))
        });
        lines.collect()
    }

    fn is_modelled(&self) -> bool {
        // It is said before packages are looked for.
        let (_, _, err) = self.goperf(&["escape", "./none", "--engine", "native"]);
        !err.contains("the native engine does not follow")
    }
}

#[test]
fn both_engines_print_what_the_go_command_prints() {
    let Some(module) = Module::of(PLAIN) else {
        return;
    };
    let expected = module.go_build();
    assert!(
        expected.contains(&"# shop/item".to_owned()),
        "{expected:#?}"
    );
    let log = |engine| {
        let args = ["escape", "-m", "./...", "--engine", engine];
        let (status, out, err) = module.goperf(&args);
        assert_eq!((status, err.as_str()), (ExitStatus::Success, ""));
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(log("gc"), expected);
    if module.is_modelled() {
        assert_eq!(log("native"), expected);
        let (status, out, err) = module.goperf(&["escape", "./...", "--engine", "both"]);
        assert_eq!((status, err.as_str()), (ExitStatus::Success, ""));
        let lines = expected.len() - 2;
        let all = format!("2 packages: {lines} of the compiler's {lines} lines are equal");
        assert!(out.starts_with(&all), "{out}");
    }
}

#[test]
fn the_native_engine_lists_the_same_values_and_costs_as_the_compiler() {
    let Some(module) = Module::of(PLAIN) else {
        return;
    };
    if !module.is_modelled() {
        return;
    }
    for command in ["escape", "inline"] {
        let list = |engine| {
            let args = [command, "./...", "--format", "json", "--engine", engine];
            let (status, out, err) = module.goperf(&args);
            assert_eq!((status, err.as_str()), (ExitStatus::Success, ""));
            let mut json: serde_json::Value = serde_json::from_str(&out).unwrap();
            without_flows(&mut json);
            json
        };
        let compiler = list("gc");
        assert_eq!(compiler["packages"].as_array().map(Vec::len), Some(2));
        assert_eq!(list("native"), compiler, "{command}");
    }
}

/// Flows are the compiler's alone.
fn without_flows(json: &mut serde_json::Value) {
    if let Some(object) = json.as_object_mut() {
        object.retain(|key, _| key != "flow" && key != "end");
        object.values_mut().for_each(without_flows);
    } else if let Some(array) = json.as_array_mut() {
        array.iter_mut().for_each(without_flows);
    }
}

#[test]
fn what_the_native_engine_does_not_know_is_said() {
    let generic = "package shop\n\nfunc Same[P any](x P) P { type t struct{ x P }; return t{x}.x }\n\n\
                   func Sum() int { return Same(1) }\n\nfunc Plain(p *int) int { return *p }\n";
    let module = Module::of(&[("go.mod", "module shop\n\ngo 1.27\n"), ("a.go", generic)]);
    let Some(module) = module.filter(Module::is_modelled) else {
        return;
    };
    let (status, out, err) = module.goperf(&["escape", "--engine", "native"]);
    assert_eq!(status, ExitStatus::Success);
    assert!(out.contains("Plain"), "{out}");
    assert!(
        err.contains("the native engine has no whole answer for"),
        "{err}"
    );
    let (status, _, err) = module.goperf(&["escape", "--engine", "native", "-race"]);
    assert_eq!(status, ExitStatus::Error);
    assert!(err.contains("does not follow `-race`"), "{err}");
    let (status, out, _) = module.goperf(&["escape", "--engine", "both", "--format", "json"]);
    assert_eq!(status, ExitStatus::Success);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let package = &json["packages"][0];
    assert_eq!(package["wrong"].as_array().map(Vec::len), Some(0), "{out}");
    let gaps = package["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["function"] == "Sum"), "{out}");
}

#[test]
fn a_package_that_does_not_compile_is_said_by_both_engines() {
    let module = Module::of(&[
        ("go.mod", "module shop\n\ngo 1.24\n"),
        ("a.go", "package shop\n\nimport \"shop/b\"\n\nvar A = b.B\n"),
        ("b/b.go", "package b\n\nvar B int = \"text\"\n"),
    ]);
    let Some(module) = module.filter(Module::is_modelled) else {
        return;
    };
    for engine in ["gc", "native"] {
        let (status, _, err) = module.goperf(&["escape", "./...", "--engine", engine]);
        assert_eq!(status, ExitStatus::BrokenCode, "{engine}: {err}");
        assert!(err.contains("shop/b does not compile: "), "{engine}: {err}");
        assert!(err.contains("b.go:3:13: "), "{engine}: {err}");
    }
}
