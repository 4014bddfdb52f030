//! Room for recursion that follows the shape of its input.

/// Runs `work` on a stack of this many bytes, which are reserved and not used until they are needed.
/// `None` if there is no thread to be had. A panic in it is one here.
///
/// ```
/// fn depth(n: u32) -> u32 {
///     if n == 0 { 0 } else { 1 + std::hint::black_box(depth(n - 1)) }
/// }
/// assert_eq!(base::on_stack(256 << 20, || depth(500_000)), Some(500_000));
/// ```
pub fn on_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes);
        match thread.spawn_scoped(scope, work).ok()?.join() {
            Ok(value) => Some(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
