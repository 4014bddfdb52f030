//! All pages of a work for one file.

use serde_json::{Map, Value, json};

use super::{UiSite, benchmarks, code, leaks, views};

/// The pages by view, and the annotated files by path: the source page takes any of them.
pub(super) fn pages(site: &UiSite<'_>) -> Value {
    let mut pages = Map::new();
    for view in views(&site.work) {
        let data = match view {
            "findings" => code::findings(site),
            "leaks" => leaks::page(site),
            "benchmarks" => benchmarks::page(&site.work.benchmarks),
            _ => match code::file(site, "") {
                Ok(data) => data,
                Err(_) => continue,
            },
        };
        pages.insert(view.to_owned(), site.page(view, data));
    }
    if let Some(profiles) = &site.profiles {
        profiles.add_all_pages(&mut pages);
    }
    // Nobody can write through a file.
    for page in pages.values_mut() {
        if let Value::Object(page) = page {
            page.remove("token");
        }
    }
    let files: Map<String, Value> = (site.work.report.files.iter())
        .map(|file| (site.display(&file.path), code::annotated(site, file)))
        .collect();
    json!({ "first": site.first(), "pages": pages, "files": files })
}
