//! All pages of a work for one file.

use serde_json::{Map, Value, json};

use super::{UiSite, benchmarks, code, contracts, leaks, structs, views};

/// The pages by view, and the annotated files by path: the source page takes any of them.
pub(super) fn pages(site: &UiSite<'_>) -> Value {
    let mut pages = Map::new();
    for view in views(&site.work) {
        let data = match view {
            "findings" => code::findings(site),
            "leaks" => leaks::page(site),
            "benchmarks" => benchmarks::page(&site.work.benchmarks),
            "contracts" => contracts::page(site),
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
        .map(|file| {
            let mut value = code::annotated(site, file);
            value["structs"] = structs::of_file(site, &file.path).unwrap_or_default();
            (site.display(&file.path), value)
        })
        .collect();
    json!({ "first": site.first(), "pages": pages, "files": files })
}
