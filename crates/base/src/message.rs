//! Errors as text for users.

use std::error::Error;
use std::io;

/// The text of an error and those of its causes, outermost first, separated by colons.
///
/// An error of ours does not repeat its cause. Errors of other libraries often do; what the text before already ends
/// with is left out.
///
/// ```
/// let cause = std::io::Error::from_raw_os_error(2);
/// assert_eq!(base::full_message(&cause), "no such file or directory");
/// ```
pub fn full_message(error: &(dyn Error + 'static)) -> String {
    let mut message = text_of(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = text_of(error);
        if !message.ends_with(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

fn text_of(error: &(dyn Error + 'static)) -> String {
    (error.downcast_ref::<io::Error>()).map_or_else(|| error.to_string(), io_reason)
}

/// An error of the operating system in the words of C's library, which the Go tools print too, without its number:
/// "no such file or directory". A text that the error brings along stays as it is.
pub fn io_reason(error: &io::Error) -> String {
    if error.raw_os_error().is_none() {
        // `ErrorKind` has other words for these, and only those of a test are without a number.
        return match error.kind() {
            _ if error.get_ref().is_some() => error.to_string(),
            io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            kind => kind.to_string(),
        };
    }
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let (first, rest) = text[..end].split_at(text.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to read {path}")]
    struct Read {
        path: &'static str,
        source: io::Error,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer: {0}")]
    struct Repeats(#[source] Read);

    #[test]
    fn each_cause_is_said_once() {
        let read = |source| Read { path: "a", source };
        let missing = || read(io::Error::from_raw_os_error(2));
        assert_eq!(
            full_message(&missing()),
            "failed to read a: no such file or directory"
        );
        assert_eq!(
            full_message(&Repeats(missing())),
            "outer: failed to read a: no such file or directory"
        );
        let own = read(io::Error::new(io::ErrorKind::NotFound, "Nothing there"));
        assert_eq!(full_message(&own), "failed to read a: Nothing there");
    }

    #[test]
    fn numbers_of_the_system_are_left_out() {
        for (number, text) in [
            (1, "operation not permitted"),
            (28, "no space left on device"),
        ] {
            assert_eq!(io_reason(&io::Error::from_raw_os_error(number)), text);
        }
    }
}
