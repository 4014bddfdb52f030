//! Functions that the compiler replaces by instructions: a call of one costs no more than any node.
//!
//! Source: cmd/compile/internal/ssagen/intrinsics.go, go1.27.3, for amd64.

/// By package path.
const AMD64: &[(&str, &str)] = &[
    ("crypto/internal/constanttime", "Select boolToUint8"),
    (
        "internal/runtime/atomic",
        "And And32 And64 And8 Cas Cas64 CasRel Casint32 Casint64 Casp1 Casuintptr Load Load64 Load8 \
         LoadAcq LoadAcq64 LoadAcquintptr Loadint32 Loadint64 Loadp Loaduint Loaduintptr Or Or32 Or64 Or8 \
         Store Store64 Store8 StoreRel StoreRel64 StoreReluintptr Storeint32 Storeint64 StorepNoWB \
         Storeuintptr Xadd Xadd64 Xaddint32 Xaddint64 Xadduintptr Xchg Xchg64 Xchg8 Xchgint32 Xchgint64 \
         Xchguintptr",
    ),
    (
        "internal/runtime/maps",
        "bitsetFirst bitsetLowestSet bitsetRemoveBelow bitsetShiftOutLowest ctrlGroupMatchEmpty \
         ctrlGroupMatchEmptyOrDeleted ctrlGroupMatchFull ctrlGroupMatchH2",
    ),
    ("internal/runtime/math", "Add64 MulUintptr"),
    (
        "internal/runtime/sys",
        "Bswap32 Bswap64 GetCallerPC GetCallerSP GetClosurePtr Len64 Len8 OnesCount64 Prefetch \
         PrefetchStreamed TrailingZeros32 TrailingZeros64 TrailingZeros8",
    ),
    ("math", "Ceil FMA Floor RoundToEven Trunc sqrt"),
    ("math/big", "mulWW"),
    (
        "math/bits",
        "Add Add64 Div Div64 Len Len16 Len32 Len64 Len8 Mul Mul64 OnesCount OnesCount16 OnesCount32 \
         OnesCount64 ReverseBytes32 ReverseBytes64 RotateLeft RotateLeft16 RotateLeft32 RotateLeft64 \
         RotateLeft8 Sub Sub64 TrailingZeros16 TrailingZeros32 TrailingZeros64 TrailingZeros8",
    ),
    ("runtime", "KeepAlive slicebytetostringtmp"),
    (
        "sync/atomic",
        "AddInt32 AddInt64 AddUint32 AddUint64 AddUintptr AndInt32 AndInt64 AndUint32 AndUint64 AndUintptr \
         CompareAndSwapInt32 CompareAndSwapInt64 CompareAndSwapUint32 CompareAndSwapUint64 \
         CompareAndSwapUintptr LoadInt32 LoadInt64 LoadPointer LoadUint32 LoadUint64 LoadUintptr OrInt32 \
         OrInt64 OrUint32 OrUint64 OrUintptr StoreInt32 StoreInt64 StoreUint32 StoreUint64 StoreUintptr \
         SwapInt32 SwapInt64 SwapUint32 SwapUint64 SwapUintptr",
    ),
];

/// Whether the function is replaced by instructions.
pub(super) fn is_intrinsic(package: &str, name: &str) -> bool {
    let functions = AMD64.iter().find(|(path, _)| *path == package);
    functions.is_some_and(|(_, names)| names.split(' ').any(|known| known == name))
}

/// Calls of functions that count as one node because the processor loads unaligned words.
pub(super) fn is_merged_load(package: &str, name: &str) -> bool {
    let sized = |name: &str, prefixes: &[&str], infixes: &[&str]| {
        let Some(rest) = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) else {
            return false;
        };
        let rest = infixes.iter().find_map(|infix| rest.strip_prefix(infix));
        let rest = rest.unwrap_or(rest.unwrap_or_default());
        matches!(rest, "16" | "32" | "64")
    };
    let words = ["PutUint", "AppendUint", "Uint"];
    match package {
        "internal/byteorder" => sized(name, &["LE", "BE"], &words),
        "encoding/binary" => sized(name, &["littleEndian.", "bigEndian."], &words),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_three_sizes_in_two_orders_are_merged() {
        assert!(is_merged_load("internal/byteorder", "BEUint16"));
        assert!(is_merged_load("encoding/binary", "littleEndian.PutUint64"));
        assert!(!is_merged_load("encoding/binary", "littleEndian.String"));
        assert!(!is_merged_load("internal/byteorder", "BEUint8"));
        assert!(is_intrinsic("math/bits", "Len") && !is_intrinsic("math/bits", "Reverse"));
    }
}
