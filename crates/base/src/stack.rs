//! Room for recursion that follows the shape of its input.

/// Runs `work` on a stack of this many bytes, which are reserved and not used until they are needed.
/// `None` if no thread can be started. A panic of `work` is passed on.
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

/// Runs `work` on up to `threads` new threads at once, each with such a stack: results of those that could
/// be started.
///
/// ```
/// let results = base::on_stacks(3, 1 << 20, || std::thread::current().id());
/// assert_eq!(results.len(), 3);
/// assert_ne!(results[0], results[1]);
/// ```
pub fn on_stacks<T: Send>(threads: usize, bytes: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    let work = &work;
    std::thread::scope(|scope| {
        let spawn = |_| {
            let thread = std::thread::Builder::new().stack_size(bytes);
            thread.spawn_scoped(scope, work).ok()
        };
        let started: Vec<_> = (0..threads).map_while(spawn).collect();
        let joined = started.into_iter().map(|thread| match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}
