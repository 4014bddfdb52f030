//! The bundle: one script and one style sheet, made from `ui/` by `cargo xtask ui` and checked in compressed.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::message::{Request, Response};

/// A file of the bundle.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "app.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../assets/app.js.gz"),
    },
    Asset {
        name: "app.css",
        content_type: "text/css; charset=utf-8",
        gzip: include_bytes!("../assets/app.css.gz"),
    },
];

/// What changes whenever the bundle does, for addresses.
pub(crate) const VERSION: &str = include_str!("../assets/version.txt");

/// The SHA-256 of script and style sheet in base64, as a content security policy has them.
pub(crate) fn hashes() -> (&'static str, &'static str) {
    let mut lines = include_str!("../assets/hashes.txt").lines();
    (lines.next().unwrap_or(""), lines.next().unwrap_or(""))
}

/// The file of a name below `/ui/assets/`.
pub(crate) fn find(name: &str, request: &Request) -> Option<Response> {
    let asset = ASSETS.iter().find(|it| it.name == name)?;
    let response = if request.takes_gzip {
        Response::new(200, asset.content_type, asset.gzip).with("content-encoding", "gzip")
    } else {
        Response::new(200, asset.content_type, text(name).into_bytes())
    };
    // The address holds the version.
    let forever = "public, max-age=31536000, immutable";
    Some(
        response
            .with("cache-control", forever)
            .with("vary", "accept-encoding"),
    )
}

/// A file's text; empty if there is none.
pub(crate) fn text(name: &str) -> String {
    let mut text = String::new();
    if let Some(asset) = ASSETS.iter().find(|it| it.name == name) {
        GzDecoder::new(asset.gzip).read_to_string(&mut text).ok();
    }
    text
}
