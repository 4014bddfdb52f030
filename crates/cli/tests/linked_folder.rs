//! The real binary in a folder that the shell reached through a link. Needs a go command.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the process and its environment are what is tested"
)]

use std::path::Path;
use std::process::Command;

use go_tool::testing::Folder;

const FILES: [(&str, &str); 2] = [
    ("real/go.mod", "module shop/p\n\ngo 1.24\n"),
    (
        "real/p.go",
        "package p\n\nfunc wait() {\n\tdone := make(chan int)\n\t<-done\n}\n\nvar _ = wait\n",
    ),
];

/// What `goperf check` prints there, with this as the shell's name for the folder.
fn check(dir: &Path, shell: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_goperf"))
        .args([
            "check", ".", "--all", "--select", "GL", "--format", "concise",
        ])
        .current_dir(dir)
        .env("PWD", shell)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn paths_are_relative_to_the_folder_by_either_name() {
    let Some(folder) = Folder::new("goperf in a linked folder", &FILES) else {
        return;
    };
    let (real, link) = (folder.dir().join("real"), folder.dir().join("link"));
    std::os::unix::fs::symlink(&real, &link).unwrap();
    for (dir, shell) in [(&link, &link), (&real, &real), (&real, &link)] {
        let out = check(dir, shell);
        assert!(
            out.starts_with("p.go:5:2: GL"),
            "{}: {out}",
            shell.display()
        );
    }
    // A name of another folder is none.
    let out = check(&real, folder.dir());
    assert!(out.starts_with("p.go:5:2: GL"), "{out}");
}
