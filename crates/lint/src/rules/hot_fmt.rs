//! GP320: a formatting call.

use crate::causes::CallCause;
use crate::rule::{CallRule, Look, Rule};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP320",
    name: "hot-fmt",
    summary: "a formatting call below which much is allocated or computed",
    since: None,
    until: None,
    doc: include_str!("hot_fmt.md"),
    look: Look::Calls(&CallRule {
        matches,
        reduction: 0.7,
        counts_cpu: true,
        remedy,
        help,
    }),
};

fn matches(function: &str) -> bool {
    let (package, name) = profile::split_symbol(function);
    package == "fmt" || (package == "log" && !name.starts_with("New"))
}

fn help(_: &View, cause: &CallCause) -> Option<String> {
    remedy(&cause.function).map(str::to_owned)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a call rule may know no remedy; this one always does"
)]
fn remedy(function: &str) -> Option<&'static str> {
    let text = match function {
        "fmt.Errorf" => {
            "make the error a value of its own type that formats itself when it is printed, or a package variable \
             where callers only look at its kind"
        }
        "fmt.Sprint" | "fmt.Sprintf" | "fmt.Sprintln" => {
            "build the text with `strconv.Append…` and `append`, or by concatenation; do not build it where nobody reads it"
        }
        "fmt.Fprint" | "fmt.Fprintf" | "fmt.Fprintln" => {
            "write the pieces themselves: `io.WriteString`, `strconv.Append…` into a buffer that is kept"
        }
        "fmt.Sscan" | "fmt.Sscanf" | "fmt.Sscanln" | "fmt.Fscan" | "fmt.Fscanf" | "fmt.Fscanln" => {
            "cut the text with `strings.Cut` and `bufio.Scanner`, and parse it with `strconv`"
        }
        function if function.starts_with("log.") => {
            "log less on the hot path, or through a logger that takes typed values (`log/slog` with `LogAttrs`)"
        }
        _ => {
            "build the text with `strconv.Append…` and `append`, or do not build it where nobody reads it"
        }
    };
    Some(text)
}
