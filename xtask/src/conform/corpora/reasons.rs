//! Why we differ from other linters' tests on purpose, one row for each kind of difference.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Their test wants a report, and there is no finding.
    Missing,
    /// A finding where their test wants none.
    Extra,
}

use Kind::{Extra, Missing};

/// A row: the beginning of the file's path, the lines (all of them if there are none), the kind, and a part of the code
/// with its comments; then why.
type Row = (
    &'static str,
    &'static [u32],
    Kind,
    &'static str,
    &'static str,
);

const FEW: &str = "at most 8 turns, where room in advance gains nothing";
const ARITHMETIC: &str = "the bound is an expression that the program does not have: we take what it says, and do no arithmetic";
const CALLS: &str = "the bound is a call, which would have to be made twice";
const SPREAD: &str = "`append` of a whole slice: the number of elements is not one for each turn";
const NOT_EMPTY: &str =
    "the slice is not empty before the loop: `append` grows it at most a few times";
const ONE: &str = "a single element, whose `append` allocates as `make` would";
const SEVERAL: &str = "several appends of a turn or loops that fill one slice: the number is not known without adding up";
const SMALL: &str =
    "nothing is allocated: a constant, or at most 32 bytes that are converted on the stack";
const FREE: &str = "the compiler does without the allocation";
const NO_GAIN: &str = "no measurable gain on current Go";
const OTHER_MEANING: &str = "not equivalent: one side alone is changed to one case";
const POINTER: &str =
    "a pointer for less than 1 KB gains a nanosecond, and costs an allocation behind an interface";
const INDEXED: &str = "arguments by position are left alone";
const PERCENT: &str = "formats with `%%` are left alone";
const TURNS: &str = "at most four turns";
const SHARED: &str = "the string is read, or added to by several loops, before it is complete";
const GENERIC: &str = "the type is a type parameter";
const POINTERS: &str = "bytes that the collector scans: next to no cost since the Green Tea collector, and the size stays";
const ALSO: &str = "another cost at the same place";

const ROWS: &[Row] = &[
    // prealloc.
    ("prealloc/data/append.go", &[12], Missing, "", FEW),
    (
        "prealloc/data/append.go",
        &[22, 29, 36, 44, 52, 60, 68, 76, 83],
        Missing,
        "",
        SPREAD,
    ),
    ("prealloc/data/append.go", &[], Missing, "", FEW),
    ("prealloc/data/branch.go", &[101], Missing, "", FEW),
    ("prealloc/data/branch.go", &[], Missing, "capacity 1$", ONE),
    ("prealloc/data/for.go", &[233, 277, 285], Missing, "", CALLS),
    ("prealloc/data/for.go", &[360, 367], Missing, "", ARITHMETIC),
    ("prealloc/data/for.go", &[], Missing, "capacity 4$", FEW),
    ("prealloc/data/for.go", &[], Missing, "capacity 5$", FEW),
    ("prealloc/data/for.go", &[], Missing, "capacity 6$", FEW),
    (
        "prealloc/data/for.go",
        &[],
        Missing,
        "capacity ",
        ARITHMETIC,
    ),
    (
        "prealloc/data/nested.go",
        &[30],
        Missing,
        "",
        "a loop in a loop: the number is a product",
    ),
    ("prealloc/data/range.go", &[190], Missing, "", CALLS),
    ("prealloc/data/range.go", &[197, 216], Missing, "", SEVERAL),
    (
        "prealloc/data/range.go",
        &[228, 236, 244, 252, 259, 266, 274, 282],
        Missing,
        "",
        ARITHMETIC,
    ),
    (
        "prealloc/data/range.go",
        &[],
        Missing,
        "preallocating x$",
        CALLS,
    ),
    ("prealloc/data/range.go", &[], Missing, "capacity ", FEW),
    (
        "prealloc/data/sample.go",
        &[],
        Missing,
        "[]int{1, 2, 3}",
        NOT_EMPTY,
    ),
    (
        "prealloc/data/sample.go",
        &[],
        Missing,
        "make([]int, 5)",
        NOT_EMPTY,
    ),
    ("prealloc/data/sample.go", &[], Missing, "capacity 1$", ONE),
    ("prealloc/", &[], Missing, "capacity 5$", FEW),
    // perfsprint.
    (
        "perfsprint/",
        &[],
        Missing,
        "Fix imports",
        "about imports, after their own fixes",
    ),
    ("perfsprint/", &[], Missing, "%[1]s", INDEXED),
    ("perfsprint/", &[], Missing, "%%", PERCENT),
    ("perfsprint/", &[], Missing, "Errorf(\"hello\")", NO_GAIN),
    (
        "perfsprint/",
        &[],
        Missing,
        "Sprintf(\"hello\")",
        "nothing is formatted: about how the code reads",
    ),
    (
        "perfsprint/",
        &[],
        Missing,
        "\"%x\", ba",
        "an array would have to be sliced, and so moved to the heap",
    ),
    (
        "perfsprint/",
        &[],
        Missing,
        "\"%x\", u",
        "numbers in other bases than ten are left alone",
    ),
    ("perfsprint/", &[], Missing, "concat-loop", SHARED),
    (
        "perfsprint/",
        &[],
        Extra,
        "%d",
        "theirs joins no integers: `strconv.Itoa` saves two of three allocations",
    ),
    (
        "perfsprint/",
        &[],
        Extra,
        "val",
        "theirs joins no integers: `strconv.Itoa` saves two of three allocations",
    ),
    (
        "perfsprint/",
        &[],
        Extra,
        "%q",
        "`strconv.Quote` is the same",
    ),
    (
        "perfsprint/",
        &[],
        Extra,
        "s2 = ",
        "built by its loop as `s` is",
    ),
    ("perfsprint/", &[], Extra, "%s+%s", ALSO),
    // gocritic.
    ("gocritic/appendCombine", &[], Missing, "", NO_GAIN),
    (
        "gocritic/equalFold",
        &[57, 66, 77, 86],
        Missing,
        "",
        "comparisons of bytes are not looked at yet",
    ),
    ("gocritic/equalFold", &[], Missing, "", OTHER_MEANING),
    (
        "gocritic/hugeParam",
        &[8, 12],
        Missing,
        "",
        "arrays, which functions seldom take, and no call",
    ),
    ("gocritic/hugeParam", &[], Missing, "", POINTER),
    (
        "gocritic/indexAlloc",
        &[],
        Missing,
        "",
        "`y` would have to be converted instead",
    ),
    (
        "gocritic/preferDecodeRune",
        &[],
        Extra,
        "[]int32",
        "`int32` is `rune`",
    ),
    (
        "gocritic/preferFprint",
        &[],
        Extra,
        "w.Write",
        "the conversion is a copy all the same",
    ),
    (
        "gocritic/preferFprint",
        &[],
        Missing,
        "",
        "formatting in place is no gain without the conversion: 88 against 112 ns into a builder",
    ),
    (
        "gocritic/preferStringWriter",
        &[],
        Missing,
        "[]byte(\"foo\")",
        SMALL,
    ),
    (
        "gocritic/preferStringWriter",
        &[],
        Missing,
        "io.WriteString",
        "a call less, without an allocation",
    ),
    ("gocritic/preferWriteByte", &[], Missing, "", NO_GAIN),
    (
        "gocritic/rangeValCopy",
        &[],
        Missing,
        "",
        "the compiler reads the fields in place, without the copy",
    ),
    ("gocritic/stringXbytes", &[], Missing, "", FREE),
    // staticcheck.
    (
        "staticcheck/CheckByteSliceInIOWriteString",
        &[],
        Missing,
        "",
        "the writer is nil: what it takes is not known",
    ),
    (
        "staticcheck/CheckRangeStringRunes",
        &[20],
        Missing,
        "",
        "the slice has a name, and may be used elsewhere",
    ),
    (
        "staticcheck/CheckRangeStringRunes",
        &[],
        Missing,
        "",
        GENERIC,
    ),
    ("staticcheck/CheckMapBytesKey", &[], Missing, "", GENERIC),
    // fieldalignment.
    (
        "fieldalignment/a/a_386.go",
        &[],
        Missing,
        "",
        "for another architecture",
    ),
    (
        "fieldalignment/",
        &[],
        Missing,
        "leading bytes of pointer data",
        POINTERS,
    ),
    (
        "fieldalignment/",
        &[],
        Missing,
        "MultiField",
        "`_ [0]func()` forbids comparison, and fixes the order",
    ),
    // modernize.
    (
        "modernize/fieldsseq",
        &[30],
        Missing,
        "",
        "a slice that has a name before it is ranged over is not looked at yet",
    ),
    (
        "modernize/splitseq",
        &[],
        Missing,
        "",
        "an empty separator is left alone",
    ),
    (
        "modernize/slicessort",
        &[],
        Extra,
        "",
        "theirs needs the same meaning: ours says that the sort swaps by reflection",
    ),
    ("modernize/stringsbuilder", &[], Missing, "", TURNS),
    (
        "modernize/stringsbuilder/stringsbuilder.go",
        &[11],
        Extra,
        "",
        "a further addition in the same loop",
    ),
    (
        "modernize/stringsbuilder/stringsbuilder_test.go",
        &[],
        Extra,
        "",
        "tests are looked at if they are asked for",
    ),
    (
        "modernize/stringsbuilder",
        &[],
        Extra,
        "",
        "theirs needs a fix: ours reports the cost",
    ),
    // mirror.
    (
        "mirror/data/born-to-rune.go",
        &[],
        Missing,
        "",
        "a rune's text has at most four bytes, which are on the stack",
    ),
    ("mirror/", &[], Missing, "\"foobar\"", SMALL),
    ("mirror/", &[], Missing, "'f','o','o','b','a','r'", SMALL),
    ("mirror/data/args.go", &[], Missing, "", SMALL),
];

/// Why a difference is meant; `None` if nobody has judged it.
pub(super) fn reason(file: &str, line: u32, kind: Kind, code: &str) -> Option<&'static str> {
    let row = ROWS.iter().find(|(path, lines, of, part, _)| {
        file.starts_with(path)
            && (lines.is_empty() || lines.contains(&line))
            && *of == kind
            && code.contains(part)
    });
    row.map(|row| row.4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits_says_why() {
        let file = "prealloc/data/for.go";
        let code = "var x []int // want \"Consider preallocating x with capacity 5$\"";
        assert_eq!(reason(file, 20, Missing, code), Some(FEW));
        assert_eq!(reason(file, 277, Missing, code), Some(CALLS));
        assert_eq!(reason(file, 20, Extra, code), None);
    }
}
