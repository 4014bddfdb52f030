//! Goroutines of libraries that tests use and cannot stop, which are not leaks of a test.

/// A goroutine that a library starts and has no function to end.
struct Framework {
    /// The function the goroutine began in, or the one with its `go` statement.
    function: &'static str,
    /// Why it stays.
    reason: &'static str,
}

const fn row(function: &'static str, reason: &'static str) -> Framework {
    Framework { function, reason }
}

/// Why a goroutine stays, by the function it began in and its creator; `None` if it is not a
/// library's.
pub(super) fn reason(entry: Option<&str>, creator: Option<&str>) -> Option<&'static str> {
    FRAMEWORKS
        .iter()
        .find(|it| entry == Some(it.function) || creator == Some(it.function))
        .map(|it| it.reason)
}

static FRAMEWORKS: &[Framework] = &[
    row(
        "github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts",
        "Ginkgo waits for Ctrl-C as long as the process lives",
    ),
    row(
        "github.com/onsi/ginkgo/internal/specrunner.(*SpecRunner).registerForInterrupts",
        "Ginkgo 1 waits for Ctrl-C as long as the process lives",
    ),
    row(
        "github.com/onsi/ginkgo/v2/internal/output_interceptor.(*genericOutputInterceptor).ResumeIntercepting",
        "Ginkgo copies the output of the process",
    ),
    row(
        "github.com/rcrowley/go-metrics.(*meterArbiter).tick",
        "one clock for all meters, started with the first",
    ),
    row(
        "go.opencensus.io/stats/view.(*worker).start",
        "the worker is started by the import",
    ),
    row(
        "github.com/golang/glog.(*fileSink).flushDaemon",
        "started by the import",
    ),
    row(
        "github.com/golang/glog.(*loggingT).flushDaemon",
        "started by the import",
    ),
    row(
        "k8s.io/klog/v2.(*flushDaemon).run.func1",
        "started by the import",
    ),
    row(
        "k8s.io/klog.(*loggingT).flushDaemon",
        "started by the import",
    ),
    row(
        "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun",
        "`Logger.Close` does not end it (natefinch/lumberjack issue 56)",
    ),
    row(
        "github.com/desertbit/timer.timerRoutine",
        "started by the import",
    ),
    row(
        "github.com/cihub/seelog.(*asyncLoopLogger).processQueue",
        "the default logger is started by the import",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_is_found_by_its_function_or_its_go_statement() {
        let ginkgo = FRAMEWORKS[0].function;
        let literal = format!("{ginkgo}.func2");
        assert!(reason(Some(&literal), Some(ginkgo)).is_some());
        assert!(reason(Some("github.com/golang/glog.(*fileSink).flushDaemon"), None).is_some());
        assert!(reason(Some("main.work"), Some("main.main")).is_none());
    }

    #[test]
    fn every_entry_has_a_reason_and_is_listed_once() {
        for (idx, it) in FRAMEWORKS.iter().enumerate() {
            assert!(!it.reason.is_empty());
            let again = FRAMEWORKS[..idx]
                .iter()
                .any(|other| other.function == it.function);
            assert!(!again, "{}", it.function);
        }
    }
}
