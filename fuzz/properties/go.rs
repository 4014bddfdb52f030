//! Go source.

use go_syntax::testing::{misplaced, shape};
use go_syntax::{Lexer, Token};
use go_types::summary::{Links, Summary};
use go_types::{Input, Sizes, SourceFile, Store, check_package};

/// Tokens follow one another, and what lies between them is blank or a comment.
pub(crate) fn go_lex(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lexer = Lexer::new(&text);
    let mut covered = Vec::new();
    loop {
        let lexeme = lexer.next();
        let range = lexeme.range;
        assert!(
            range.start <= range.end && range.end as usize <= text.len(),
            "a token outside the text"
        );
        covered.push((range.start as usize, range.end as usize));
        if lexeme.token == Token::Eof {
            break;
        }
        assert!(covered.len() <= 2 * text.len() + 2, "tokens without end");
    }
    assert!(
        covered.windows(2).all(|pair| pair[0].1 <= pair[1].0),
        "tokens overlap"
    );
    let comments = lexer.comments.iter().map(|comment| comment.range);
    covered.extend(comments.map(|range| (range.start as usize, range.end as usize)));
    covered.sort_unstable();
    let mut at = 0;
    for (start, end) in covered {
        let gap = &text[at.min(start)..start];
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{feff}');
        assert!(gap.chars().all(is_blank), "text in no token: {gap:?}");
        at = at.max(end);
    }
}

/// Nodes lie in their parents; a file without problems prints as one with the same tree, which prints as
/// itself.
pub(crate) fn go_parse(data: &[u8]) {
    let (file, problems) = go_syntax::parse(data);
    assert_eq!(misplaced(&file, !problems.is_empty()), None);
    if !problems.is_empty() {
        return;
    }
    let printed = go_syntax::print_file(&file);
    let (again, problems) = go_syntax::parse(printed.as_bytes());
    assert!(problems.is_empty(), "{problems:?} in what was printed");
    assert_eq!(shape(&again), shape(&file), "the tree changes");
    assert_eq!(go_syntax::print_file(&again), printed, "printed twice");
}

/// A package of one file without imports is checked; problems stand in the file, and what is known of
/// expressions can be told.
pub(crate) fn go_check(data: &[u8]) {
    let (file, _) = go_syntax::parse(data);
    let mut store = Store::default();
    let name = store.names.intern(file.package_name().as_str());
    let pkg = store.new_package("p", name, 27);
    let id = store.files.push(SourceFile {
        base_name: "p.go".into(),
        lines: file.lines.clone(),
        pkg,
        go_version: 27,
    });
    store.packages[pkg].files.push(id);
    let imports = rustc_hash::FxHashMap::default();
    let input = Input {
        files: &[&file],
        imports: &imports,
        sizes: Sizes::AMD64,
        ignore_func_bodies: false,
    };
    let (info, problems) = check_package(&mut store, pkg, &input);
    for problem in problems {
        let at = problem.pos.offset as usize;
        assert!(at <= file.src.len(), "a problem outside the file");
    }
    for id in (0..file.ast.n_exprs()).map(base::Idx::from_index) {
        if let Some(typed) = info.files[0].type_of(id) {
            let _ = std::hint::black_box(store.type_string(typed.typ));
            let _ = std::hint::black_box(Sizes::of_arch("386").size(&mut store, typed.typ));
        }
    }
}

/// Two packages, the second importing the first: what can be read can be written, and that is read and written
/// again to the same bytes.
pub(crate) fn go_summary(data: &[u8]) {
    let mut packages: Vec<Summary> = Vec::new();
    let mut rest = data;
    for _ in 0..2 {
        let mut part = || {
            let (len, after) = rest.split_first_chunk()?;
            let (part, after) = after.split_at_checked(u16::from_le_bytes(*len).into())?;
            rest = after;
            Some(part.to_vec())
        };
        let (Some(shape), Some(places)) = (part(), part()) else {
            return;
        };
        packages.push(Summary { shape, places });
        let Some(written) = read_and_write(&packages) else {
            return;
        };
        packages.pop();
        packages.push(written.clone());
        let again = read_and_write(&packages);
        assert!(again == Some(written), "other bytes the second time");
    }
}

/// Reads the packages, each importing those before, and writes the last.
fn read_and_write(packages: &[Summary]) -> Option<Summary> {
    let mut store = Store::default();
    let mut links = Links::default();
    let mut before = links.clone();
    let mut imports = Vec::new();
    for package in packages {
        before = links.clone();
        let parts = [&package.shape[..], &package.places];
        imports.push(links.read(&mut store, parts, &imports).ok()?);
    }
    let pkg = *imports.last()?;
    let scope = store.packages[pkg].scope;
    for (_, obj) in store.scopes[scope].elems().to_vec() {
        if store.obj(obj).is_type_name() {
            std::hint::black_box(store.method_set(store.obj_type(obj)));
        }
    }
    before.write(&mut store, pkg).ok()
}
