//! Function names as the compiler, the linker and people spell them.

/// A function's name without type arguments and the `-fm` of method values, so that all instances are one function.
/// Closures stay apart: they have lines of their own.
///
/// ```
/// assert_eq!(lint::fold_name("(*Map[go.shape.[]int,a/b.T]).Load"), "(*Map).Load");
/// assert_eq!(lint::fold_name("(*T).M-fm"), "(*T).M");
/// ```
pub fn fold_name(name: &str) -> String {
    gc::without_type_arguments(name.strip_suffix("-fm").unwrap_or(name)).into_owned()
}
