//! All pages of a work for one file.

use serde_json::{Map, Value, json};

use super::{UiSite, code};

/// The pages by view, and the annotated files by path: the source page takes any of them.
pub(super) fn pages(site: &UiSite<'_>) -> Value {
    let mut pages = Map::new();
    pages.insert(
        "findings".to_owned(),
        site.page("findings", code::findings(site)),
    );
    if let Ok(data) = code::file(site, "") {
        pages.insert("code".to_owned(), site.page("code", data));
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
