//! Functions of the standard library that depend on the order of fields.

use crate::obstacle::Reason;
use crate::source::reach::Reach;

use super::Sink;

/// What a function or method of a package does with its arguments that can be of any type; `None` if their fields do not
/// matter to it.
pub(in crate::source) fn of_func(package: &str, name: &str) -> Option<Sink> {
    let has_prefix = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match package {
        "encoding/binary" => Some(encoded("encoding/binary")),
        "encoding/asn1" => Some(encoded("encoding/asn1")),
        "encoding/json" | "encoding/json/v2" => {
            has_prefix(&["Marshal", "Encode"]).then(|| in_order("encoding/json"))
        }
        "encoding/xml" => has_prefix(&["Marshal", "Encode"]).then(|| in_order("encoding/xml")),
        "encoding/gob" => has_prefix(&["Encode"]).then(|| in_order("encoding/gob")),
        "net/rpc" => matches!(name, "Call" | "Go").then(|| in_order("net/rpc")),
        "text/template" => has_prefix(&["Execute"]).then(|| in_order("text/template")),
        "html/template" => has_prefix(&["Execute"]).then(|| in_order("html/template")),
        "fmt" => (!name.contains("can")).then(|| printed("fmt")),
        "log" => has_prefix(&["Print", "Fatal", "Panic"]).then(|| printed("log")),
        "log/slog" => Some(printed("log/slog")),
        "go/ast" => has_prefix(&["Print", "Fprint"]).then(|| printed("go/ast")),
        "reflect" => of_reflect(name),
        _ => None,
    }
}

/// Whether the functions of a package, of another module, compare or print values for tests alone: what they print shows
/// where a test fails.
pub(super) fn only_compares(import_path: &str) -> bool {
    const MODULES: [&str; 10] = [
        "github.com/stretchr/testify",
        "github.com/google/go-cmp",
        "github.com/onsi/gomega",
        "github.com/frankban/quicktest",
        "github.com/go-quicktest/qt",
        "github.com/golang/mock",
        "go.uber.org/mock",
        "gotest.tools",
        "gopkg.in/check.v1",
        "github.com/davecgh/go-spew",
    ];
    MODULES.iter().any(|module| {
        (import_path.strip_prefix(module))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What a function of package reflect or a method of one of its types does with the value or type it is about.
fn of_reflect(name: &str) -> Option<Sink> {
    match name {
        "Field" | "FieldByIndex" | "FieldByIndexErr" | "Fields" | "VisibleFields" => Some(Sink {
            reason: Reason::Reflect,
            reach: Reach::DEEP,
        }),
        "Size" | "Align" | "FieldAlign" => Some(Sink {
            reason: Reason::Sizeof,
            reach: Reach::VALUE,
        }),
        "UnsafeAddr" | "UnsafePointer" => Some(Sink {
            reason: Reason::Unsafe,
            reach: Reach::NEAR,
        }),
        _ => None,
    }
}

/// What a method of the standard library may be that is called through an interface of other code.
pub(super) fn of_interface_method(name: &str) -> Option<Sink> {
    match name {
        "Encode" | "EncodeElement" => Some(in_order("encoding/json")),
        "Execute" | "ExecuteTemplate" => Some(in_order("text/template")),
        "Debug" | "Info" | "Warn" | "Error" | "Log" => Some(printed("log/slog")),
        _ => {
            let prints = ["Print", "Fatal", "Panic"];
            (prints.iter().any(|prefix| name.starts_with(prefix))).then(|| printed("log"))
        }
    }
}

fn encoded(package: &'static str) -> Sink {
    Sink {
        reason: Reason::Encoded(package),
        reach: Reach::DEEP,
    }
}

pub(super) fn in_order(package: &'static str) -> Sink {
    Sink {
        reason: Reason::EncodedInOrder(package),
        reach: Reach::DEEP,
    }
}

fn printed(package: &'static str) -> Sink {
    Sink {
        reason: Reason::Printed(package),
        reach: Reach::PRINTED,
    }
}
