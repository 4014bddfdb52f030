//! What the allocator makes of a size.
//!
//! Source: internal/runtime/gc/sizeclasses.go, runtime/malloc.go and mbitmap.go, go1.27.3; the same since go1.22.

use go_types::Sizes;

/// Sizes of objects that spans are made of, in bytes.
pub const SIZE_CLASSES: [i64; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352,
    384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048,
    2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728,
    10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
];

/// Larger objects get pages of their own.
const MAX_SMALL: i64 = 32768;
/// In front of objects whose pointers are not marked in their span.
const HEADER: i64 = 8;
const PAGE: i64 = 8192;
/// Blocks that small objects without pointers share.
const TINY_BLOCK: i64 = 16;

/// Bytes of heap that one object of `size` takes. Objects without pointers below 16 bytes share a block: each takes
/// its part of it.
pub fn size_class(size: i64, has_pointers: bool, sizes: Sizes) -> i64 {
    if size <= 0 {
        return 0;
    }
    if size > MAX_SMALL - HEADER {
        return size.saturating_add(PAGE - 1) / PAGE * PAGE;
    }
    if !has_pointers && size < TINY_BLOCK {
        return tiny(size, sizes);
    }
    // Up to a word of pointer bits, they are kept in the span.
    let in_span = sizes.word * sizes.word * 8;
    let header = if has_pointers && size > in_span {
        HEADER
    } else {
        0
    };
    class(size + header)
}

/// The part of a shared block, to the next whole byte.
fn tiny(size: i64, sizes: Sizes) -> i64 {
    let align = match size {
        12 if sizes.word == 4 => 8,
        size if size % 8 == 0 => 8,
        size if size % 4 == 0 => 4,
        size if size % 2 == 0 => 2,
        _ => 1,
    };
    let stride = (size + align - 1) / align * align;
    let objects = (TINY_BLOCK - size) / stride + 1;
    (TINY_BLOCK + objects - 1) / objects
}

fn class(size: i64) -> i64 {
    let index = SIZE_CLASSES.partition_point(|class| *class < size);
    SIZE_CLASSES.get(index).copied().unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fall_into_classes() {
        let i386 = Sizes { word: 4 };
        let cases = [
            (0, false, 0, 0),
            (1, false, 1, 1),
            (8, false, 8, 8),
            (8, true, 8, 8),
            (12, false, 16, 16),
            (12, true, 16, 16),
            (40, true, 48, 48),
            (128, true, 128, 128),
            (129, true, 144, 144),
            // With a header on 386, whose limit is 128.
            (144, true, 144, 160),
            (512, true, 512, 576),
            (513, true, 576, 576),
            (570, true, 640, 640),
            (570, false, 576, 576),
            (32_760, true, 32_768, 32_768),
            (32_761, false, 32_768, 32_768),
            (32_768, false, 32_768, 32_768),
            (40_961, true, 49_152, 49_152),
        ];
        for (size, pointers, on_amd64, on_386) in cases {
            let found = (
                size_class(size, pointers, Sizes::AMD64),
                size_class(size, pointers, i386),
            );
            assert_eq!(found, (on_amd64, on_386), "{size} {pointers}");
        }
    }
}
