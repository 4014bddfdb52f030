//! Units seen so far, as small numbers.

use rustc_hash::FxHashMap;

use crate::bytes;
use crate::unit;

/// A unit as read, and whether its values were tidied. Stable within one [`Units`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct UnitId(u32);

/// A measurement of a line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Measurement {
    /// In base units, unless tidying does not change it (see [`UnitName::original`]).
    pub value: f64,
    pub unit: UnitId,
}

/// The unit of a [`UnitId`].
#[derive(Clone, PartialEq, Debug)]
pub struct UnitName {
    /// The unit the value is in. As the reference reads, it stays as written, `ns/op`, when tidying leaves the value as
    /// it is: 0 and infinities.
    pub unit: String,
    /// The unit as written, if the value was tidied.
    pub original: Option<String>,
    /// The tidied unit and its factor.
    tidy: (String, f64),
}

impl UnitName {
    /// Unit and value in base units whatever the value is.
    pub fn tidied(&self, value: f64) -> (&str, f64) {
        let value = if self.original.is_some() {
            value
        } else {
            value * self.tidy.1
        };
        (&self.tidy.0, value)
    }
}

/// A unit as written, with the ids of its two forms.
#[derive(Debug)]
struct Written {
    text: Vec<u8>,
    factor: f64,
    plain: UnitId,
    tidied: UnitId,
}

/// The table of units.
#[derive(Debug, Default)]
pub struct Units {
    /// See [`Dialect::zero_keeps_unit`](super::Dialect::zero_keeps_unit).
    zero_keeps_unit: bool,
    names: Vec<UnitName>,
    written: Vec<Written>,
    by_text: FxHashMap<Vec<u8>, u32>,
}

impl Units {
    pub(super) fn new(zero_keeps_unit: bool) -> Self {
        Self {
            zero_keeps_unit,
            ..Self::default()
        }
    }

    pub fn name(&self, id: UnitId) -> &UnitName {
        &self.names[id.0 as usize]
    }

    /// `hint` is what the same place of the line before held: mostly the same.
    pub(super) fn measurement(&mut self, value: f64, text: &[u8], hint: &mut u32) -> Measurement {
        let known = self
            .written
            .get(*hint as usize)
            .is_some_and(|written| written.text == text);
        if !known {
            *hint = self.intern(text);
        }
        let written = &self.written[*hint as usize];
        let tidy = value * written.factor;
        // Infinities compare equal to themselves, so they keep the unit they came in.
        #[expect(clippy::float_cmp, reason = "the question is whether any bit changes")]
        let unit = if self.zero_keeps_unit && tidy == value {
            written.plain
        } else {
            written.tidied
        };
        Measurement { value: tidy, unit }
    }

    fn intern(&mut self, text: &[u8]) -> u32 {
        if let Some(&at) = self.by_text.get(text) {
            return at;
        }
        let name = bytes::decode(text).into_owned();
        let (tidied, factor) = unit::tidy(&name);
        let tidy = (tidied.into_owned(), factor);
        let plain = self.add(UnitName {
            unit: name.clone(),
            original: None,
            tidy: tidy.clone(),
        });
        #[expect(clippy::float_cmp, reason = "1 is what an unchanged unit has, exactly")]
        let tidied = if factor == 1.0 {
            plain
        } else {
            self.add(UnitName {
                unit: tidy.0.clone(),
                original: Some(name),
                tidy,
            })
        };
        let at = self.written.len() as u32;
        self.written.push(Written {
            text: text.to_owned(),
            factor,
            plain,
            tidied,
        });
        self.by_text.insert(text.to_owned(), at);
        at
    }

    fn add(&mut self, name: UnitName) -> UnitId {
        self.names.push(name);
        UnitId(self.names.len() as u32 - 1)
    }
}
