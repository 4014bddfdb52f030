//! How lines of the native engine are compared.

/// Our lines are the compiler's, in its order.
#[track_caller]
pub(crate) fn assert_lines(ours: &[String], compiler: &str) {
    let theirs: Vec<&str> = compiler.lines().collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
}
