//! One measured run, and what many of them amount to.

use std::fmt;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;
use serde_json::Value;

use super::Setup;

/// What one run took.
pub(super) struct Measurement {
    /// Seconds.
    pub(super) wall: f64,
    /// Seconds, of the process and its children.
    pub(super) cpu: f64,
    /// Peak, in bytes.
    pub(super) memory: f64,
}

/// What the last measured run wrote to its standard output.
pub(super) fn last_output(setup: &Setup<'_>) -> anyhow::Result<Vec<u8>> {
    Ok(setup.repo.system.read(&setup.scratch.join("output"))?)
}

/// Runs `command` once. Exit code 1 is an answer, as with findings.
pub(super) fn once(setup: &Setup<'_>, command: &Command) -> anyhow::Result<Measurement> {
    let system = &setup.repo.system;
    let script = setup.scratch.join("measure.py");
    system.write(&script, include_bytes!("measure.py"))?;
    let out = setup.scratch.join("output");
    let mut measured = Command::new("python3").arg(script).arg(&out);
    measured = measured.arg(&command.program).args(command.args.iter());
    measured.env.clone_from(&command.env);
    measured.current_dir.clone_from(&command.current_dir);
    let json = setup.repo.output(&measured)?;
    let values: Value = serde_json::from_str(&json)?;
    let number = |name: &str| values[name].as_f64().with_context(|| format!("no {name}"));
    if !(0.0..=1.0).contains(&number("code")?) {
        let said = system.read(&setup.scratch.join("output.err"))?;
        bail!(
            "`{}` exited with {}\n{}",
            command.line(),
            values["code"],
            String::from_utf8_lossy(&said)
        );
    }
    Ok(Measurement {
        wall: number("wall")?,
        cpu: number("cpu")?,
        memory: number("memory")?,
    })
}

/// The middle of a sample, and its ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Summary {
    /// All zero if there is no value.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(0.0);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            at(middle)
        } else {
            f64::midpoint(at(middle.saturating_sub(1)), at(middle))
        };
        Self {
            median,
            least: at(0),
            most: at(values.len().saturating_sub(1)),
        }
    }
}

/// `0.214 [0.201, 0.260]`, padded as a whole.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3} [{:.3}, {:.3}]", self.median, self.least, self.most);
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_middle_and_the_ends() {
        let cases: [(&[f64], [f64; 3]); 4] = [
            (&[], [0.0, 0.0, 0.0]),
            (&[3.0], [3.0, 3.0, 3.0]),
            (&[4.0, 1.0, 2.0], [2.0, 1.0, 4.0]),
            (&[4.0, 1.0, 2.0, 3.0], [2.5, 1.0, 4.0]),
        ];
        for (values, [median, least, most]) in cases {
            let expected = Summary {
                median,
                least,
                most,
            };
            assert_eq!(Summary::of(values.iter().copied()), expected);
        }
    }
}
