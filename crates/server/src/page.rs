//! The HTML around a page's data.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::assets;

/// The document that shows a page in a browser.
pub(crate) fn document(title: &str, page: &Value) -> String {
    let (title, data) = (escaped(title), embedded(page));
    let version = assets::VERSION.trim();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/ui/assets/app.css?{version}\">\
         <script type=\"module\" src=\"/ui/assets/app.js?{version}\"></script></head>\
         <body><div id=\"app\"></div>\
         <noscript>This page needs JavaScript. Ask for it with `Accept: text/plain` to get the report as text.</noscript>\
         <script type=\"application/json\" id=\"page\">{data}</script></body></html>\n"
    )
}

/// A file that shows pages without a server: the bundle and all data (compressed) are in it, and nothing is loaded.
pub(crate) fn exported(title: &str, pages: &Value) -> String {
    let (title, data) = (escaped(title), packed(pages));
    let (script, style) = (assets::text("app.js"), assets::text("app.css"));
    let (script_hash, style_hash) = assets::hashes();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; img-src data:; \
         script-src 'sha256-{script_hash}'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\">\
         <style>{style}</style></head>\
         <body><div id=\"app\"></div>\
         <script type=\"application/gzip\" id=\"pages\">{data}</script>\
         <script type=\"module\">{script}</script></body></html>\n"
    )
}

/// JSON as the base64 text of its gzip.
fn packed(pages: &Value) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes whatever is written.
    serde_json::to_writer(&mut gzip, pages).ok();
    gzip.flush().ok();
    STANDARD.encode(gzip.finish().unwrap_or_default())
}

/// JSON that can stand in a script element: nothing in it ends the element or begins a comment.
fn embedded(page: &Value) -> String {
    let text = page.to_string();
    if text.contains('<') {
        text.replace('<', "\\u003c")
    } else {
        text
    }
}

/// Text as HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_of_a_profile_leaves_its_place() {
        let hostile = "</script><script>alert(1)</script><!--<script>\u{2028}\"'&";
        let html = document(hostile, &json!({ "names": [hostile] }));
        let data = html.split("id=\"page\">").nth(1).unwrap();
        let data = data.split("</script>").next().unwrap();
        let page: Value = serde_json::from_str(data).unwrap();
        assert_eq!(page["names"][0], hostile);
        assert_eq!(html.matches("<script").count(), 2);
        assert_eq!(html.matches("<!--").count(), 0);
    }
}
