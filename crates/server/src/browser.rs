//! Opening a page in the user's browser.

use base::system::Command as Process;
use base::{Cancellation, System};

/// Opens an address with the first browser that starts; whether one did.
pub(crate) fn open(address: &str, system: &dyn System) -> bool {
    programs(system).iter().any(|program| {
        let mut words = program.split_whitespace();
        let Some(name) = words.next() else {
            return false;
        };
        let mut process = Process::new(name);
        process.args = words.map(Into::into).collect();
        process.args.push(address.into());
        system.run(&process, &Cancellation::default()).is_ok()
    })
}

/// `$BROWSER`, then what the platform has.
fn programs(system: &dyn System) -> Vec<String> {
    let mut programs: Vec<String> = system.env_var("BROWSER").into_iter().collect();
    if cfg!(target_os = "macos") {
        programs.push("/usr/bin/open".to_owned());
    } else if cfg!(windows) {
        programs.push("cmd /c start".to_owned());
    } else {
        let known = [
            "xdg-open",
            "sensible-browser",
            "chromium",
            "google-chrome",
            "firefox",
        ];
        programs.extend(known.map(str::to_owned));
    }
    programs
}
