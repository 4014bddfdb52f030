//! From bytes of any known format to a profile.

use std::sync::mpsc;

use crate::error::{DecodeError, Limits};
use crate::inflate::Inflate;
use crate::legacy;
use crate::model::Profile;
use crate::perf_data;
use crate::proto::scan::{Broken, Scan};

/// Reads a profile in any format pprof reads: `profile.proto`, or one of the older formats,
/// plain, or compressed with gzip or zstd; or a `perf.data`.
///
/// The result is valid: every id refers to an entry, every sample has a value per sample type.
/// Memory stays within a small multiple of the decompressed size, which `limits` bound (see
/// [`Limits::default`]); of `profile.proto` the decompressed form is never held as a whole.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Profile, DecodeError> {
    decode_with(bytes, *limits, &mut legacy::decode)
}

/// As [`decode`], with another reader of what is not `profile.proto`.
pub(crate) fn decode_with(
    bytes: &[u8],
    limits: Limits,
    decode_other: &mut dyn FnMut(&[u8]) -> Result<Profile, DecodeError>,
) -> Result<Profile, DecodeError> {
    if perf_data::is_perf_data(bytes) {
        return perf_data::decode(bytes);
    }
    let scanned = match Inflate::open(bytes, limits)? {
        None => scan(bytes, limits),
        Some(inflate) if bytes.len() >= MIN_AHEAD => scan_ahead(inflate, limits)?,
        Some(mut inflate) => scan_pieces(limits, &mut |window| inflate.read_piece(window))?,
    };
    match scanned {
        Ok(profile) => Ok(profile),
        Err(Broken::Syntax) => match Inflate::open(bytes, limits)? {
            None => decode_other(bytes),
            Some(inflate) => decode_other(&inflate.read_all()?),
        },
        Err(Broken::Empty) => Err(DecodeError::Parse("empty input file".to_owned())),
        Err(Broken::Concatenated) => {
            let message = "concatenated profiles detected".to_owned();
            Err(DecodeError::Parse(message))
        }
        Err(Broken::Invalid(reason)) => Err(DecodeError::Malformed(reason)),
        Err(Broken::TooLarge) => {
            let limit = limits.decompressed.max(MIN_TABLES);
            Err(DecodeError::TooMuchMemory { limit })
        }
    }
}

fn scan(bytes: &[u8], limits: Limits) -> Result<Profile, Broken> {
    let mut scan = Scan::new(limits.decompressed.max(MIN_TABLES));
    let used = scan.feed(bytes)?;
    if used < bytes.len() {
        return Err(Broken::Syntax);
    }
    scan.finish()
}

/// Bytes that tables may always take.
const MIN_TABLES: u64 = 64 << 20;

/// Smaller input is inflated before a thread for it would have started.
const MIN_AHEAD: usize = 64 << 10;

/// Pieces that may wait to be scanned.
const PIECES_AHEAD: usize = 4;

/// Inflates on a thread of its own, which is about as much work as scanning.
fn scan_ahead(
    mut inflate: Inflate<'_>,
    limits: Limits,
) -> Result<Result<Profile, Broken>, DecodeError> {
    std::thread::scope(|scope| {
        let (full, pieces) = mpsc::sync_channel(PIECES_AHEAD);
        let (used, empty) = mpsc::channel::<Vec<u8>>();
        let inflating = move || {
            loop {
                let mut piece = empty.try_recv().unwrap_or_default();
                piece.clear();
                let read = inflate.read_piece(&mut piece);
                let is_last = !matches!(read, Ok(true));
                // Nobody listens any more after an error.
                if full.send(read.map(|_| piece)).is_err() || is_last {
                    return;
                }
            }
        };
        let started = std::thread::Builder::new().spawn_scoped(scope, inflating);
        started.map_err(|error| DecodeError::Decompress(format!("no thread: {error}")))?;
        scan_pieces(limits, &mut |window| {
            // The thread ends with an error or an empty piece, so it is heard to its end.
            let piece = pieces.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
            window.extend_from_slice(&piece);
            let is_any = !piece.is_empty();
            used.send(piece).ok();
            Ok(is_any)
        })
    })
}

/// Scans while inflating; `read_piece` is [`Inflate::read_piece`]. The outer error is the
/// compression's, which pprof reports first.
fn scan_pieces(
    limits: Limits,
    read_piece: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool, DecodeError>,
) -> Result<Result<Profile, Broken>, DecodeError> {
    let mut scan = Scan::new(limits.decompressed.max(MIN_TABLES));
    let mut window = Vec::new();
    while read_piece(&mut window)? {
        match scan.feed(&window) {
            Ok(used) => drop(window.drain(..used)),
            Err(Broken::TooLarge) => return Ok(Err(Broken::TooLarge)),
            Err(broken) => {
                window.clear();
                while read_piece(&mut window)? {
                    window.clear();
                }
                return Ok(Err(broken));
            }
        }
    }
    if !window.is_empty() {
        return Ok(Err(Broken::Syntax));
    }
    Ok(scan.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{put_bytes, put_int};
    use crate::{LabelSetId, encode, encode_gzip};

    /// A message of nested fields: `(number, integer)` or `(number, message)`.
    enum Node {
        Int(u32, u64),
        Message(u32, Vec<Node>),
        Text(u32, &'static str),
    }
    use Node::{Int, Message, Text};

    fn message(nodes: &[Node]) -> Vec<u8> {
        let mut out = Vec::new();
        for node in nodes {
            match node {
                Int(number, value) => put_int(&mut out, *number, *value),
                Text(number, text) => put_bytes(&mut out, *number, text.as_bytes()),
                Message(number, nodes) => put_bytes(&mut out, *number, &message(nodes)),
            }
        }
        out
    }

    fn error(nodes: &[Node]) -> String {
        decode(&message(nodes), &Limits::default())
            .unwrap_err()
            .to_string()
    }

    fn sample(location: u64, values: &[u64]) -> Node {
        let values = values.iter().map(|&value| Int(2, value));
        Message(2, [Int(1, location)].into_iter().chain(values).collect())
    }

    fn types(n: usize) -> Vec<Node> {
        let mut nodes = vec![Text(6, ""), Text(6, "cpu")];
        nodes.extend((0..n).map(|_| Message(1, vec![Int(1, 1)])));
        nodes
    }

    fn with_types(n: usize, rest: impl IntoIterator<Item = Node>) -> Vec<Node> {
        let mut nodes = types(n);
        nodes.extend(rest);
        nodes
    }

    #[test]
    fn contradictions_are_refused_in_the_words_of_pprof() {
        let location = |fields| Message(4, fields);
        let cases = [
            (vec![], "parsing profile: empty input file"),
            (
                vec![Text(6, "cpu")],
                "parsing profile: unrecognized profile format",
            ),
            (
                vec![Text(6, ""), Message(1, vec![Int(1, 7)])],
                "parsing profile: unrecognized profile format",
            ),
            (
                vec![Text(6, ""), Int(9, 1), Int(9, 2)],
                "parsing profile: concatenated profiles detected",
            ),
            (
                with_types(0, [sample(1, &[1])]),
                "malformed profile: missing sample type information",
            ),
            (
                with_types(2, [sample(1, &[1])]),
                "malformed profile: mismatch: sample has 1 values vs. 2 types",
            ),
            (
                with_types(
                    1,
                    [
                        location(vec![Int(1, 1)]),
                        sample(1, &[1]),
                        sample(1, &[1, 2]),
                    ],
                ),
                "malformed profile: mismatch: sample has 2 values vs. 1 types",
            ),
            (
                with_types(1, [sample(1, &[1])]),
                "malformed profile: sample has nil location",
            ),
            (
                with_types(1, [Message(3, vec![])]),
                "malformed profile: found mapping with reserved ID=0",
            ),
            (
                with_types(
                    1,
                    [Message(5, vec![Int(1, 9)]), Message(5, vec![Int(1, 9)])],
                ),
                "malformed profile: multiple functions with same id: 9",
            ),
            (
                with_types(1, [location(vec![]), location(vec![])]),
                "malformed profile: found location with reserved id=0",
            ),
            (
                with_types(1, [location(vec![Int(1, 3)]), location(vec![Int(1, 3)])]),
                "malformed profile: multiple locations with same id: 3",
            ),
            (
                with_types(1, [location(vec![Int(1, 3), Message(4, vec![Int(1, 5)])])]),
                "malformed profile: location id: 3 has a line with nil function",
            ),
        ];
        for (nodes, expected) in &cases {
            assert_eq!(error(nodes), *expected);
        }
    }

    #[test]
    fn ids_may_be_sparse_and_of_64_bits() {
        let wide = u64::MAX - 3;
        let nodes = with_types(
            1,
            [
                sample(wide, &[5]),
                sample(1 << 20, &[6]),
                Message(
                    4,
                    vec![Int(1, 1 << 20), Message(4, vec![Int(1, wide), Int(2, 7)])],
                ),
                Message(4, vec![Int(1, wide), Int(2, 1 << 40)]),
                Message(5, vec![Int(1, wide), Int(2, 1)]),
                Message(3, vec![Int(1, 1 << 40)]),
            ],
        );
        let profile = decode(&message(&nodes), &Limits::default()).unwrap();
        let [first, second] = [0, 1].map(|index| profile.samples.ids().nth(index).unwrap());
        assert_eq!(profile.frames(first).count(), 0);
        let location = profile.locations[profile.samples.stack(first)[0]];
        assert_eq!((location.id, location.mapping.is_some()), (wide, true));
        let frame = profile.frames(second).next().unwrap();
        assert_eq!(
            (profile.function_name(frame.function).as_ref(), frame.line),
            ("cpu", 7)
        );
    }

    #[test]
    fn packed_and_single_values_read_alike_and_come_back() {
        let mut packed = Vec::new();
        for value in [1, 2, 300] {
            crate::wire::put_varint(&mut packed, value);
        }
        let mut bytes = message(&types(3));
        put_bytes(&mut bytes, 2, &{
            let mut sample = Vec::new();
            put_bytes(&mut sample, 2, &packed);
            sample
        });
        let profile = decode(&bytes, &Limits::default()).unwrap();
        let single = message(&with_types(
            3,
            [Message(2, vec![Int(2, 1), Int(2, 2), Int(2, 300)])],
        ));
        let other = decode(&single, &Limits::default()).unwrap();
        assert_eq!(encode(&profile), encode(&other));
        let again = decode(&encode_gzip(&profile), &Limits::default()).unwrap();
        assert_eq!(encode(&again), encode(&profile));
    }

    #[test]
    fn decompression_stops_at_the_limit() {
        let profile = Profile::with_sample_types(&[("cpu", "nanoseconds")]);
        let bytes = encode_gzip(&profile);
        let size = encode(&profile).len() as u64;
        assert!(decode(&bytes, &Limits { decompressed: size }).is_ok());
        let err = decode(
            &bytes,
            &Limits {
                decompressed: size - 1,
            },
        )
        .unwrap_err();
        assert_eq!(err, DecodeError::TooLarge { limit: size - 1 });
    }

    #[test]
    fn tables_stop_at_the_limit() {
        let samples = (0..100).map(|_| sample(1, &[1]));
        let bytes = message(&with_types(1, samples));
        assert!(matches!(
            Scan::new(1000).feed(&bytes),
            Err(Broken::TooLarge)
        ));
        assert_eq!(Scan::new(100_000).feed(&bytes).unwrap(), bytes.len());
    }

    #[test]
    fn large_input_is_inflated_ahead_to_the_same_result() {
        let mut profile = Profile::with_sample_types(&[("cpu", "nanoseconds")]);
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let value = (state >> 8) as i64;
            profile.samples.push(&[], &[value], LabelSetId::EMPTY);
        }
        let bytes = encode_gzip(&profile);
        assert!(bytes.len() > 2 * MIN_AHEAD);
        let again = decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(encode(&again), encode(&profile));
        let cut = decode(&bytes[..bytes.len() - 1], &Limits::default()).unwrap_err();
        assert_eq!(cut.to_string(), "decompressing profile: unexpected EOF");
        let limit = encode(&profile).len() as u64 / 2;
        let limits = Limits {
            decompressed: limit,
        };
        assert_eq!(
            decode(&bytes, &limits).unwrap_err(),
            DecodeError::TooLarge { limit }
        );
    }

    #[test]
    fn damaged_compression_is_named() {
        let bytes = encode_gzip(&Profile::with_sample_types(&[("cpu", "nanoseconds")]));
        let error = |bytes: &[u8]| decode(bytes, &Limits::default()).unwrap_err().to_string();
        let cut = &bytes[..bytes.len() - 3];
        assert_eq!(error(cut), "decompressing profile: unexpected EOF");
        let mut wrong_sum = bytes.clone();
        let crc = wrong_sum.len() - 8;
        wrong_sum[crc] ^= 1;
        assert_eq!(
            error(&wrong_sum),
            "decompressing profile: gzip: invalid checksum"
        );
        let trailing = [&bytes[..], b"garbage, more than a header"].concat();
        assert_eq!(
            error(&trailing),
            "decompressing profile: gzip: invalid header"
        );
        let twice = [&bytes[..], &bytes[..]].concat();
        assert!(decode(&twice, &Limits::default()).is_ok());
    }
}
