//! Keys pressed while a view is shown in a terminal.

/// A key that moves or ends a view.
#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix terminals are read"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Quit,
}

/// The terminal that standard input is, giving keys at once and without showing them. It is as it
/// was when this is dropped. Ctrl-C stays a signal.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Keys {
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Keys {
    /// `None` if standard input is not a terminal, or belongs to the jobs of a shell in front.
    pub(crate) fn open() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex};
        let stdin = rustix::stdio::stdin();
        let before = rustix::termios::tcgetattr(stdin).ok()?;
        // A job in the background is stopped when it changes the terminal.
        let front = rustix::termios::tcgetpgrp(stdin).ok()?;
        if front != rustix::process::getpgrp() {
            return None;
        }
        let mut modes = before.clone();
        modes
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        // Reading gives what is there and does not wait.
        modes.special_codes[SpecialCodeIndex::VMIN] = 0;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        rustix::termios::tcsetattr(stdin, OptionalActions::Now, &modes).ok()?;
        Some(Self { before })
    }

    /// What was pressed since the last call.
    #[expect(
        clippy::unused_self,
        reason = "without it the terminal waits for a line"
    )]
    pub(crate) fn pressed(&self) -> Vec<Key> {
        let mut bytes = [0; 256];
        let read = rustix::io::read(rustix::stdio::stdin(), &mut bytes);
        keys(&bytes[..read.unwrap_or(0)])
    }
}

#[cfg(unix)]
impl Drop for Keys {
    fn drop(&mut self) {
        use rustix::termios::OptionalActions;
        let stdin = rustix::stdio::stdin();
        // Nothing can be done about a terminal that is gone.
        rustix::termios::tcsetattr(stdin, OptionalActions::Now, &self.before).ok();
    }
}

/// Elsewhere there are no keys.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Keys;

#[cfg(not(unix))]
impl Keys {
    pub(crate) fn open() -> Option<Self> {
        None
    }

    pub(crate) fn pressed(&self) -> Vec<Key> {
        Vec::new()
    }
}

/// What terminals send, and the letters of `less`.
#[cfg(any(unix, test))]
const SEQUENCES: &[(&[u8], Key)] = &[
    (b"\x1b[A", Key::Up),
    (b"\x1bOA", Key::Up),
    (b"k", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOB", Key::Down),
    (b"j", Key::Down),
    (b"\r", Key::Down),
    (b"\n", Key::Down),
    (b"\x1b[5~", Key::PageUp),
    (b"b", Key::PageUp),
    (b"\x1b[6~", Key::PageDown),
    (b" ", Key::PageDown),
    (b"f", Key::PageDown),
    (b"\x1b[H", Key::Home),
    (b"\x1bOH", Key::Home),
    (b"\x1b[1~", Key::Home),
    (b"g", Key::Home),
    (b"\x1b[F", Key::End),
    (b"\x1bOF", Key::End),
    (b"\x1b[4~", Key::End),
    (b"G", Key::End),
    (b"q", Key::Quit),
];

/// The known keys among bytes of a terminal.
#[cfg(any(unix, test))]
fn keys(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while !bytes.is_empty() {
        let found = SEQUENCES.iter().find(|(text, _)| bytes.starts_with(text));
        let len = match found {
            Some((text, key)) => {
                keys.push(*key);
                text.len()
            }
            None => unknown(bytes),
        };
        bytes = &bytes[len..];
    }
    keys
}

/// The length of what is in front: an escape sequence ends with its first letter or `~`.
#[cfg(any(unix, test))]
fn unknown(bytes: &[u8]) -> usize {
    if !bytes.starts_with(b"\x1b[") {
        return 1;
    }
    let end = bytes[2..]
        .iter()
        .position(|it| (0x40..=0x7e).contains(it))
        .map_or(bytes.len(), |at| at + 3);
    end.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_between_others() {
        use Key::{Down, End, Home, PageDown, PageUp, Quit, Up};
        let cases: [(&[u8], &[Key]); 5] = [
            (b"\x1b[A\x1b[Bjk", &[Up, Down, Down, Up]),
            (b"\x1b[5~ \x1b[6~", &[PageUp, PageDown, PageDown]),
            (b"\x1b[1;5Cq", &[Quit]),
            (b"xg\x1b[FG", &[Home, End, End]),
            (b"\x1b[\x1b", &[]),
        ];
        for (bytes, want) in cases {
            assert_eq!(keys(bytes), want, "{bytes:?}");
        }
    }
}
