//! What a session knows after edits of function bodies, and what a fresh check finds: the same records.
//!
//! Bodies of packages of the standard library are edited at random, up to five upon each other: lines are
//! deleted, doubled and swapped, names exchanged, statements and stray brackets put in. Half of the edits leave code
//! that is wrong.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use go_load::{Loaded, Rechecked, Session};
use go_syntax::{DeclKind, Token};
use go_tool::PackageId;

use crate::repo::Repo;
use crate::typesdump::{self, Facts, Flags};

pub(super) const NAME: &str = "go-recheck";

const PACKAGES: &[&str] = &[
    "net/http",
    "go/types",
    "encoding/json",
    "slices",
    "text/template",
    "sync/atomic",
];
const EDITS: usize = 40;

/// Whether an edit was found after which the records differ.
pub(super) fn run(repo: &Repo) -> anyhow::Result<bool> {
    let go = crate::toolchain::find(repo, crate::toolchain::PINNED)?;
    let mut differs = false;
    for package in PACKAGES {
        let mut flags = Flags::parse(&[(*package).to_owned()])?;
        flags.go = Some(go.clone());
        let loaded = typesdump::load(&flags, repo, go_load::load)?;
        let target = loaded.listing.roots[0];
        let pristine = loaded.clone();
        let mut session = Session::new(loaded, |id| id == target);
        let mut touched = BTreeSet::new();
        let mut random = Random(package.len() as u64);
        let (mut n_bodies, mut n_wrong) = (0, 0);
        for number in 0..EDITS {
            if number % 5 == 0 {
                restore(
                    &mut session,
                    &pristine,
                    target,
                    &std::mem::take(&mut touched),
                );
            }
            let (path, text) = edit(session.loaded(), target, &mut random);
            touched.insert(path.clone());
            let rechecked = session.edit(&path, text.as_bytes());
            n_bodies += usize::from(matches!(rechecked[..], [Rechecked::Bodies(_, 1)]));
            let (ours, n_problems) = records(&mut session, target, &flags);
            n_wrong += usize::from(n_problems > 0);
            let mut fresh = Session::new(session.loaded().clone(), |id| id == target);
            let (theirs, _) = records(&mut fresh, target, &flags);
            if let Some(line) = first_difference(&ours, &theirs) {
                differs = true;
                println!(
                    "{NAME}: {package}, edit {number} of {}: {line}",
                    path.display()
                );
                break;
            }
        }
        println!(
            "{NAME}: {package}: {EDITS} edits, {n_bodies} of them checked one body, {n_wrong} left problems"
        );
        if n_bodies == 0 {
            bail!("no edit of {package} was checked by itself");
        }
    }
    Ok(differs)
}

/// Undoes all edits.
fn restore(session: &mut Session, pristine: &Loaded, id: PackageId, touched: &BTreeSet<PathBuf>) {
    for file in &pristine.packages[id].files {
        if touched.contains(&file.path) {
            session.edit(&file.path, file.file.src.as_bytes());
        }
    }
}

/// All records of the package, and the number of its problems.
fn records(session: &mut Session, id: PackageId, flags: &Flags) -> (String, usize) {
    let program = session.program();
    let package = program.package(id);
    let facts = Facts {
        store: &mut program.view(),
        package,
    };
    let text = typesdump::package(session.loaded(), Some(facts), id, flags);
    (text, package.problems.len())
}

fn first_difference(ours: &str, theirs: &str) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    loop {
        let (our, their) = (ours.next(), theirs.next());
        if our != their {
            return Some(format!(
                "\n  after edit  {}\n  fresh check {}",
                our.unwrap_or_default(),
                their.unwrap_or_default()
            ));
        }
    }
}

/// A file, and its text with a change in one function body.
fn edit(loaded: &Loaded, id: PackageId, random: &mut Random) -> (PathBuf, String) {
    let files = &loaded.packages[id].files;
    loop {
        let file = &files[random.below(files.len())];
        let ast = &file.file.ast;
        let bodies: Vec<_> = (file.file.decls.iter())
            .filter_map(|decl| match ast.decl(*decl).kind {
                DeclKind::Func(func) => Some(ast.range(func.body?)),
                _ => None,
            })
            .collect();
        if bodies.is_empty() {
            continue;
        }
        let body = bodies[random.below(bodies.len())];
        let text = file.file.text(body);
        if let Some(inner) = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        {
            let src = &file.file.src;
            let (before, after) = (&src[..=body.start as usize], &src[body.end as usize - 1..]);
            let changed = format!("{before}{}{after}", change(inner, random));
            return (file.path.clone(), changed);
        }
    }
}

fn change(body: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = body.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push(String::new());
    }
    let at = random.below(lines.len());
    match random.below(8) {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
        }
        3 => {
            let (old, new) = (name_of(body, random), name_of(body, random));
            lines[at] = lines[at].replace(&old, &new);
        }
        4 => lines[at].push_str("; local := 1 + 2.0; _ = local"),
        5 => lines[at]
            .push_str("; func() (n int) { type T[P any] struct { p P }; return T[int]{n}.p }()"),
        6 => lines[at].push_str([" }", " {", " )", "\"", " x.y"][random.below(5)]),
        _ => {
            let old = name_of(body, random);
            return body.replace(&old, "renamed");
        }
    }
    lines.join("\n")
}

/// One of the identifiers.
fn name_of(text: &str, random: &mut Random) -> String {
    let is_name = |word: &&str| {
        let first = word.chars().next();
        first.is_some_and(char::is_alphabetic) && Token::keyword(word.as_bytes()).is_none()
    };
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let names: Vec<&str> = words.filter(is_name).collect();
    match names.len() {
        0 => "x".to_owned(),
        n => names[random.below(n)].to_owned(),
    }
}

/// Always the same sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}
