//! Everything that must pass. What cannot run here says so, again at the end.

use base::System as _;
use base::system::Command;

use crate::repo::Repo;
use crate::toolchain;

pub(crate) fn run(repo: &Repo) -> anyhow::Result<()> {
    let mut skipped = Vec::new();
    let go = match toolchain::find(repo, toolchain::PINNED) {
        Ok(go) => Some(go),
        Err(error) => {
            skipped.push(format!("what needs Go: {error:#}"));
            None
        }
    };
    let with_go = |command: Command| match &go {
        Some(go) => toolchain::with_go(repo, go, command),
        None => command,
    };
    if go.is_some() && repo.system.is_dir(&repo.path("examples/orders")) {
        let orders = repo.path("examples/orders");
        for args in [["vet", "./..."].as_slice(), &["test", "./..."]] {
            repo.run(&with_go(
                Command::new("go")
                    .args(args.iter().copied())
                    .current_dir(&orders),
            ))?;
        }
    }
    let mut seen = Vec::new();
    let tests = repo.cargo().args(["test", "--workspace", "--no-fail-fast"]);
    let result = repo.run_showing(&with_go(tests), &mut |bytes| seen.extend_from_slice(bytes));
    let seen = String::from_utf8_lossy(&seen);
    skipped.extend(seen.lines().filter_map(|line| {
        let (_, what) = line.split_once(base::testing::SKIPPED)?;
        Some(what.trim().to_owned())
    }));
    for what in skipped {
        println!("{}{what}", base::testing::SKIPPED);
    }
    println!("{}", total(&seen));
    result
}

/// The sum of the test runners' closing lines, in the same form.
fn total(output: &str) -> String {
    let mut passed = 0;
    let mut failed = 0;
    for line in output
        .lines()
        .filter(|line| line.starts_with("test result: "))
    {
        let count = |word: &str| {
            let before = line.split_once(word)?.0;
            before.rsplit_once(' ')?.1.parse::<u32>().ok()
        };
        passed += count(" passed").unwrap_or(0);
        failed += count(" failed").unwrap_or(0);
    }
    format!("{passed} passed, {failed} failed")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_total_adds_up_all_runners() {
        let output = "test result: ok. 12 passed; 0 failed; 0 ignored\nother\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored\n";
        assert_eq!(super::total(output), "15 passed, 2 failed");
    }
}
