//! Function names as the compiler, the linker and people spell them.

/// A function's name without type arguments: `Map[go.shape.int].Load` is `Map.Load`. The `-fm` of
/// method values goes too.
///
/// ```
/// assert_eq!(lint::fold_name("(*Map[go.shape.[]int,a/b.T]).Load"), "(*Map).Load");
/// assert_eq!(lint::fold_name("(*T).M-fm"), "(*T).M");
/// ```
pub fn fold_name(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut depth = 0_u32;
    for c in name.strip_suffix("-fm").unwrap_or(name).chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => folded.push(c),
            _ => {}
        }
    }
    folded
}
