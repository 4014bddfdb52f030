//! How a benchmark counts its operations: `for range b.N` or `for b.Loop()`.
//!
//! The two measure differently (setup, inlining, what the compiler may remove), so a change from one to
//! the other is no change of the code under test.

/// What drives a benchmark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoopStyle {
    N,
    Loop,
}

impl LoopStyle {
    pub fn name(self) -> &'static str {
        match self {
            Self::N => "b.N",
            Self::Loop => "b.Loop",
        }
    }
}

/// The style of a benchmark (`Sort/n=10`: its function's) in gofmt'ed sources; `None` where its
/// function is not found or leaves it to others.
pub fn loop_style(sources: &[String], benchmark: &str) -> Option<LoopStyle> {
    let function = benchmark.split('/').next().unwrap_or(benchmark);
    let start = format!("func Benchmark{function}(");
    let body = sources.iter().find_map(|source| {
        let at = source.find(&start)?;
        let body = &source[at..];
        Some(body.find("\n}").map_or(body, |end| &body[..end]))
    })?;
    let counts = |body: &str| {
        body.match_indices(".N")
            .any(|(at, _)| !body[at + 2..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    if body.contains(".Loop()") {
        Some(LoopStyle::Loop)
    } else {
        counts(body).then_some(LoopStyle::N)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_counts_by_n_or_by_loop() {
        let source = "package p\n\nfunc BenchmarkA(b *testing.B) {\n\tfor range b.N {\n\t}\n}\n\n\
            func BenchmarkB(b *testing.B) {\n\tb.Run(\"x\", func(b *testing.B) {\n\t\tfor b.Loop() {\n\t\t}\n\t})\n}\n\n\
            func BenchmarkC(b *testing.B) {\n\thelper(b, t.Name)\n}\n";
        let sources = ["package p\n".to_owned(), source.to_owned()];
        for (benchmark, want) in [
            ("A", Some(LoopStyle::N)),
            ("B/x", Some(LoopStyle::Loop)),
            ("C", None),
            ("D", None),
        ] {
            assert_eq!(loop_style(&sources, benchmark), want, "{benchmark}");
        }
    }
}
