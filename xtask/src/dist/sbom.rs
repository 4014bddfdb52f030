//! The bill of materials, as CycloneDX 1.5.

use serde_json::json;

use super::licences::Part;

pub(super) fn bill(version: &str, parts: &[Part]) -> Vec<u8> {
    let components: Vec<_> = (parts.iter())
        .map(|part| {
            let purl = format!("pkg:cargo/{}@{}", part.name, part.version);
            let mut component = json!({
                "type": "library",
                "bom-ref": purl,
                "purl": purl,
                "name": part.name,
                "version": part.version,
                "licenses": [{"expression": part.licence.replace('/', " OR ")}],
            });
            if let Some(repository) = &part.repository {
                component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
            }
            component
        })
        .collect();
    let own = format!("pkg:cargo/goperf@{version}");
    let depends: Vec<_> = components.iter().map(|it| it["bom-ref"].clone()).collect();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "goperf",
                "version": version,
                "licenses": [{"expression": "Apache-2.0 OR MIT"}],
            },
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": depends}],
    });
    format!("{bill:#}\n").into_bytes()
}
