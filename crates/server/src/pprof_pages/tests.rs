//! Requests to the site of a small profile.

use base::testing::MemorySystem;
use jiff::tz::TimeZone;
use pprof::Loaded;
use profile::{LabelSetId, Line, Profile};
use serde_json::{Value, json};

use super::PprofSite;
use crate::message::{Accept, Request, Response};
use crate::serve::Site;

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

/// Functions by name with their stacks, outermost first, and CPU time in milliseconds.
fn profile(stacks: &[(&[&str], i64)]) -> Profile {
    let mut profile = Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
    for (stack, milliseconds) in stacks {
        let mut locations = Vec::new();
        for name in stack.iter().rev() {
            let id = profile.strings.intern(name.as_bytes());
            let file = profile.strings.intern(b"/src/main.go");
            let function = profile.add_function(id, file, 0);
            let line = Line {
                function,
                line: 3,
                column: 0,
            };
            locations.push(profile.add_location(0, None, &[line]));
        }
        let values = [milliseconds / 10, milliseconds * 1_000_000];
        profile.samples.push(&locations, &values, LabelSetId::EMPTY);
    }
    profile
}

/// The answer to a request of a profile's pages.
fn answer(request: &Request) -> Response {
    let loaded = Loaded::from(profile(&[
        (&["main.main", "main.work"], 300),
        (&["main.main"], 100),
        (&["main.main", HOSTILE], 50),
    ]));
    let system = MemorySystem::default().with_env("HOME", "/home/x");
    let extra = json!({ "site": "pprof" });
    PprofSite::of_work(
        loaded,
        Vec::new(),
        &system,
        TimeZone::UTC,
        extra,
        "token".to_owned(),
    )
    .answer(request)
}

fn get(address: &str) -> Response {
    answer(&Request::get(address))
}

fn json_of(address: &str) -> Value {
    let request = Request {
        accept: Accept::Json,
        ..Request::get(address)
    };
    serde_json::from_slice(&answer(&request).body).unwrap()
}

#[test]
fn addresses_are_those_of_pprof() {
    let cases = [
        ("/", 307, "/ui/"),
        ("/nosuch?f=x", 307, "/ui/?f=x"),
        ("/ui/?si=cpu", 301, "/ui/flamegraph?si=cpu"),
        ("/ui/flamegraph2", 301, "/ui/flamegraph"),
        ("/ui/flamegraph", 200, ""),
        ("/ui/top", 200, ""),
        ("/ui/graph", 200, ""),
        ("/ui/peek?f=work", 200, ""),
        ("/ui/download", 200, ""),
        ("/ui/export", 200, ""),
        ("/ui/nosuch", 404, ""),
        ("/ui/assets/nosuch", 404, ""),
        ("/ui/top?f=(", 400, ""),
        ("/ui/top?si=bogus", 400, ""),
        ("/ui/top?n=abc", 400, ""),
        ("/ui/top?g=bogus", 400, ""),
        ("/ui/peek?f=nosuch", 400, ""),
        ("/ui/saveconfig?config=x", 405, ""),
    ];
    for (address, status, location) in cases {
        let response = get(address);
        let found = response.headers.iter().find(|it| it.0 == "Location");
        let found = found.map_or("", |it| it.1.as_str());
        assert_eq!((response.status, found), (status, location), "{address}");
    }
}

#[test]
fn a_report_is_the_same_as_page_json_and_text() {
    let data = &json_of("/ui/top")["data"];
    let row = &data["rows"][0];
    assert_eq!(row["name"], "main.work");
    assert_eq!(row["flat"], json!([300_000_000, "300ms", "66.67%"]));
    let request = Request {
        accept: Accept::Text,
        ..Request::get("/ui/top")
    };
    let text = String::from_utf8(answer(&request).body.into_owned()).unwrap();
    assert!(
        text.contains("300ms 66.67% 66.67%      300ms 66.67%  main.work"),
        "{text}"
    );
    // What the address asks for is what is shown.
    let focused = json_of("/ui/top?f=work&n=1&si=samples");
    assert_eq!(focused["data"]["rows"].as_array().unwrap().len(), 1);
    assert_eq!(focused["data"]["rows"][0]["flat"][0], 30);
    assert_eq!(
        focused["parameters"],
        json!({ "f": "work", "n": "1", "si": "samples" })
    );
}

#[test]
fn a_flame_graph_is_columns() {
    let data = &json_of("/ui/flamegraph")["data"];
    assert_eq!(data["by"], 50_000_000);
    let names: Vec<&str> = data["names"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(names, ["root", "main.main", "main.work", HOSTILE]);
    assert_eq!(data["files"][1], "/src/main.go");
    // Heaviest callees first.
    assert_eq!(data["n"], json!([0, 2, 4, 6]));
    assert_eq!(data["d"], json!([0, 0, 0, 1]));
    assert_eq!(data["v"], json!([9, 9, 6, 1]));
    assert_eq!(data["s"], json!([0, 2, 6, 1]));
}

#[test]
fn no_page_holds_markup_of_a_name() {
    for address in [
        "/ui/flamegraph",
        "/ui/top",
        "/ui/graph",
        "/ui/peek?f=.",
        "/ui/export",
        "/ui/peek?f=%3Cscript%3E",
    ] {
        let response = get(address);
        let html = String::from_utf8(response.body.into_owned()).unwrap();
        assert!(
            !html.contains("<script>alert") && !html.contains("<img"),
            "{address}"
        );
        assert_eq!(
            html.matches("</script>").count(),
            html.matches("<script").count(),
            "{address}"
        );
    }
}

#[test]
fn an_exported_file_loads_nothing() {
    let html = String::from_utf8(get("/ui/export").body.into_owned()).unwrap();
    assert!(html.contains("default-src 'none'"));
    // What follows the data is the bundle.
    let markup = html.split("<style>").next().unwrap();
    assert!(!markup.contains(" src=") && !markup.contains("href=\"/"));
    assert!(html.len() < (400 << 10), "{} bytes", html.len());
}
