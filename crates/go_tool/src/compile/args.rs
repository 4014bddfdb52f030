//! The arguments of `compile` and `asm`, as the go command gives them.
//! Source: cmd/go/internal/work/gc.go, go1.24 to go1.27.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base::system::{Command, System, TempDir};

use super::{CGO_TYPES, CompileOptions, embed, log, write_temp};
use crate::error::Error;
use crate::find::GoTool;
use crate::list::{Listing, Package};
use crate::source_error::SourceError;
use crate::version::lang_of_module;

/// Standard packages with functions that package runtime defines for them: not complete, though
/// they have Go files only.
const COMPLETED_BY_RUNTIME: &[&str] = &[
    "bytes",
    "internal/poll",
    "net",
    "os",
    "runtime/metrics",
    "runtime/pprof",
    "runtime/trace",
    "sync",
    "syscall",
    "time",
];

/// Longer command lines go through a file; some systems take no more than 32 KiB.
const MAX_ARGS_BYTES: usize = 30 << 10;

/// May the run end where the back end begins?
pub(super) fn stops_early(options: &CompileOptions) -> bool {
    options.m_level > 0 && !options.json
}

pub(super) fn command(
    go: &GoTool,
    system: &dyn System,
    listing: &Listing,
    package: &Package,
    options: &CompileOptions,
    temp: &TempDir,
    symabis: Option<&Path>,
) -> Result<Command, Error> {
    let file = |name: &str| temp.path().join(name);
    let mut args: Vec<OsString> = Vec::new();
    let mut pair = |name: &str, value: OsString| args.extend([name.into(), value]);
    pair("-o", file("package.a").into());
    let copies = unsaved_copies(system, package, temp)?;
    pair("-trimpath", trimpath(package, &copies).into());
    pair("-p", package.symbol_path().into());
    write_temp(
        system,
        &file("importcfg"),
        importcfg(listing, package).as_bytes(),
    )?;
    pair("-importcfg", file("importcfg").into());
    if let Some(symabis) = symabis {
        pair("-symabis", symabis.into());
    }
    if !package.embed_patterns.is_empty() {
        write_temp(system, &file("embedcfg"), &embed::config(package))?;
        pair("-embedcfg", file("embedcfg").into());
    }
    args.push(format!("-lang={}", lang(go, package)).into());
    args.push(format!("-goversion={}", go.version).into());
    args.push("-nolocalimports".into());
    if package.standard {
        args.push("-std".into());
    }
    if is_complete(package) {
        args.push("-complete".into());
    }
    if matches!(go.env.goos.as_str(), "android" | "darwin" | "ios") {
        // Where programs are position-independent by default.
        args.push("-shared".into());
    }
    for sanitizer in ["race", "msan", "asan"] {
        if go.goflag(sanitizer) || (sanitizer == "race" && options.race) {
            args.push(format!("-{sanitizer}").into());
        }
    }
    if let Some(profile) = options
        .pgo_profile
        .as_ref()
        .or(package.pgo_profile.as_ref())
    {
        args.push(
            [OsString::from("-pgoprofile="), profile.into()]
                .into_iter()
                .collect(),
        );
    }
    args.extend(diagnostics(options, temp));
    args.extend((package.compiled_go_files.iter()).map(|name| {
        let copy = copies.iter().find(|(of, _)| *of == name);
        let path = copy.map_or_else(|| package.dir.join(name), |(_, copy)| copy.clone());
        path.into_os_string()
    }));
    let mut command = go.tool("compile").current_dir(&package.dir);
    if system.env_var("GOGC").is_none() {
        // The compiler runs briefly: twice the memory saves a fifth of its time.
        command = command.env("GOGC", "400");
    }
    if args.iter().map(|arg| arg.len() + 1).sum::<usize>() < MAX_ARGS_BYTES {
        return Ok(command.args(args));
    }
    write_temp(system, &file("args"), response_file(&args).as_bytes())?;
    Ok(command.arg(
        [OsString::from("@"), file("args").into()]
            .into_iter()
            .collect::<OsString>(),
    ))
}

/// The flags that make it talk.
fn diagnostics(options: &CompileOptions, temp: &TempDir) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    if options.m_level > 0 {
        args.push(format!("-m={}", options.m_level).into());
    }
    if options.no_inline {
        args.push("-l".into());
    }
    if options.json {
        let mut flag = OsString::from("-json=0,file://");
        flag.push(temp.path().join("json"));
        args.push(flag);
    } else {
        // Debug information is of no use and costs time.
        args.push("-dwarf=false".into());
    }
    args.extend(options.gcflags.iter().map(OsString::from));
    if stops_early(options) {
        args.push(log::MARK_FLAG.into());
    }
    args
}

/// `asm` up to the flags that say what to do.
pub(super) fn asm(go: &GoTool, package: &Package, temp: &TempDir) -> Command {
    let mut command = go
        .tool("asm")
        .args(["-p", package.symbol_path(), "-I"])
        .arg(temp.path())
        .arg("-I")
        .arg(go.env.goroot.join("pkg").join("include"))
        .current_dir(&package.dir);
    if package.standard && go.version.at_least(1, 27) {
        command = command.arg("-std");
    }
    let mut define = vec![
        format!("GOOS_{}", go.env.goos),
        format!("GOARCH_{}", go.env.goarch),
    ];
    define.extend(arch_defines(go));
    for name in define {
        command = command.args(["-D", &name]);
    }
    command
}

/// The names by which assembly asks for the architecture's level.
fn arch_defines(go: &GoTool) -> Vec<String> {
    let setting = |name: &str| go.env.arch.get(name).map_or("", String::as_str);
    let level = |name: &str| vec![format!("{name}_{}", setting(name))];
    match go.env.goarch.as_str() {
        "386" => level("GO386"),
        "amd64" => level("GOAMD64"),
        "mips" | "mipsle" => level("GOMIPS"),
        "mips64" | "mips64le" => level("GOMIPS64"),
        "riscv64" => level("GORISCV64"),
        "ppc64" | "ppc64le" => {
            let newest = setting("GOPPC64").trim_start_matches("power");
            let newest: u32 = newest.parse().unwrap_or(8);
            let levels = 8..=newest.clamp(8, 10);
            levels
                .map(|level| format!("GOPPC64_power{level}"))
                .collect()
        }
        "arm" => {
            let newest = setting("GOARM").chars().next();
            let newest = newest.and_then(|digit| digit.to_digit(10)).unwrap_or(5);
            let levels = 5..=newest.clamp(5, 7);
            levels.map(|level| format!("GOARM_{level}")).collect()
        }
        "arm64" if has_lse(setting("GOARM64")) => vec!["GOARM64_LSE".to_owned()],
        _ => Vec::new(),
    }
}

/// Atomics of ARMv8.1: named as an option, or part of every later version.
fn has_lse(goarm64: &str) -> bool {
    let mut parts = goarm64.split(',');
    let version = parts.next().unwrap_or_default();
    (!version.is_empty() && version != "v8.0") || parts.any(|option| option == "lse")
}

/// Errors in copies of sources that are not saved get the name of the file that the copy stands for: the compiler
/// rewrites positions in its log, but not in its errors.
pub(super) fn name_originals(
    system: &dyn System,
    package: &Package,
    temp: &TempDir,
    errors: &mut [SourceError],
) {
    let unsaved = system.unsaved();
    let paths = package
        .compiled_go_files
        .iter()
        .map(|name| package.dir.join(name));
    let originals: Vec<PathBuf> = paths.filter(|path| unsaved.contains_key(path)).collect();
    for file in errors.iter_mut().filter_map(|error| error.file.as_mut()) {
        let number = file.strip_prefix(temp.path()).ok().and_then(|name| {
            let number = name.to_str()?.strip_prefix("unsaved")?;
            number.strip_suffix(".go")?.parse::<usize>().ok()
        });
        if let Some(original) = number.and_then(|number| originals.get(number)) {
            file.clone_from(original);
        }
    }
}

/// Copies of the sources that are not saved, each with the name of the file it stands for.
fn unsaved_copies<'a>(
    system: &dyn System,
    package: &'a Package,
    temp: &TempDir,
) -> Result<Vec<(&'a String, PathBuf)>, Error> {
    let unsaved = system.unsaved();
    let mut copies = Vec::new();
    for name in &package.compiled_go_files {
        if let Some(text) = unsaved.get(&package.dir.join(name)) {
            let copy = temp.path().join(format!("unsaved{}.go", copies.len()));
            write_temp(system, &copy, text)?;
            copies.push((name, copy));
        }
    }
    Ok(copies)
}

/// Rewrites of source paths: the package's folder vanishes, copies get the name of what they stand for, and what cgo
/// generated gets its own.
fn trimpath(package: &Package, copies: &[(&String, PathBuf)]) -> String {
    let mut rewrites = String::new();
    for (name, copy) in copies {
        let _ = write!(rewrites, "{}=>{name};", copy.display());
    }
    let generated = package
        .compiled_go_files
        .iter()
        .find(|file| is_generated(file));
    if let (true, Some(generated)) = (package.uses_cgo(), generated) {
        let _ = write!(rewrites, "{generated}=>{CGO_TYPES};");
    }
    let _ = write!(rewrites, "{}=>", package.dir.display());
    rewrites
}

/// Generated files are absolute paths into the build cache; of cgo's, the declarations come first.
fn is_generated(file: &str) -> bool {
    Path::new(file).is_absolute()
}

/// Where the export data of each direct import is.
fn importcfg(listing: &Listing, package: &Package) -> String {
    let mut config = String::new();
    for (source, listed) in &package.import_map {
        let plain = listed.split(' ').next().unwrap_or(listed);
        if source != plain {
            let _ = writeln!(config, "importmap {source}={plain}");
        }
    }
    for (path, export) in exports(listing, package) {
        let _ = writeln!(config, "packagefile {path}={}", export.display());
    }
    config
}

/// Direct imports with export data: path as the compiler knows it, file.
pub(crate) fn exports<'a>(
    listing: &'a Listing,
    package: &'a Package,
) -> impl Iterator<Item = (&'a str, &'a Path)> {
    (package.imports.iter()).filter_map(|import| {
        let imported = &listing.packages[listing.find(import)?];
        let export = imported.export.as_ref()?;
        Some((imported.plain_path(), export.as_path()))
    })
}

fn lang(go: &GoTool, package: &Package) -> String {
    let Some(module) = package.module.as_ref() else {
        return go.version.lang();
    };
    // The language of modules that name none.
    let go_line = module.go_version.as_deref().unwrap_or("1.16");
    match lang_of_module(go_line) {
        Some(version) if !(version.at_least(go.version.major, go.version.minor + 1)) => {
            version.lang()
        }
        _ => go.version.lang(),
    }
}

fn is_complete(package: &Package) -> bool {
    package.n_foreign_files == 0
        && !package.uses_cgo()
        && package.s_files.is_empty()
        && !(package.standard && COMPLETED_BY_RUNTIME.contains(&package.plain_path()))
}

/// One argument a line, in the form the tools read after `@`.
fn response_file(args: &[OsString]) -> String {
    let mut text = String::new();
    for arg in args {
        let arg = arg
            .to_string_lossy()
            .replace('\\', "\\\\")
            .replace('\n', "\\n");
        text.push_str(&arg);
        text.push('\n');
    }
    text
}
