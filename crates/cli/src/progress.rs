//! Drawing the progress of long work.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use project::{Event, Events};

use crate::Output;

/// Runs `work` with a bar on standard error, removed when the work is done.
pub(crate) fn with<T>(output: &Output, work: impl FnOnce(Events) -> T) -> T {
    let draw = output.progress;
    let bar: Mutex<Option<ProgressBar>> = Mutex::new(None);
    let result = work(&|event| {
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begin { stage, total } => {
                clear(bar.take());
                *bar = Some(new_bar(draw, total as u64, stage));
            }
            Event::Step { what } => {
                if let Some(bar) = &*bar {
                    bar.set_message(what.to_owned());
                    bar.inc(1);
                }
            }
            Event::Doing { what } => {
                if let Some(bar) = &*bar {
                    bar.set_message(what.to_owned());
                }
            }
        }
    });
    clear(bar.into_inner().unwrap_or_else(PoisonError::into_inner));
    result
}

fn clear(bar: Option<ProgressBar>) {
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// A bar over `len` steps (0: of unknown length), hidden where progress may not be drawn.
pub(crate) fn new_bar(draw: bool, len: u64, what: &'static str) -> ProgressBar {
    let target = if draw {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let known = (len > 0).then_some(len);
    let bar = ProgressBar::with_draw_target(known, target).with_prefix(what);
    let template = match known {
        Some(_) => "{prefix:>12} [{bar:24}] {pos}/{len} {wide_msg} {eta}",
        None => "{prefix:>12} {pos} {wide_msg} {elapsed}",
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
