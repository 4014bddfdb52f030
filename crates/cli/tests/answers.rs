//! Answers of earlier runs, and what makes them void. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::path::PathBuf;
use std::time::Duration;

use base::system::Command;
use base::{Cancellation, System as _};
use go_tool::testing::Folder;

const MODULE: &[(&str, &str)] = &[
    ("go.mod", "module shop\n\ngo 1.24\n"),
    (
        "shop.go",
        "package shop\n\nfunc Names(ids []int) []int {\n\tvar out []int\n\tfor _, id := range ids {\n\
         \t\tout = append(out, id)\n\t}\n\treturn out\n}\n",
    ),
    // Of another system: nobody reads it but the go command.
    ("shop_plan9.go", "package shop\n\nvar Plan9 = 1\n"),
    ("docs/readme.txt", "no package yet\n"),
];

/// What stands in the kept answer for the real one.
const REMEMBERED: &str = "an earlier run's answer\n";

/// The first lists packages natively, the second asks the go command and the compiler.
const WORDS: [&[&str]; 2] = [
    &["check", "--select", "GP101", "./..."],
    &["check", "--all", "./..."],
];

struct Shop(Folder);

impl Shop {
    fn cache(&self) -> PathBuf {
        self.0.dir().join(".cache")
    }

    fn goperf(&self, args: &[&str], flags: &str) -> String {
        let command = Command::new(env!("CARGO_BIN_EXE_goperf"))
            .args(args)
            .env("GOPERF_CACHE", self.cache())
            .env("GOFLAGS", flags)
            .current_dir(self.0.dir());
        let output = self.0.system.run(&command, &Cancellation::default());
        let output = output.unwrap();
        assert_ne!(output.exit, base::system::Exit::Code(2), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// From source alone, and as the compiler sees it.
    fn check(&self) -> [String; 2] {
        WORDS.map(|words| self.goperf(words, ""))
    }

    /// Puts a text that no run would print into every answer that is kept; how many there are.
    fn mark(&self) -> usize {
        let system = &self.0.system;
        let folders = system.read_dir(&self.cache().join("answers-1"));
        let folders = folders.unwrap_or_default();
        let files = folders.iter().flat_map(|it| system.read_dir(it));
        let mut n = 0;
        for file in files.flatten() {
            let text = system.read_to_string(&file).unwrap();
            let mut answer: serde_json::Value = serde_json::from_str(&text).unwrap();
            answer["out"] = REMEMBERED.into();
            system.write(&file, answer.to_string().as_bytes()).unwrap();
            n += 1;
        }
        n
    }

    /// Until no file counts as changed a moment ago.
    fn settle() {
        std::thread::sleep(Duration::from_millis(2100));
    }
}

#[test]
fn an_answer_is_given_again_until_something_it_was_made_from_changes() {
    let Some(folder) = Folder::new("goperf answers", MODULE) else {
        return;
    };
    let shop = Shop(folder);
    let answer = shop.check();
    assert!(answer.iter().all(|it| it.contains("GP101")), "{answer:?}");
    // Files that were just written may change again.
    assert_eq!(shop.mark(), 0);
    Shop::settle();
    assert_eq!(shop.check(), answer);
    assert_eq!(shop.mark(), 2);
    assert_eq!(shop.check(), [REMEMBERED; 2]);
    // Those who look closely, or doubt it, get a new one; so do other settings.
    for (words, answer) in WORDS.iter().zip(&answer) {
        for more in ["--no-cache", "-v"] {
            assert_eq!(&shop.goperf(&[words, &[more][..]].concat(), ""), answer);
        }
        assert_eq!(&shop.goperf(words, "-mod=mod"), answer);
    }

    let changes: &[(&str, &str)] = &[
        ("shop.go", "package shop\n"),
        ("docs/docs.go", "package docs\n"),
        ("shop_plan9.go", "//go:build linux\n\npackage shop\n"),
        ("go.mod", "module shop\n\ngo 1.25\n"),
        ("goperf.toml", "select = [\"GP101\"]\n"),
    ];
    for (name, text) in changes {
        shop.0.write(name, text);
        let changed = shop.check();
        assert!(changed.iter().all(|it| it != REMEMBERED), "{name}");
        Shop::settle();
        assert_eq!(shop.check(), changed, "{name}");
        assert_eq!(shop.mark() % 2, 0);
        assert_eq!(shop.check(), [REMEMBERED; 2], "{name}");
    }
}
