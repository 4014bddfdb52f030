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
    with_site(|site| site.answer(request))
}

/// Asks the pages of a profile.
fn with_site<T>(asks: impl FnOnce(&PprofSite<'_>) -> T) -> T {
    let loaded = Loaded::from(profile(&[
        (&["main.main", "main.work"], 300),
        (&["main.main"], 100),
        (&["main.main", HOSTILE], 50),
    ]));
    let system = MemorySystem::default().with_env("HOME", "/home/x");
    let extra = json!({ "site": "pprof" });
    let site = PprofSite::of_work(
        loaded,
        Vec::new(),
        &system,
        TimeZone::UTC,
        extra,
        "token".to_owned(),
    );
    asks(&site)
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

#[test]
fn a_profile_that_is_brought_becomes_a_base() {
    with_site(|site| {
        let bring = |address: &str, token: &str, is_post, body: Vec<u8>| {
            site.answer(&Request {
                is_post,
                token: token.to_owned(),
                body,
                ..Request::get(address)
            })
        };
        let before = profile(&[(&["main.main", "main.work"], 500), (&["main.main"], 100)]);
        let before = profile::encode_gzip(&before);
        let address = "/ui/profiles?name=before.pb.gz";
        assert_eq!(bring(address, "", true, before.clone()).status, 403);
        assert_eq!(bring(address, "token", false, before.clone()).status, 403);
        let refused = bring(address, "token", true, b"no profile".to_vec());
        let words = String::from_utf8(refused.body.into_owned()).unwrap();
        assert!(
            refused.status == 400 && words.starts_with("before.pb.gz: "),
            "{words}"
        );
        let taken = bring(address, "token", true, before);
        assert_eq!((taken.status, &*taken.body), (200, &b"{\"id\":1}"[..]));
        let json = |address: &str| -> Value {
            let request = Request {
                accept: Accept::Json,
                ..Request::get(address)
            };
            serde_json::from_slice(&site.answer(&request).body).unwrap()
        };
        // 450 ms against 600 ms: the total of both sides stands in the root.
        let page = json("/ui/flamegraph?si=cpu&base=1");
        let by = page["data"]["by"].as_i64().unwrap();
        let root = |column: &str| page["data"][column][0].as_i64().unwrap() * by;
        assert_eq!((root("v"), root("ov")), (450_000_000, 600_000_000));
        assert_eq!(page["pool"][0]["name"], "before.pb.gz");
        assert_eq!(
            page["pool"][0]["totals"]["cpu"],
            json!([600_000_000, "600ms"])
        );
        // The profile itself may be shown, and compared with the one of the command line.
        let page = json("/ui/flamegraph?si=cpu&p=1&base=0");
        assert_eq!(page["data"]["ov"][0].as_i64().unwrap() * by, 450_000_000);
        let words = |address: &str| json(address)["error"].as_str().unwrap().to_owned();
        assert!(words("/ui/top?base=7").starts_with("profile 7 is not kept"));
        assert!(words("/ui/top?p=x").contains("not the number of a profile"));
        // Nothing runs that could be asked again.
        assert_eq!(bring("/ui/capture", "token", true, Vec::new()).status, 400);
    });
}

#[test]
fn an_exported_page_cannot_bring_profiles() {
    let mut all = serde_json::Map::new();
    with_site(|site| site.add_pages(&Request::get("/ui/"), "", &mut all)).unwrap();
    assert_eq!(all.len(), 3);
    for page in all.values() {
        assert!(page.get("token").is_none() && page.get("pool").is_none());
    }
}
