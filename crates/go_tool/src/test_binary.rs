//! Test binaries, built once and run as often as need be.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use base::Cancellation;
use base::system::{Command, ProcessOutput, System};
use serde::Deserialize;

use crate::error::Error;
use crate::find::{GoTool, run, succeeded};
use crate::import_path::last_element;
use crate::list::{ListOptions, Listing, Package, PackageId, build_flags};
use crate::source_error::SourceError;

/// A package's tests and benchmarks as a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestBinary {
    /// Import path of the package under test.
    pub package: String,
    /// The executable.
    pub path: PathBuf,
    /// Where it must run: tests open files next to their sources.
    pub dir: PathBuf,
}

/// What became of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestBuild {
    Binary(TestBinary),
    NoTests {
        package: String,
    },
    Broken {
        package: String,
        errors: Vec<SourceError>,
    },
}

impl TestBuild {
    pub fn package(&self) -> &str {
        match self {
            Self::Binary(binary) => &binary.package,
            Self::NoTests { package } | Self::Broken { package, .. } => package,
        }
    }
}

/// Builds the test binaries of listed packages into `folder`, which is the caller's to remove.
///
/// One answer for each package, in the order given; the variants of one package are one. Source
/// paths in the binaries (and so in their profiles) are those of this machine.
pub fn build_tests(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &ListOptions,
    listing: &Listing,
    packages: &[PackageId],
    folder: &Path,
) -> Result<Vec<TestBuild>, Error> {
    let mut seen = BTreeSet::new();
    let packages: Vec<(&str, &Package)> = (packages.iter())
        .map(|id| &listing.packages[*id])
        .map(|package| (under_test(package), package))
        .filter(|(path, _)| seen.insert(*path))
        .collect();
    let mut built: HashMap<&str, TestBuild> = HashMap::new();
    for (index, batch) in batches(&packages).into_iter().enumerate() {
        let folder = folder.join(index.to_string());
        system.create_dir_all(&folder).map_err(|source| Error::Io {
            doing: format!("create `{}`", folder.display()),
            source,
        })?;
        let paths = batch.iter().map(|(path, _)| *path);
        let command = command(go, system, options, &folder, paths);
        let said = Said::of(&command, run(system, cancel, &command)?)?;
        for (path, package) in batch {
            let file = folder.join(binary_name(path, go));
            let build = if system.is_file(&file) {
                TestBuild::Binary(TestBinary {
                    package: path.to_owned(),
                    path: file,
                    dir: package.dir.clone(),
                })
            } else {
                said.without_binary(path, &options.dir)
            };
            built.insert(path, build);
        }
    }
    Ok((packages.iter())
        .filter_map(|(path, _)| built.remove(path))
        .collect())
}

fn under_test(package: &Package) -> &str {
    package.for_test.as_deref().unwrap_or(package.plain_path())
}

fn command<'a>(
    go: &GoTool,
    system: &dyn System,
    options: &ListOptions,
    folder: &Path,
    packages: impl Iterator<Item = &'a str>,
) -> Command {
    let mut out = folder.as_os_str().to_owned();
    out.push(std::path::MAIN_SEPARATOR_STR);
    let command = go
        .command(system)
        .args(["test", "-c", "-json", "-vet=off", "-trimpath=false", "-o"])
        .arg(out)
        .current_dir(&options.dir);
    build_flags(command, options).args(packages)
}

/// The go command names a binary for the last part of its package's path, and refuses two of one
/// name: so they are built in as many turns as the commonest name needs.
fn batches<'a>(packages: &[(&'a str, &'a Package)]) -> Vec<Vec<(&'a str, &'a Package)>> {
    let mut batches: Vec<Vec<(&str, &Package)>> = Vec::new();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (path, package) in packages {
        let turn = uses.entry(last_element(path)).or_default();
        if *turn == batches.len() {
            batches.push(Vec::new());
        }
        batches[*turn].push((path, package));
        *turn += 1;
    }
    batches
}

fn binary_name(package: &str, go: &GoTool) -> String {
    let exe = if go.env.goos == "windows" { ".exe" } else { "" };
    format!("{}.test{exe}", last_element(package))
}

/// The parts of `go test -json` that report builds.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Event {
    action: String,
    /// Of what is built, with the suffix of variants.
    import_path: String,
    /// Of what is tested.
    package: String,
    output: String,
    failed_build: String,
}

/// What the go command said, by package.
#[derive(Default)]
struct Said {
    of_build: BTreeMap<String, String>,
    of_test: BTreeMap<String, String>,
    /// The build by whose fault a package's test was not built.
    culprit: BTreeMap<String, String>,
    skipped: BTreeSet<String>,
}

impl Said {
    fn of(command: &Command, output: ProcessOutput) -> Result<Self, Error> {
        let mut said = Self::default();
        let mut n_events = 0;
        for line in output.stdout.split(|b| *b == b'\n') {
            let Ok(event) = serde_json::from_slice::<Event>(line) else {
                continue;
            };
            n_events += 1;
            match event.action.as_str() {
                "build-output" => {
                    *said.of_build.entry(event.import_path).or_default() += &event.output;
                }
                "output" => *said.of_test.entry(event.package).or_default() += &event.output,
                "skip" => {
                    said.skipped.insert(event.package);
                }
                "fail" => {
                    said.culprit.insert(event.package, event.failed_build);
                }
                _ => {}
            }
        }
        if n_events == 0 {
            // It did not come to building; or all is built and there is nothing to say.
            succeeded(command, output)?;
        }
        Ok(said)
    }

    fn without_binary(&self, package: &str, dir: &Path) -> TestBuild {
        let package = package.to_owned();
        if self.skipped.contains(&package) {
            return TestBuild::NoTests { package };
        }
        let culprit = self.culprit.get(&package).filter(|build| !build.is_empty());
        let variant = format!(" [{package}.test]");
        let program = format!("{package}.test");
        // Its own build, that of a variant made for its tests, or the linking of its program.
        let own =
            |build: &&String| **build == package || build.ends_with(&variant) || **build == program;
        let text = (culprit.or_else(|| self.of_build.keys().find(own)))
            .and_then(|build| self.of_build.get(build))
            .or_else(|| self.of_test.get(&package));
        match text {
            Some(text) => TestBuild::Broken {
                errors: SourceError::parse_all(text, dir),
                package,
            },
            None => TestBuild::NoTests { package },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::tests::{go, module, real_go};
    use base::system::OsSystem;
    use base::testing::{MemorySystem, exited};

    #[test]
    fn packages_of_one_name_are_built_in_turns() {
        let package = Package::default();
        let paths = ["a/x", "a/y", "b/x", "c/x"].map(|path| (path, &package));
        let turns: Vec<Vec<&str>> = (batches(&paths).iter())
            .map(|batch| batch.iter().map(|(path, _)| *path).collect())
            .collect();
        assert_eq!(turns, [vec!["a/x", "a/y"], vec!["b/x"], vec!["c/x"]]);
    }

    #[test]
    fn each_package_gets_its_own_answer() {
        const LISTED: &str = r#"{"ImportPath": "m/bad", "Dir": "/m/bad"} {"ImportPath": "m/dep", "Dir": "/m/dep"}
            {"ImportPath": "m/none", "Dir": "/m/none"} {"ImportPath": "m/good", "Dir": "/m/good"}
            {"ImportPath": "m/good_test [m/good.test]", "ForTest": "m/good", "Dir": "/m/good"}"#;
        const BUILT: &str = r##"{"Action":"skip","Package":"m/none"}
{"ImportPath":"m/bad","Action":"build-output","Output":"# m/bad\n"}
{"ImportPath":"m/bad","Action":"build-output","Output":"bad/b.go:2:23: cannot use x\n"}
{"ImportPath":"m/bad","Action":"build-fail"}
{"Action":"output","Package":"m/dep","Output":"FAIL\tm/dep [build failed]\n"}
{"Action":"fail","Package":"m/dep","FailedBuild":"m/bad"}
{"Action":"fail","Package":"m/bad","FailedBuild":"m/bad"}
"##;
        let system = MemorySystem::default()
            .with_file("/out/0/good.test", "binary")
            .with_process(Box::new(|command: &Command| {
                let listing = command.line().starts_with("go list");
                Ok(if listing {
                    exited(0, LISTED)
                } else {
                    exited(1, BUILT)
                })
            }));
        let cancel = Cancellation::default();
        let options = ListOptions {
            dir: "/m".into(),
            ..ListOptions::default()
        };
        let listing = crate::list(&go(), &system, &cancel, &options).unwrap();
        let folder = Path::new("/out");
        let ids: Vec<PackageId> = listing.packages.ids().collect();
        let built = build_tests(&go(), &system, &cancel, &options, &listing, &ids, folder).unwrap();
        let show = |build: &TestBuild| match build {
            TestBuild::Binary(binary) => format!("{}: {}", binary.package, binary.path.display()),
            TestBuild::NoTests { package } => format!("{package}: no tests"),
            TestBuild::Broken { package, errors } => format!("{package}: {}", errors[0].message),
        };
        let lines: Vec<String> = built.iter().map(show).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        m/bad: cannot use x
        m/dep: cannot use x
        m/none: no tests
        m/good: /out/0/good.test
        ");
    }

    #[test]
    fn the_real_go_command_builds_what_has_tests() {
        let system = OsSystem::default();
        let Some(go) = real_go(&system) else { return };
        let test = "package x\n\nimport \"testing\"\n\nfunc BenchmarkX(b *testing.B) {}\n";
        let dir = module(
            &system,
            &[
                ("go.mod", "module example.com/m\n\ngo 1.24\n"),
                ("a/x/x_test.go", test),
                ("b/x/x_test.go", test),
                ("bad/bad_test.go", "package bad\n\nvar x int = \"\"\n"),
                ("none/none.go", "package none\n"),
            ],
        );
        let cancel = Cancellation::default();
        let options = ListOptions {
            dir: dir.path().to_owned(),
            patterns: vec!["./...".to_owned()],
            ..ListOptions::default()
        };
        let listing = crate::list(&go, &system, &cancel, &options).unwrap();
        let out = system.temp_dir("goperf-test-").unwrap();
        let (roots, out) = (&listing.roots, out.path());
        let built = build_tests(&go, &system, &cancel, &options, &listing, roots, out).unwrap();
        let kinds: Vec<(&str, &str)> = (built.iter())
            .map(|build| {
                let kind = match build {
                    TestBuild::Binary(binary) => {
                        assert!(system.is_file(&binary.path) && system.is_dir(&binary.dir));
                        "binary"
                    }
                    TestBuild::NoTests { .. } => "no tests",
                    TestBuild::Broken { errors, .. } => {
                        assert_eq!((errors[0].line, errors.len()), (3, 1), "{errors:?}");
                        "broken"
                    }
                };
                (build.package(), kind)
            })
            .collect();
        assert_eq!(
            kinds,
            [
                ("example.com/m/a/x", "binary"),
                ("example.com/m/b/x", "binary"),
                ("example.com/m/bad", "broken"),
                ("example.com/m/none", "no tests"),
            ]
        );
    }
}
