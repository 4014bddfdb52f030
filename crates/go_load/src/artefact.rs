//! What the cache keeps of a package: its summary, a hash for importers, a checksum.

use base::{IndexVec, Key};
use go_tool::{Package, PackageId};
use go_types::summary::Summary;
use rustc_hash::FxHashMap;

use crate::check::types_path;
use crate::sources::Sources;

/// The cache's folder: changes with what is kept. What the front-end itself has to say is part of the keys.
pub const KIND: &str = "types-1";

/// An artefact taken apart: bytes of the summary, shape and places.
pub(crate) struct Kept<'a> {
    pub(crate) hash: Key,
    pub(crate) parts: [&'a [u8]; 2],
}

/// Checksum, hash for importers, length of the shape, shape, places.
pub(crate) fn pack(summary: &Summary, hash: &Key) -> Vec<u8> {
    let mut rest = hash.to_vec();
    rest.extend((summary.shape.len() as u64).to_le_bytes());
    rest.extend(&summary.shape);
    rest.extend(&summary.places);
    with_checksum(rest)
}

/// `None` if these are not the bytes that [`pack`] made.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Kept<'_>> {
    let (hash, rest) = without_checksum(bytes)?.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
    let (shape, places) = rest.split_at_checked(len)?;
    Some(Kept {
        hash: *hash,
        parts: [shape, places],
    })
}

/// An artefact behind a hash of its bytes, as it lies in a cache.
pub fn with_checksum(mut artefact: Vec<u8>) -> Vec<u8> {
    let mut bytes = blake3::hash(&artefact).as_bytes().to_vec();
    bytes.append(&mut artefact);
    bytes
}

/// The artefact in what [`with_checksum`] made; `None` if it is damaged.
pub fn without_checksum(bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, artefact) = bytes.split_first_chunk()?;
    (blake3::hash(artefact) == *checksum).then_some(artefact)
}

/// What importers are keyed by: the shape, and those of the packages whose entities it mentions.
pub(crate) fn hash_of(shape: &[u8], mentions: &[Key]) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(shape);
    for mention in mentions {
        hasher.update(mention);
    }
    *hasher.finalize().as_bytes()
}

/// The key of a package: equal keys, equal artefacts. `None` if a file could not be read, or an import has no
/// hash.
pub(crate) fn key_of(
    sources: &Sources,
    id: PackageId,
    hashes: &FxHashMap<PackageId, Key>,
) -> Option<Key> {
    let package: &Package = &sources.listing.packages[id];
    let mut key = Fields(blake3::Hasher::new());
    key.text(KIND);
    // The sources of the front-end: another one may find out something else.
    key.text(env!("GO_FRONT_END"));
    key.text(&sources.goarch);
    key.text(types_path(&package.import_path));
    key.text(&package.name);
    key.text(&sources.lang(id).to_string());
    let files = sources.hashes(id)?;
    key.number(files.len());
    for (path, hash) in files {
        // The base name is in positions; folders are not.
        key.text(&path.file_name().unwrap_or_default().to_string_lossy());
        key.0.update(hash);
    }
    key.number(package.imports.len());
    for import in &package.imports {
        key.text(types_path(import));
        if import != "unsafe" && import != "C" {
            key.0.update(hashes.get(&sources.listing.find(import)?)?);
        }
    }
    key.number(package.import_map.len());
    for (path, meant) in &package.import_map {
        key.text(path);
        key.text(types_path(meant));
    }
    Some(*key.0.finalize().as_bytes())
}

/// Keys of all that packages are made from, bodies and what is imported below included: equal keys, equal facts in every
/// position. `note` tells what else an answer about the package depends on. `None` where a summary of the package cannot
/// be kept either.
pub fn content_keys(
    sources: &Sources,
    note: impl Fn(PackageId) -> bool,
) -> IndexVec<PackageId, Option<Key>> {
    sources.hash();
    let mut keys: IndexVec<PackageId, Option<Key>> = IndexVec::new();
    let mut hashes: FxHashMap<PackageId, Key> = FxHashMap::default();
    for id in sources.listing.packages.ids() {
        let key = key_of(sources, id, &hashes).map(|key| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&key);
            hasher.update(&[u8::from(note(id))]);
            *hasher.finalize().as_bytes()
        });
        hashes.extend(key.map(|key| (id, key)));
        keys.push(key);
    }
    keys
}

/// Fields that cannot run into each other.
struct Fields(blake3::Hasher);

impl Fields {
    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: usize) {
        self.0.update(&(number as u64).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_unless_a_byte_changes() {
        let summary = Summary {
            shape: b"shape".to_vec(),
            places: b"places".to_vec(),
        };
        let bytes = pack(&summary, &[3; 32]);
        let kept = unpack(&bytes).unwrap();
        assert_eq!(
            (kept.hash, kept.parts),
            ([3; 32], [&b"shape"[..], b"places"])
        );
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(unpack(&changed).is_none());
            assert!(unpack(&bytes[..at]).is_none());
        }
    }
}
