use std::fmt::Write;

use crate::{Limits, Profile, decode};
use base::Idx;

/// Types and period, then values and stack of every sample, then the mappings.
fn dump(profile: &Profile) -> String {
    let text = |id| profile.strings.text(id);
    let types = profile.sample_types.iter();
    let types: Vec<String> = types
        .map(|it| format!("{}/{}", text(it.kind), text(it.unit)))
        .collect();
    let mut out = format!("{} period {}\n", types.join(" "), profile.period);
    for sample in profile.samples.iter() {
        let location = |id: &crate::LocationId| {
            let names: Vec<String> = profile
                .location_frames(*id)
                .map(|frame| {
                    let file = profile.function_file(frame.function);
                    format!(
                        "{}({file}:{})",
                        profile.function_name(frame.function),
                        frame.line
                    )
                })
                .collect();
            let location = profile.locations[*id];
            let mapping = location.mapping.map_or(0, |id| id.index() + 1);
            format!("{:x}@{mapping}{}", location.address, names.join(""))
        };
        let stack: Vec<String> = sample.stack.iter().map(location).collect();
        let labels = profile.label_sets.get(sample.labels);
        let size = labels.iter().map(|label| match label.value {
            crate::LabelValue::Num { value, .. } => format!(" {}={value}", text(label.key)),
            crate::LabelValue::Str(_) => unreachable!("no legacy format has text labels"),
        });
        let size: String = size.collect();
        writeln!(out, "{:?} {}{size}", sample.values, stack.join(" ")).unwrap();
    }
    for mapping in &profile.mappings {
        let (file, build_id) = (text(mapping.file), text(mapping.build_id));
        writeln!(
            out,
            "{}: {:x}-{:x} +{:x} {file} {build_id}",
            mapping.id, mapping.start, mapping.limit, mapping.offset
        )
        .unwrap();
    }
    out
}

fn read(input: &[u8]) -> String {
    match decode(input, &Limits::default()) {
        Ok(profile) => dump(&profile),
        Err(err) => format!("{err}\n"),
    }
}

const MAP: &str = "--- Memory map: ---\n\
    00400000-00410000 r-xp 00000000 fd:01 123 /bin/app\n";

#[test]
fn heap_values_are_estimated_from_sampled_ones() {
    let text = format!(
        "heap profile: 1: 1024 [2: 2048] @ heap/1048576\n\
         1: 1024 [2: 2048] @ 0x400010 0x400020\n\
         0: 0 [1: 16] @ 0x400010\n{MAP}"
    );
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes period 524288
    [1025, 1049600, 512, 524800] 40000f@1 40001f@1 bytes=1024
    [32768, 524296, 0, 0] 40000f@1 bytes=16
    1: 400000-410000 +0 /bin/app 
    ");
}

#[test]
fn heap_headers_choose_types_and_sampling() {
    let cases = [
        (
            "heap profile: 1: 8 [1: 8] @ heapprofile",
            "objects/count space/bytes period 1\n[1, 8] f@1 bytes=8\n",
        ),
        (
            "heap profile: 1: 8 [0: 0] @ heap_v2/1",
            "objects/count space/bytes period 1\n[1, 8] f@1 bytes=8\n",
        ),
        (
            "heap profile: 1: 8 [1: 8] @ growthz",
            "objects/count space/bytes period 1\n[1, 8] f@1 bytes=8\n",
        ),
        (
            "heap profile: 1: 8 [1: 8] @ fragmentation",
            "objects/count space/bytes period 1\n[1, 8] f@1 bytes=8\n",
        ),
        (
            "heap profile: 1: 8 [1: 8] @ heapother",
            "parsing profile: unrecognized profile format\n",
        ),
    ];
    for (header, expected) in cases {
        let text = format!("{header}\n1: 8 [1: 8] @ 0x10\n");
        let dump = read(text.as_bytes());
        let dump = dump
            .strip_suffix("1: 0-ffffffffffffffff +0  \n")
            .unwrap_or(&dump);
        assert_eq!(dump, expected, "{header}");
    }
}

#[test]
fn broken_rows_are_named() {
    let heap = "heap profile: 1: 8 [1: 8] @ heap/2\n";
    let cases = [
        (
            format!("{heap}junk\n"),
            "unexpected number of sample values: got 0, want 6",
        ),
        (
            format!("{heap}0: 8 [0: 0] @ 0x1\n"),
            "inuse count was 0 but inuse bytes was 8",
        ),
        (
            format!("{heap}1: 8 [0: 0] @ 0x11111111111111111\n"),
            "malformed sample: 1: 8 [0: 0] @ 0x11111111111111111: \
             failed to parse as hex 64-bit number: 0x11111111111111111",
        ),
        (
            format!("{heap}9223372036854775808: 8 [0: 0] @ 0x1\n"),
            "malformed sample: 9223372036854775808: 8 [0: 0] @ 0x1: \
             strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
        ),
        (
            "goroutine profile: total 1\n08 @ 0x1\n".to_owned(),
            "malformed profile format",
        ),
        (
            format!("--- mutex:\n{}", "1".repeat(70_000)),
            "bufio.Scanner: token too long",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            read(text.as_bytes()),
            format!("parsing profile: {expected}\n")
        );
    }
}

#[test]
fn go_counts_have_their_own_type() {
    let text =
        "# a comment\n\nthreadcreate profile: total 3\n2 @ 0x11 0x21\n#\t0x10\tmain.f\n1 @ 0x11\n";
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    threadcreate/count period 1
    [2] 10@1 20@1
    [1] 10@1
    1: 0-ffffffffffffffff +0  
    ");
}

#[test]
fn waits_are_scaled_to_nanoseconds() {
    let text = "--- contention:\ncycles/second=2000000000\nsampling period=10\n\
        ms since reset=5\n600 3 @ 0x11\n";
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    contentions/count delay/nanoseconds period 10
    [30, 3000] 10@1
    1: 0-ffffffffffffffff +0  
    ");
}

#[test]
fn equal_threads_are_counted() {
    let text = format!(
        "--- threadz 1 ---\n\n\
         --- Thread 7f01 (name: main/1) stack: ---\n  PC: 0x400010 0x400020\n    0x400030\n\
         --- Thread 7f02 (name: worker/2) stack: ---\n  [same as previous thread]\n\
         --- Thread 7f03 (name: worker/3) stack: ---\n 0x400020 0x400020\n{MAP}"
    );
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    thread/count period 1
    [2] 400010@1 40001f@1 40002f@1
    [1] 400020@1
    1: 400000-410000 +0 /bin/app 
    ");
}

#[test]
fn java_locations_have_names() {
    let text = "--- contentionz 1 ---\nformat=java\nresolution=microseconds\n\
        sampling period=2\nms since reset=1\n\n\
        7 3 @ 0x1 0x2 0x3 0x4\n\n\
        0x1 a.B.c (B.java:12)\n0x2 native (/usr/lib/libc.so)\n0x3 VM generated stub/JIT\n0x4 GC\n0x9 unused\n";
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    contentions/count delay/microseconds period 2
    [6, 14] 0@0a.B.c(B.java:12) 0@0native(libc.so:0) 0@0STUB(:0) 0@0GC(:0)
    ");
    let untyped = "--- heapz 1 ---\nformat=java\n1 1 @ 0x1\n";
    assert_eq!(
        read(untyped.as_bytes()),
        "parsing profile: missing sample type information\n"
    );
}

/// A CPU profile of these words, in all four forms of words.
fn in_all_words(words: &[u32], tail: &str) -> [Vec<u8>; 4] {
    let words = || words.iter().copied();
    let bytes = [
        words().flat_map(u32::to_le_bytes).collect::<Vec<u8>>(),
        words().flat_map(u32::to_be_bytes).collect(),
        words()
            .flat_map(|word| u64::from(word).to_le_bytes())
            .collect(),
        words()
            .flat_map(|word| u64::from(word).to_be_bytes())
            .collect(),
    ];
    bytes.map(|bytes| [&bytes[..], tail.as_bytes()].concat())
}

#[test]
fn cpu_profiles_of_all_words_lose_the_signal_handler() {
    // Every stack has the handler (0x99) below its leaf; the second one also has its leaf twice.
    let words = [
        [0, 3, 0, 10_000, 0].as_slice(),
        &[5, 3, 0x40_0010, 0x99, 0x40_0021],
        &[1, 4, 0x40_0010, 0x99, 0x40_0010, 0x40_0031],
        &[0, 1, 0],
    ];
    let inputs = in_all_words(&words.concat(), MAP);
    for input in &inputs[1..] {
        assert_eq!(read(input), read(&inputs[0]));
    }
    insta::assert_snapshot!(read(&inputs[0]), @r"
    samples/count cpu/nanoseconds period 10000000
    [5, 50000000] 400010@1 400020@1
    [1, 10000000] 400010@1 400030@1
    1: 400000-410000 +0 /bin/app 
    ");
}

#[test]
fn java_cpu_profiles_keep_addresses_until_they_have_names() {
    let words = [0, 3, 1, 10_000, 0, 2, 2, 0x10, 0x20, 0, 1, 0];
    let [input, ..] = in_all_words(&words, "0x10 a.B.c (B.java:3)\n");
    insta::assert_snapshot!(read(&input), @r"
    samples/count cpu/nanoseconds period 10000000
    [2, 20000000] 0@0a.B.c(B.java:3) 0@1
    1: 0-ffffffffffffffff +0  
    ");
}

#[test]
fn memory_maps_are_read_in_all_their_forms() {
    let text = "x profile: total 1\n1 @ 0x500011 0x7000011 0x8000011 0x9000011\n--- Memory map: ---\n\
        build=/srv/app\n\
        00400000-00500000 r--p 00000000 fd:01 1 /srv/app\n\
        I0101 10:00:00 1 f.cc:10] 00500000-00510000 r-xp 00100000 fd:01 1 $build\n\
        07000000-07001000: /lib/x.so (@100) abc123\n\
        0x7001000 0x7002000 /lib/x.so\n\
        08001000-08002000 r-xp 00001000 fd:01 1 /lib/split.so\n\
        no mapping\n";
    insta::assert_snapshot!(read(text.as_bytes()), @r"
    x/count period 1
    [1] 500010@1 7000010@2 8000010@3 9000010@4
    1: 400000-510000 +0 /srv/app 
    2: 7000000-7002000 +100 /lib/x.so abc123
    3: 8000000-8002000 +0 /lib/split.so 
    4: 0-ffffffffffffffff +0  
    ");
}

#[test]
fn variables_cannot_multiply_without_end() {
    let mut text = String::from("x profile: total 0\n--- Memory map: ---\na=xxxxxxxxxxxxxxxx\n");
    for name in 'b'..='z' {
        let before = char::from(name as u8 - 1);
        writeln!(text, "{name}={}", format!("${before}").repeat(64)).unwrap();
    }
    assert!(read(text.as_bytes()).starts_with("x/count"));
}

#[test]
fn default_frames_to_drop_follow_the_kind() {
    let drop = |text: &str| {
        let profile = decode(text.as_bytes(), &Limits::default()).unwrap();
        let text = |id| profile.strings.text(id).into_owned();
        (text(profile.drop_frames), text(profile.keep_frames))
    };
    let (heap, kept) = drop("heap profile: 0: 0 [0: 0] @ heap/2\n");
    assert!(heap.starts_with("calloc|cfree|") && kept.starts_with(r"runtime\.panic|"));
    assert!(drop("--- mutex:\n").0.starts_with("RecordLockProfileData|"));
    assert!(
        drop("x profile: total 0\n")
            .0
            .starts_with("ProfileData::Add|")
    );
}
