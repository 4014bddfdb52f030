//! Decisions in bytes and back.

use gc::{Decisions, DecodeError, read_log};

const CATALOGUE: &[u8] = include_bytes!("data/catalogue.log");

#[test]
fn bytes_give_back_the_decisions() {
    for log in [
        CATALOGUE,
        b"",
        b"no newline",
        b"\xff\na.go:1:1: x escapes to heap\n\n",
    ] {
        let (decisions, _) = read_log(log, &[("/m/", "/elsewhere/")]);
        let decoded = Decisions::from_bytes(&decisions.to_bytes()).unwrap();
        assert_eq!(decoded, decisions);
        assert_eq!(decoded.write_log(), log);
    }
}

#[test]
fn other_versions_are_refused() {
    let mut bytes = read_log(CATALOGUE, &[]).0.to_bytes();
    assert_eq!(Decisions::from_bytes(b""), Err(DecodeError::Version));
    assert_eq!(
        Decisions::from_bytes(b"something else"),
        Err(DecodeError::Version)
    );
    bytes[4] += 1;
    assert_eq!(Decisions::from_bytes(&bytes), Err(DecodeError::Version));
}

#[test]
fn damage_is_noticed() {
    let bytes = read_log(CATALOGUE, &[]).0.to_bytes();
    for len in 4..bytes.len() {
        assert!(Decisions::from_bytes(&bytes[..len]).is_err(), "{len}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(Decisions::from_bytes(&damaged).is_err(), "{at}");
    }
}
