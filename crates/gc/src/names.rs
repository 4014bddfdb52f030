//! Function names as the compiler prints them, and the source function they come from.

use std::borrow::Cow;

/// The declared function a name comes from: without type arguments, closures' and wrappers' suffixes and the
/// hashes of inlined copies. Closures fold into the function they stand in.
///
/// ```
/// assert_eq!(gc::fold_function_name("(*Map[go.shape.int]).Load.func1.2"), "(*Map).Load");
/// assert_eq!(gc::fold_function_name("(*Server).Serve-fm"), "(*Server).Serve");
/// assert_eq!(gc::fold_function_name("init.0.func1"), "init.0");
/// ```
pub fn fold_function_name(name: &str) -> Cow<'_, str> {
    let plain = without_hash(without_type_arguments(name));
    match &plain {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..declared_len(text)]),
        Cow::Owned(text) => Cow::Owned(text[..declared_len(text)].to_owned()),
    }
}

/// Whether a name is of a closure or of a wrapper the compiler made, rather than of a declared function.
pub fn is_closure_name(name: &str) -> bool {
    let plain = without_hash(without_type_arguments(name));
    declared_len(&plain) < plain.len()
}

/// A name without `[...]` and what is in it, which may hold brackets again. Closures stay apart.
///
/// ```
/// assert_eq!(gc::without_type_arguments("(*Map[go.shape.[]int]).Load.func1"), "(*Map).Load.func1");
/// ```
pub fn without_type_arguments(name: &str) -> Cow<'_, str> {
    if !name.contains('[') {
        return Cow::Borrowed(name);
    }
    let mut depth = 0u32;
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    Cow::Owned(plain)
}

/// A closure in an inlined body has `#HASH#` after its number.
fn without_hash(name: Cow<'_, str>) -> Cow<'_, str> {
    let Some(start) = name.find('#') else {
        return name;
    };
    let end = name[start + 1..]
        .find('#')
        .map_or(name.len(), |end| start + end + 2);
    Cow::Owned(format!("{}{}", &name[..start], &name[end..]))
}

/// How much of a name without type arguments names what is declared.
fn declared_len(name: &str) -> usize {
    let name = name.strip_suffix("-fm").unwrap_or(name);
    let mut start = 0;
    let mut before = "";
    for component in name.split('.') {
        let end = start + component.len();
        let numbered_init = before.is_empty() || before == "init";
        let digits = !component.is_empty() && component.bytes().all(|byte| byte.is_ascii_digit());
        if start > 0 && (is_generated(component) || (digits && !numbered_init)) {
            return name[..start].trim_end_matches('.').len();
        }
        if let Some((outer, counter)) = component.split_once("-range")
            && counter.bytes().all(|byte| byte.is_ascii_digit())
        {
            return start + outer.len();
        }
        before = component;
        start = end + 1;
    }
    name.len()
}

/// `func1`, `gowrap2`, `deferwrap3`, with a range-over-func body's `-range1` behind perhaps.
fn is_generated(component: &str) -> bool {
    let component = component.split_once("-range").map_or(component, |(c, _)| c);
    ["func", "gowrap", "deferwrap"].iter().any(|prefix| {
        component.strip_prefix(prefix).is_some_and(|counter| {
            !counter.is_empty() && counter.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_closures_fold_into_their_function() {
        let cases = [
            ("add", "add"),
            ("slices.Sort", "slices.Sort"),
            ("slices.Sort[go.shape.[]int,go.shape.int]", "slices.Sort"),
            ("(*Map[go.shape.int,go.shape.*uint8]).Load", "(*Map).Load"),
            ("T[int].M[string].func1", "T.M"),
            ("f.func1", "f"),
            ("f.func12.3.4", "f"),
            ("f.func1.mkdirat.2", "f"),
            ("f.gowrap1", "f"),
            ("f.deferwrap2.1", "f"),
            ("f-range1", "f"),
            ("f.func1-range2", "f"),
            (
                "slices.AppendSeq[go.shape.[]int]-range1",
                "slices.AppendSeq",
            ),
            ("(*T).M-fm", "(*T).M"),
            ("f.func1#aGVsbG8=#", "f"),
            ("init", "init"),
            ("init.0", "init.0"),
            ("init.func3", "init"),
            ("init.0.func1", "init.0"),
            ("map.init.0", "map.init.0"),
            ("glob..func1", "glob"),
            ("funcs", "funcs"),
            ("x.func", "x.func"),
            ("func1", "func1"),
            ("rangefunc-range", "rangefunc"),
            ("OnceValue[go.shape.string].1", "OnceValue"),
            ("", ""),
        ];
        for (name, folded) in cases {
            assert_eq!(fold_function_name(name), folded, "{name}");
        }
    }

    #[test]
    fn closures_are_told_from_functions() {
        assert!(is_closure_name("f.func1"));
        assert!(is_closure_name("(*T[int]).M.deferwrap1"));
        assert!(!is_closure_name("(*T[int]).M"));
        assert!(!is_closure_name("init.0"));
    }
}
