//! GP720: a call into another package below which much is allocated.

use crate::causes::CallCause;
use crate::rule::{CallRule, Look, Rule};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP720",
    name: "allocating-call",
    summary: "a call into another package below which much is allocated",
    since: None,
    until: None,
    doc: include_str!("allocating_call.md"),
    look: Look::Calls(&CallRule {
        matches: |_| true,
        reduction: 0.5,
        counts_cpu: false,
        remedy,
        help,
    }),
};

/// What to call instead of functions of the standard library, by their names.
const INSTEAD: &[(&[&str], &str)] = &[
    (
        &["net.(*IPNet).String"],
        "`netip.Prefix` and its `AppendTo` into a buffer that is kept",
    ),
    (
        &["math/big.(*Int).Bit"],
        "`Bit` of a negative number makes another number each time: take its two's complement once, before the loop over \
         bits",
    ),
    (
        &["reflect.Value.MapKeys", "reflect.Value.MapIndex"],
        "walk the map by `Value.MapRange`, with `SetIterKey` and `SetIterValue` into values that are reused; for the \
         common types (`map[string]string`) assert to them and range over the map itself",
    ),
    (
        &["reflect.(*MapIter).Key", "reflect.(*MapIter).Value"],
        "`Value.SetIterKey` and `Value.SetIterValue` copy into a value that is reused",
    ),
    (
        &["runtime/debug.ReadGCStats"],
        "keep one `GCStats`: its slices are used again; `runtime/metrics` has the counts without them",
    ),
    (
        &["reflect.New"],
        "decode into values that are reused (`Value.SetZero`), or write the code for hot types out",
    ),
    (
        &["reflect.Value.Interface"],
        "`reflect.TypeAssert[T](v)` (Go 1.25) takes the value out without an interface",
    ),
    (
        &["reflect.Value.Slice", "reflect.Value.Slice3"],
        "`Value.Bytes` of an addressable array of bytes allocates nothing; slice the value itself where its type is known",
    ),
    (
        &[
            "net.IP.String",
            "net/netip.Addr.String",
            "net/netip.Prefix.String",
        ],
        "`AppendTo` of `netip.Addr` or `AppendText` (Go 1.24) into a buffer that is kept",
    ),
    (
        &[
            "encoding/json.(*Encoder).SetEscapeHTML",
            "encoding/json.(*Encoder).SetIndent",
        ],
        "keep one encoder with its settings and `Reset` what it writes to",
    ),
    (
        &[
            "math/big.NewInt",
            "math/big.(*Int).Add",
            "math/big.(*Int).Mul",
            "math/big.nat.make",
            "math/big.(*Int).Lsh",
            "math/big.(*Int).Rsh",
            "math/big.(*Int).SetBit",
            "math/big.(*Int).Sub",
            "math/big.(*Int).Exp",
            "math/big.(*Int).SetBytes",
            "math/big.(*Int).Bytes",
        ],
        "keep one number and set it: results go into the memory of the receiver; constants in package variables; `SetBit` \
         sets one bit without a shifted copy",
    ),
    (
        &[
            "html/template.(*Template).ExecuteTemplate",
            "html/template.(*Template).Execute",
            "text/template.(*Template).Execute",
            "text/template.(*Template).ExecuteTemplate",
        ],
        "execute into a buffer that is kept, pass structs instead of maps, and cache what does not change",
    ),
    (
        &["net.SplitHostPort"],
        "`netip.ParseAddrPort` returns a value and allocates nothing",
    ),
    (
        &[
            "strings.Split",
            "strings.SplitN",
            "strings.SplitAfter",
            "strings.Fields",
            "strings.FieldsFunc",
        ],
        "`strings.Cut` for one part, `strings.SplitSeq` or `strings.FieldsSeq` to range over the parts: none builds the slice",
    ),
    (
        &["bytes.Split", "bytes.SplitN", "bytes.Fields"],
        "`bytes.Cut` for one part, `bytes.SplitSeq` or `bytes.FieldsSeq` to range over the parts: none builds the slice",
    ),
    (
        &[
            "strings.Repeat",
            "strings.Join",
            "strings.Replace",
            "strings.ReplaceAll",
            "strings.Map",
            "strings.Title",
        ],
        "append to a `[]byte` or `strings.Builder` that is kept, or build the text once",
    ),
    (
        &[
            "strings.ToUpper",
            "strings.ToLower",
            "bytes.ToUpper",
            "bytes.ToLower",
        ],
        "compare with `EqualFold`, or keep the folded text; text that is folded already is not copied",
    ),
    (
        &["strings.NewReplacer"],
        "make the replacer once, in a package variable",
    ),
    (
        &[
            "bytes.(*Buffer).Write",
            "bytes.(*Buffer).WriteString",
            "bytes.(*Buffer).WriteByte",
            "bytes.(*Buffer).WriteRune",
            "bytes.(*Buffer).grow",
            "bytes.growSlice",
            "bytes.(*Buffer).ReadFrom",
            "bytes.(*Buffer).Grow",
        ],
        "`Grow` the buffer once, or `Reset` and reuse one",
    ),
    (
        &[
            "strings.(*Builder).grow",
            "strings.(*Builder).Write",
            "strings.(*Builder).WriteString",
            "strings.(*Builder).WriteByte",
            "strings.(*Builder).WriteRune",
        ],
        "`Grow` the builder once to the length of the text",
    ),
    (
        &["strings.(*Builder).Grow"],
        "the builder is sized already: this is the text itself. Append to a `[]byte` that is kept, or build it once",
    ),
    (
        &[
            "bytes.NewBuffer",
            "bytes.NewBufferString",
            "bytes.NewReader",
            "strings.NewReader",
        ],
        "keep one and `Reset` it",
    ),
    (
        &["bytes.Clone", "strings.Clone", "slices.Clone", "maps.Clone"],
        "drop the copy where nothing changes the original",
    ),
    (
        &["slices.Grow"],
        "the slice gets its room here: to allocate less, keep it and reuse its capacity by `s[:0]`",
    ),
    (
        &["slices.Collect", "slices.Sorted", "maps.Collect"],
        "range over the iterator itself, or `slices.AppendSeq` to a slice that has room",
    ),
    (
        &["slices.Concat", "slices.Insert", "slices.Repeat"],
        "append to a slice that has room for all",
    ),
    (
        &["io.ReadAll", "os.ReadFile"],
        "read into a buffer of known size, or decode while reading",
    ),
    (
        &[
            "bufio.NewReader",
            "bufio.NewReaderSize",
            "bufio.NewWriter",
            "bufio.NewWriterSize",
            "bufio.NewScanner",
        ],
        "keep one and `Reset` it: it allocates its whole buffer",
    ),
    (
        &[
            "regexp.Compile",
            "regexp.MustCompile",
            "regexp.MatchString",
            "regexp.Match",
        ],
        "compile the expression once, in a package variable",
    ),
    (
        &[
            "regexp.(*Regexp).FindStringSubmatch",
            "regexp.(*Regexp).FindSubmatch",
            "regexp.(*Regexp).FindAllString",
            "regexp.(*Regexp).FindString",
            "regexp.(*Regexp).ReplaceAllString",
            "regexp.(*Regexp).FindAllStringSubmatch",
        ],
        "`MatchString` where a yes or no will do, the `…Index` forms where positions will",
    ),
    (
        &["time.Time.Format"],
        "`AppendFormat` into a buffer that is kept",
    ),
    (
        &[
            "time.NewTimer",
            "time.NewTicker",
            "time.After",
            "time.AfterFunc",
        ],
        "keep one timer and `Reset` it",
    ),
    (
        &[
            "strconv.Itoa",
            "strconv.FormatInt",
            "strconv.FormatUint",
            "strconv.FormatFloat",
            "strconv.Quote",
            "strconv.FormatBool",
        ],
        "the `strconv.Append…` form into a buffer that is kept; integers below 100 cost nothing",
    ),
    (
        &["errors.New"],
        "make the error once, in a package variable",
    ),
    (
        &["errors.Join"],
        "return the one error where there is only one",
    ),
    (
        &["sort.Slice", "sort.SliceStable", "sort.Sort", "sort.Stable"],
        "`slices.SortFunc`: no interface, no reflection, several times faster",
    ),
    (
        &[
            "encoding/json.Marshal",
            "encoding/json.MarshalIndent",
            "encoding/json.(*Encoder).Encode",
        ],
        "encode straight into the writer, reuse the buffer, and give hot types a `MarshalJSON` or generated code",
    ),
    (
        &["encoding/json.Unmarshal", "encoding/json.(*Decoder).Decode"],
        "decode into values that are reused, into structs instead of `map[string]any`, and skip what is not needed",
    ),
    (
        &["encoding/json.NewDecoder", "encoding/json.NewEncoder"],
        "keep one for the whole stream",
    ),
    (
        &["encoding/binary.Read", "encoding/binary.Write"],
        "`binary.BigEndian.Uint32` and the like on a buffer: no reflection",
    ),
    (
        &[
            "encoding/hex.EncodeToString",
            "encoding/base64.(*Encoding).EncodeToString",
            "encoding/base64.(*Encoding).DecodeString",
            "encoding/hex.DecodeString",
        ],
        "`AppendEncode` and `AppendDecode` into a buffer that is kept",
    ),
    (
        &[
            "reflect.Append",
            "reflect.MakeSlice",
            "reflect.MakeMap",
            "reflect.Value.Call",
            "reflect.(*rtype).Method",
            "reflect.Value.MapRange",
            "reflect.MakeMapWithSize",
            "reflect.packEface",
            "reflect.Value.SetMapIndex",
        ],
        "do it once per type and keep the result, or write the code for hot types out (generics, generated code)",
    ),
    (
        &["sync.(*Pool).Get"],
        "values that were made since the pool was empty, and the pool's own queues: `Put` back on every path what `Get` \
         returned; collections empty the pool, so short benchmarks show more",
    ),
    (
        &[
            "sync.(*Pool).Put",
            "sync.(*Pool).pinSlow",
            "sync.(*Pool).pin",
            "sync.(*poolChain).pushHead",
        ],
        "the pool's own queues: they are made once per processor and after collections",
    ),
    (
        &[
            "sync.(*Map).Store",
            "sync.(*Map).LoadOrStore",
            "sync.(*Map).Swap",
            "sync.(*Map).CompareAndSwap",
        ],
        "a map with a mutex allocates nothing for a store to an existing key",
    ),
    (
        &[
            "context.WithCancel",
            "context.WithTimeout",
            "context.WithDeadline",
            "context.WithValue",
            "context.WithCancelCause",
        ],
        "derive the context once per request, not per step",
    ),
    (
        &[
            "net/http.(*Request).WithContext",
            "net/http.(*Request).Clone",
        ],
        "each copies the request (some 300 bytes): derive one context per request that holds all values, in a struct of \
         your own; where that is so already, this is its price",
    ),
    (
        &["net/http.(*Request).SetPathValue"],
        "the first value makes the request's map of path values: set them only where handlers read `PathValue`",
    ),
    (
        &["net.ParseIP", "net.ParseCIDR"],
        "`netip.ParseAddr` and `netip.ParsePrefix` return values and allocate nothing",
    ),
    (
        &["net/http.NewRequest", "net/http.NewRequestWithContext"],
        "clone a prepared request (`Request.Clone`) or reuse it where its body allows",
    ),
    (
        &[
            "net/http.Header.Set",
            "net/http.Header.Add",
            "net/textproto.MIMEHeader.Set",
        ],
        "where the value is always the same, share its slice: `h[\"Key\"] = values` with a slice made once",
    ),
    (
        &[
            "net/url.Parse",
            "net/url.ParseQuery",
            "net/url.Values.Encode",
        ],
        "parse once and keep the result",
    ),
    (
        &[
            "compress/gzip.NewWriter",
            "compress/gzip.NewWriterLevel",
            "compress/gzip.NewReader",
            "compress/flate.NewWriter",
            "compress/flate.NewReader",
            "compress/zlib.NewWriter",
            "compress/zlib.NewReader",
        ],
        "keep one and `Reset` it: the state of a compressor takes hundreds of kB",
    ),
    (
        &[
            "crypto/sha256.New",
            "crypto/sha1.New",
            "crypto/md5.New",
            "crypto/sha512.New",
            "hash/fnv.New32a",
            "hash/fnv.New64a",
            "hash/crc32.NewIEEE",
            "crypto/hmac.New",
        ],
        "keep one and `Reset` it, or use the `Sum…` function of the package",
    ),
    (
        &[
            "math/rand.New",
            "math/rand.NewSource",
            "math/rand/v2.NewPCG",
        ],
        "keep one generator",
    ),
    (
        &[
            "text/template.(*Template).Parse",
            "html/template.(*Template).Parse",
        ],
        "parse the template once",
    ),
    (
        &[
            "os.Open",
            "os.OpenFile",
            "os.Create",
            "os.(*File).ReadDir",
            "os.ReadDir",
            "os.Stat",
            "os.Lstat",
        ],
        "open or read it once where the loop allows",
    ),
    (
        &["unique.Make"],
        "keep the handle instead of making it again",
    ),
    (
        &[
            "path/filepath.Join",
            "path.Join",
            "path.Clean",
            "path/filepath.Clean",
        ],
        "join once and keep the path; text that is clean already is not copied",
    ),
    (
        &[
            "log/slog.(*Logger).log",
            "log/slog.(*Logger).Info",
            "log/slog.(*Logger).Debug",
        ],
        "pass `slog.Attr`s by `LogAttrs`, and ask `Enabled` before costly arguments",
    ),
    (
        &[
            "runtime/debug.Stack",
            "runtime.Callers",
            "runtime.CallersFrames",
        ],
        "take the stack only where it is printed",
    ),
];

fn remedy(function: &str) -> Option<&'static str> {
    let known = (INSTEAD.iter()).find(|(functions, _)| functions.contains(&function));
    known.map(|(_, text)| *text)
}

fn help(view: &View, cause: &CallCause) -> Option<String> {
    let function = cause.function.as_str();
    if let Some(text) = remedy(function) {
        return Some(text.to_owned());
    }
    let (package, _) = profile::split_symbol(function);
    // What a module does is for its own check; what of std has no better form is not advice.
    let module = view.module_of(package)?;
    let name = function.rsplit('.').next().unwrap_or_default();
    Some(if name.starts_with("New") {
        format!("keep one for several uses if `{module}` lets it be reset, or pool it")
    } else {
        format!(
            "the memory is made there: `goperf check {package}` with the same profile names its lines"
        )
    })
}
