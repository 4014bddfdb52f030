//! Checked packages that follow edits of their files.

use std::path::Path;
use std::sync::Arc;

use base::{Cache, IndexVec, System};
use go_syntax::File;
use go_tool::PackageId;
use go_types::{BodyEdit, Declared, Store, with_stack};

use crate::cached::{Wanted, check_some};
use crate::check::{
    Checked, CheckedPackage, Program, check_bodies, check_package, declare_package,
};
use crate::load::{Loaded, SourceFile};
use crate::sources::Sources;

/// Loaded packages with all that is known of them, kept up to date while files change.
///
/// ```
/// # use base::testing::{MemorySystem, exited};
/// # use base::Cancellation;
/// # use go_load::{LoadOptions, Session};
/// # use go_tool::GoTool;
/// # let system = MemorySystem::default()
/// #     .with_file("/m/m.go", "package m\n\nfunc F() int { return 1 }\n")
/// #     .with_process(Box::new(|command| {
/// #         Ok(exited(0, if command.line().starts_with("go env") {
/// #             r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool"}"#
/// #         } else {
/// #             r#"{"ImportPath": "m", "Name": "m", "Dir": "/m", "GoFiles": ["m.go"]}"#
/// #         }))
/// #     }));
/// # let cancel = Cancellation::default();
/// # let go = GoTool::find(&system, None)?;
/// # let loaded = go_load::load(&go, &system, &cancel, &LoadOptions::default())?;
/// let mut session = Session::new(loaded, |_| true);
/// let m = session.loaded().listing.roots[0];
/// session.edit("/m/m.go".as_ref(), b"package m\n\nfunc F() int { return true }\n");
/// assert_eq!(session.program().package(m).problems.len(), 1);
/// # Ok::<(), go_tool::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    loaded: Loaded,
    store: Store,
    packages: IndexVec<PackageId, Arc<CheckedPackage>>,
    /// What is needed to check bodies again. The facts are in `packages`.
    declared: IndexVec<PackageId, Declared>,
    wants_bodies: Vec<bool>,
    /// What does not follow edits, and nothing else: what every check of all starts with.
    known: Program,
    follows: IndexVec<PackageId, bool>,
    /// Types in the store when all had been checked once.
    n_types: usize,
}

/// What an edit led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rechecked {
    /// So many function bodies of the package.
    Bodies(PackageId, usize),
    /// The package as a whole.
    Package(PackageId),
}

/// When garbage of earlier edits has made the store so many times as large, all is checked once more.
const MAX_GROWTH: usize = 3;

impl Session {
    /// Checks the packages; function bodies where `wants_bodies` says so.
    pub fn new(loaded: Loaded, wants_bodies: impl Fn(PackageId) -> bool) -> Self {
        let packages = loaded.packages.ids().map(|_| CheckedPackage::empty());
        let known = Checked {
            packages: packages.collect(),
            ..Checked::default()
        };
        let wants_bodies = loaded.packages.ids().map(wants_bodies).collect();
        let follows = loaded.packages.ids().map(|_| true).collect();
        Self::start(loaded, known, follows, wants_bodies)
    }

    /// As [`Session::new`] for the packages of which more than the interface is wanted, and those that import
    /// them. The others are taken from the cache if it has them, and do not follow edits.
    pub fn with_cache(
        sources: &Sources,
        system: &dyn System,
        cache: Option<&Cache>,
        wants: impl Fn(PackageId) -> Wanted,
    ) -> Self {
        let packages = &sources.listing.packages;
        let wants: IndexVec<PackageId, Wanted> = packages.ids().map(wants).collect();
        let mut follows: IndexVec<PackageId, bool> = IndexVec::new();
        for (id, package) in packages.iter_enumerated() {
            let imports = package.imports.iter();
            let mut imports = imports.filter_map(|import| sources.listing.find(import));
            let leads = imports.any(|import| follows.get(import).copied().unwrap_or(false));
            follows.push(leads || wants[id] > Wanted::Interface);
        }
        let (mut loaded, checked) = check_some(sources, system, cache, |_, id| {
            (!follows[id]).then_some(Wanted::Interface)
        });
        let ids: Vec<PackageId> = packages.ids().filter(|id| follows[*id]).collect();
        sources.parse(&ids);
        for id in packages.ids() {
            // Without files a package is never found by an edit.
            loaded.packages[id].files = if follows[id] {
                sources.parsed(id)
            } else {
                Vec::new()
            };
        }
        let wants_bodies = wants.iter().map(|wanted| *wanted == Wanted::Bodies);
        Self::start(loaded, checked, follows, wants_bodies.collect())
    }

    fn start(
        loaded: Loaded,
        known: Checked,
        follows: IndexVec<PackageId, bool>,
        wants_bodies: Vec<bool>,
    ) -> Self {
        let mut session = Self {
            loaded,
            store: Store::default(),
            packages: IndexVec::new(),
            declared: IndexVec::new(),
            wants_bodies,
            known: known.freeze(),
            follows,
            n_types: 0,
        };
        session.check_all();
        session
    }

    /// The packages with their sources as they are now.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What is known now. Later edits do not change it.
    pub fn program(&mut self) -> Program {
        self.store.freeze();
        Program::new(self.store.view(), self.packages.clone())
    }

    /// Takes over a new text of a file and brings up to date whatever depends on it: the changed function
    /// bodies if nothing else has changed, else the packages that the file is in and those that import
    /// them. A path of no loaded file changes nothing.
    ///
    /// Imports of packages that were not loaded are problems: such an edit asks for loading anew.
    pub fn edit(&mut self, path: &Path, text: &[u8]) -> Vec<Rechecked> {
        let places: Vec<(PackageId, usize)> = (self.loaded.packages.iter_enumerated())
            .flat_map(|(id, sources)| {
                let numbers = sources.files.iter().enumerate();
                numbers
                    .filter(|(_, file)| file.path == path)
                    .map(move |(number, _)| (id, number))
            })
            .collect();
        let Some(&(first, number)) = places.first() else {
            return Vec::new();
        };
        let old = Arc::clone(&self.loaded.packages[first].files[number]);
        let new = Arc::new(SourceFile::parse(path, Ok(text)));
        for &(id, number) in &places {
            self.loaded.packages[id].files[number] = Arc::clone(&new);
        }
        if let Some(edit) = BodyEdit::between(&old.file, &new.file) {
            return with_stack(|| self.recheck_bodies(&places, &edit));
        }
        let mut changed = vec![false; self.packages.len()];
        for (id, _) in places {
            changed[base::Idx::index(id)] = true;
        }
        with_stack(|| self.recheck_packages(changed))
    }

    fn recheck_bodies(&mut self, places: &[(PackageId, usize)], edit: &BodyEdit) -> Vec<Rechecked> {
        let mut rechecked = Vec::new();
        for &(id, number) in places {
            let sources = &self.loaded.packages[id];
            let files: Vec<&File> = sources.files.iter().map(|source| &source.file).collect();
            let pkg = self.packages[id].pkg;
            if let Some(&file) = self.store.packages[pkg].files.get(number) {
                self.store.move_positions(file, edit);
                self.store.files[file].lines = files[number].lines.clone();
            }
            let declared = &mut self.declared[id];
            // The facts are shared only if a program was asked for.
            let package = &mut self.packages[id];
            declared.info = match Arc::get_mut(package) {
                Some(package) => std::mem::take(&mut package.info),
                None => package.info.clone(),
            };
            declared.recheck(&mut self.store, &files, number, edit);
            let problems = declared.conclude(&mut self.store, &files);
            *package = Arc::new(CheckedPackage {
                from_cache: false,
                pkg,
                info: std::mem::take(&mut declared.info),
                problems,
            });
            rechecked.push(Rechecked::Bodies(id, edit.n_changed()));
        }
        rechecked
    }

    fn recheck_packages(&mut self, changed: Vec<bool>) -> Vec<Rechecked> {
        if self.store.type_count() > MAX_GROWTH * self.n_types {
            self.check_all();
            return self.packages.ids().map(Rechecked::Package).collect();
        }
        let mut changed = changed;
        let mut rechecked = Vec::new();
        for id in self.loaded.packages.ids() {
            let index = base::Idx::index(id);
            changed[index] |= self
                .imports(id)
                .any(|import| changed[base::Idx::index(import)]);
            if changed[index] {
                self.check(id);
                rechecked.push(Rechecked::Package(id));
            }
        }
        rechecked
    }

    /// Packages that the files of this one import, as far as they are loaded.
    fn imports(&self, id: PackageId) -> impl Iterator<Item = PackageId> {
        let files = self.loaded.packages[id].files.iter();
        files.flat_map(move |source| {
            let specs = source.file.imports.iter();
            specs.filter_map(move |spec| self.loaded.resolve(id, &source.file.import_path(*spec)?))
        })
    }

    fn check_all(&mut self) {
        (self.store, self.packages) = self.known.thaw();
        let ids = self.loaded.packages.ids();
        self.declared = ids.map(|_| Declared::default()).collect();
        let ids = self.loaded.packages.ids();
        let followed: Vec<PackageId> = ids.filter(|id| self.follows[*id]).collect();
        with_stack(|| self.check_followed(&followed));
        self.n_types = self.store.type_count();
    }

    fn check_followed(&mut self, ids: &[PackageId]) {
        let mut waiting = Vec::new();
        for &id in ids {
            let packages = &self.packages;
            let pkg_of = |id: PackageId| Some(packages.get(id)?.pkg);
            if !self.wants_bodies[base::Idx::index(id)] {
                self.check(id);
                continue;
            }
            let declared = declare_package(
                &mut self.store,
                &self.loaded,
                id,
                &self.loaded.packages[id],
                &pkg_of,
            );
            self.packages[id] = Arc::new(CheckedPackage::interface(declared.pkg));
            waiting.push((id, declared));
        }
        for (id, declared, checked) in check_bodies(&mut self.store, &self.loaded, waiting) {
            self.declared[id] = declared;
            self.packages[id] = Arc::new(checked);
        }
    }

    fn check(&mut self, id: PackageId) {
        let packages = &self.packages;
        let pkg_of = |id: PackageId| Some(packages.get(id)?.pkg);
        let bodies = self.wants_bodies[base::Idx::index(id)];
        let (declared, checked) = check_package(
            &mut self.store,
            &self.loaded,
            id,
            &self.loaded.packages[id],
            bodies,
            &pkg_of,
        );
        self.declared[id] = declared;
        self.packages[id] = Arc::new(checked);
    }
}

#[cfg(test)]
mod tests {
    use go_types::{Def, ObjId};

    use super::*;
    use crate::testing::load;

    const OTHER: &str = "package a\n\nimport \"fmt\"\n\nvar X = f()\n\nfunc (t *T) Get() int { return t.n + Y }\n\nfunc g() { fmt.Println(X) }\n";

    /// All that is known of the package: facts by node, problems, order of initialisation.
    fn facts(loaded: &Loaded, program: &Program, id: PackageId) -> Vec<String> {
        let store = program.store();
        let package = program.package(id);
        let name = |obj: ObjId| {
            let place = store.position(store.obj(obj).pos);
            format!("{} {place:?}", store.name(obj))
        };
        let mut out = Vec::new();
        for (number, source) in loaded.packages[id].files.iter().enumerate() {
            let info = package.file(number).unwrap();
            let ast = &source.file.ast;
            for decl in &source.file.decls {
                ast.walk(*decl, |node| {
                    let mut line = format!("{} {:?}", source.name, ast.range(node));
                    line += &format!(
                        " {:?}",
                        info.scope(node).map(|scope| store.scopes[scope].range)
                    );
                    line += &format!(" {:?}", info.implicit(node).map(name));
                    if let go_syntax::Node::Expr(expr) = node {
                        if let Some(known) = info.type_of(expr) {
                            let value = known.value.map(|value| store.value(value));
                            line += &format!(
                                " {:?} {} {value:?}",
                                known.mode,
                                store.type_string(known.typ)
                            );
                        }
                        if let Some(Def::Object(obj)) = info.def(expr) {
                            line += &format!(" def {}", name(obj));
                        }
                        line += &format!(" {:?}", info.use_of(expr).map(name));
                        line += &format!(
                            " {:?}",
                            info.selection(expr).map(|s| (name(s.obj), &s.index))
                        );
                    }
                    out.push(line);
                    true
                });
            }
        }
        for init in &package.info.init_order {
            let lhs: Vec<String> = init.lhs.iter().map(|obj| name(*obj)).collect();
            out.push(format!("init {} {:?} {lhs:?}", init.file, init.rhs));
        }
        for problem in &package.problems {
            let at = store.position(problem.pos);
            out.push(format!("{at:?} {:?} {}", problem.code, problem.message));
        }
        out
    }

    fn session(text: &str) -> Session {
        let fmt = (
            "fmt",
            &[][..],
            &[("fmt.go", "package fmt; func Println(a ...any) {}")][..],
        );
        let a = ("a", &["fmt"][..], &[("a.go", text), ("o.go", OTHER)][..]);
        let b_text = "package b; import \"a\"; func F(t *a.T) int { return t.Get() }";
        let b = ("b", &["a"][..], &[("b.go", b_text)][..]);
        Session::new(load(&[fmt, a, b]), |_| true)
    }

    /// Edits `a.go` from one text to the next, and after each compares with a fresh check.
    fn check(texts: &[&str]) -> Vec<Vec<String>> {
        let mut session = session(texts[0]);
        let mut what = Vec::new();
        for text in &texts[1..] {
            let rechecked = session.edit("/m/a/a.go".as_ref(), text.as_bytes());
            let mut fresh = self::session(text);
            let name = |id: PackageId| &session.loaded.listing.packages[id].import_path;
            what.push(
                rechecked
                    .iter()
                    .map(|one| match one {
                        Rechecked::Bodies(id, n) => format!("{} {n}", name(*id)),
                        Rechecked::Package(id) => name(*id).clone(),
                    })
                    .collect(),
            );
            let (edited, new) = (session.program(), fresh.program());
            for id in session.loaded.packages.ids() {
                assert_eq!(
                    facts(&session.loaded, &edited, id),
                    facts(&fresh.loaded, &new, id),
                    "{text}"
                );
            }
        }
        what
    }

    #[test]
    fn an_edit_in_bodies_checks_them_alone() {
        let text = |f: &str, g: &str| {
            format!(
                "package a\n\nimport \"fmt\"\n\ntype T struct {{ n int }}\n\nvar Y, Z = 1, h()\n\nfunc f() int {{{f}}}\n\nfunc h() (n int) {{{g}}}\n\nvar after = func() {{ fmt.Println(Z) }}\n\nfunc last(t *T) {{ for i := range t.n {{ fmt.Println(i, t.Get()) }} }}\n"
            )
        };
        let texts = [
            text(" return 1 ", " return Y "),
            text(" x := Y; return x + 2.5e0 ", " return Y "),
            text(" if true { return Z }; x := Z; return x ", " return Y "),
            text(" fmt.Println(\"f\"); return Z ", " return 0 "),
            text(
                " type L struct { T }; l := L{T{1}}; return l.Get() + l.n ",
                " unused := 1; return undefined ",
            ),
            text(" return 1 ", " return X "),
            text(
                " return func() int { for { g() } }() ",
                " if n == 0 { goto end }; end: return ",
            ),
            text(
                " const c = iota; var t T; switch v := any(t).(type) { case T: _ = v.n; case int: return v }; return c ",
                "",
            ),
            text(" return 1 ", " return Y "),
        ];
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let what = check(&texts);
        let expected = ["a 1", "a 1", "a 2", "a 2", "a 2", "a 2", "a 2", "a 2"];
        assert_eq!(what, expected.map(|one| vec![one.to_owned()]));
    }

    #[test]
    fn other_edits_check_the_package_and_who_imports_it() {
        let texts = [
            "package a\ntype T struct { n int }\nvar Y = 1\nfunc f() int { return 1 }\n",
            "package a\ntype T struct { n int8 }\nvar Y = 1\nfunc f() int { return 1 }\n",
            "package a\ntype T struct { n int8 }\nvar Y = 1\n// f is f.\nfunc f() int { return 1 }\n",
            "package a\ntype T struct { n int }\nvar Y = 1\n// f is f.\nfunc f() int { return 2 }\n",
            "package a\ntype T struct { n int }\nvar Y = 1\n// f is f.\nfunc f() int { return { }\n",
            "package a\ntype T struct { n int }\nvar Y = 1\n// f is f.\nfunc f() int { if { }\n",
            "",
            "package a\ntype T struct { n int }\nvar Y = 1\nfunc f() int { return 1 }\n",
        ];
        let what: Vec<String> = check(&texts).iter().map(|one| one.join(" ")).collect();
        assert_eq!(what, ["a b", "a b", "a b", "a 1", "a 1", "a b", "a b"]);
    }

    #[test]
    fn a_program_taken_before_an_edit_stays_as_it_is() {
        let text = "package a\ntype T struct { n int }\nvar Y = 1\nfunc f() int { return 1 }\nfunc last() {}\n";
        let mut session = session(text);
        let id = session.loaded.listing.find("a").unwrap();
        let loaded = session.loaded.clone();
        let program = session.program();
        let before = facts(&loaded, &program, id);
        session.edit(
            "/m/a/a.go".as_ref(),
            text.replace("1 }", "undefined\n}").as_bytes(),
        );
        assert_eq!(facts(&loaded, &program, id), before);
        assert_eq!(session.program().package(id).problems.len(), 1);
        assert_eq!(session.edit("/m/a/none.go".as_ref(), b""), []);
    }
}
