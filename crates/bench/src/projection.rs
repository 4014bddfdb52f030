//! Results to keys: by what to group, and in which order.
//!
//! A [`Projection`] turns a result into a tuple of strings, its key. Keys are interned, so that grouping
//! compares numbers.
//!
//! Source: golang.org/x/perf/benchproc.

mod order;

use rustc_hash::FxHashMap;

use crate::benchfmt::{Name, ResultLine};
use crate::bytes;
use crate::filter::{Extractor, Filter};
use crate::syntax::{ProjectionField, QueryError, parse_projection};
use order::Order;

/// A key of one projection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KeyId(u32);

/// An interned string; 0 is the empty one.
type StringId = u32;

/// All projections of a command. A key named in any of them is excluded from the `.config` and
/// `.fullname` of all.
#[derive(Debug, Default)]
pub struct ProjectionParser {
    excluded: Excluded,
    has_config: bool,
    has_fullname: bool,
}

/// What specific fields take away from the general ones.
#[derive(Clone, Debug, Default)]
pub struct Excluded {
    config: Vec<String>,
    /// `.name` and `/key`s.
    name: Vec<String>,
}

impl ProjectionParser {
    /// Reads a projection. Fixed orders are added to the filter.
    pub fn parse(&mut self, query: &str, filter: &mut Filter) -> Result<Projection, QueryError> {
        let mut projection = Projection::default();
        let mut required = Vec::new();
        for field in parse_projection(query)? {
            let order = self.add(&mut projection, query, &field)?;
            if let (Order::Fixed(_), Ok(extractor)) = (&order, Extractor::new(&field.key)) {
                required.push((extractor, field.fixed));
            }
        }
        filter.require(required);
        Ok(projection)
    }

    /// As [`parse`](Self::parse), with the unit of a measurement as the last field.
    pub fn parse_with_unit(
        &mut self,
        query: &str,
        filter: &mut Filter,
    ) -> Result<Projection, QueryError> {
        let mut projection = self.parse(query, filter)?;
        let field = projection.add_field(".unit", Order::first());
        projection.parts.push(Part::Unit(field));
        Ok(projection)
    }

    /// What no projection covers.
    pub fn residue(&mut self) -> Projection {
        let mut projection = Projection::default();
        if !self.has_config {
            projection.parts.push(Part::Config {
                order: Order::first(),
                fields: Vec::new(),
            });
        }
        if !self.has_fullname {
            let field = projection.add_field(".fullname", Order::first());
            projection.parts.push(Part::FullName(field));
        }
        projection
    }

    /// The exclusions, once all projections are read.
    pub fn into_excluded(self) -> Excluded {
        self.excluded
    }

    fn add(
        &mut self,
        projection: &mut Projection,
        query: &str,
        field: &ProjectionField,
    ) -> Result<Order, QueryError> {
        let fail = |offset, message: String| QueryError {
            query: query.to_owned(),
            offset,
            message,
        };
        let order = Order::new(&field.order, &field.fixed).ok_or_else(|| {
            let message = format!("unknown order {}", crate::number::quote(&field.order));
            fail(field.order_offset, message)
        })?;
        let part = match field.key.as_str() {
            ".config" => {
                if matches!(order, Order::Fixed(_)) {
                    let message = "fixed order not allowed for .config".to_owned();
                    return Err(fail(field.order_offset, message));
                }
                self.has_config = true;
                Part::Config {
                    order: order.clone(),
                    fields: Vec::new(),
                }
            }
            ".fullname" => {
                self.has_fullname = true;
                Part::FullName(projection.add_field(".fullname", order.clone()))
            }
            ".unit" => {
                let message = ".unit is only allowed in filters".to_owned();
                return Err(fail(field.key_offset, message));
            }
            key => {
                let extractor = Extractor::new(key)
                    .map_err(|message| fail(field.key_offset, message.to_owned()))?;
                let excluded = if key == ".name" || key.starts_with('/') {
                    &mut self.excluded.name
                } else {
                    &mut self.excluded.config
                };
                excluded.push(key.to_owned());
                Part::Key(extractor, projection.add_field(key, order.clone()))
            }
        };
        projection.parts.push(part);
        Ok(order)
    }
}

/// One dimension of a projection.
#[derive(Debug)]
struct Field {
    name: String,
    order: Order,
}

#[derive(Debug)]
enum Part {
    Key(Extractor, usize),
    FullName(usize),
    /// A tuple that grows with each configuration key seen.
    Config {
        order: Order,
        fields: Vec<(String, usize)>,
    },
    Unit(usize),
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Projection {
    parts: Vec<Part>,
    fields: Vec<Field>,
    strings: Vec<String>,
    string_ids: FxHashMap<String, StringId>,
    /// Values by field, without empty ones at the end.
    keys: Vec<Box<[StringId]>>,
    key_ids: FxHashMap<Box<[StringId]>, KeyId>,
    /// The key being made.
    row: Vec<StringId>,
}

impl Projection {
    /// The key of a result. `.unit` is empty.
    pub fn project(&mut self, line: &ResultLine<'_>, excluded: &Excluded) -> KeyId {
        self.fill_row(line, excluded);
        self.intern_row()
    }

    /// The keys of the measurements at `places` of a result.
    pub fn project_values(
        &mut self,
        line: &ResultLine<'_>,
        excluded: &Excluded,
        places: &[usize],
    ) -> Vec<KeyId> {
        self.fill_row(line, excluded);
        let unit = self.parts.iter().find_map(|part| match part {
            Part::Unit(field) => Some(*field),
            _ => None,
        });
        let mut keys = Vec::with_capacity(places.len());
        for &place in places {
            if let Some(field) = unit {
                let name = &line.units.name(line.values[place].unit).unit;
                self.row[field] = self.intern(name);
            }
            keys.push(self.intern_row());
        }
        keys
    }

    /// Names of the fields, in the order in which they are compared.
    pub fn field_names(&self) -> Vec<&str> {
        (self.flattened().into_iter())
            .map(|field| self.fields[field].name.as_str())
            .collect()
    }

    /// Values of a key by field, as [`field_names`](Self::field_names).
    pub fn values(&self, key: KeyId) -> Vec<&str> {
        let row = &self.keys[key.0 as usize];
        (self.flattened().into_iter())
            .map(|field| self.string(row, field))
            .collect()
    }

    /// The values that are not empty, joined by blanks.
    pub fn label(&self, key: KeyId) -> String {
        let mut values = self.values(key);
        values.retain(|value| !value.is_empty());
        values.join(" ")
    }

    /// Sorts field by field in the order of each. Values that are equal in it sort as bytes.
    pub fn sort(&self, keys: &mut [KeyId]) {
        let fields = self.flattened();
        keys.sort_by(|a, b| {
            let (a, b) = (&self.keys[a.0 as usize], &self.keys[b.0 as usize]);
            let different = fields.iter().find(|&&field| id(a, field) != id(b, field));
            different.map_or(std::cmp::Ordering::Equal, |&field| {
                let (a, b) = (self.string(a, field), self.string(b, field));
                self.fields[field]
                    .order
                    .compare(a, b)
                    .then_with(|| a.cmp(b))
            })
        });
    }

    /// Names of the fields in which some of the keys differ.
    pub fn varying(&self, keys: &[KeyId]) -> Vec<&str> {
        let Some((first, others)) = keys.split_first() else {
            return Vec::new();
        };
        let first = &self.keys[first.0 as usize];
        let varies = |field: &usize| {
            (others.iter()).any(|key| id(&self.keys[key.0 as usize], *field) != id(first, *field))
        };
        (self.flattened().into_iter().filter(varies))
            .map(|field| self.fields[field].name.as_str())
            .collect()
    }

    /// Forgets what is only needed to make keys.
    pub fn freeze(&mut self) {
        self.key_ids = FxHashMap::default();
        self.string_ids = FxHashMap::default();
    }

    fn flattened(&self) -> Vec<usize> {
        let mut flattened = Vec::with_capacity(self.fields.len());
        for part in &self.parts {
            match part {
                Part::Key(_, field) | Part::FullName(field) | Part::Unit(field) => {
                    flattened.push(*field);
                }
                Part::Config { fields, .. } => {
                    flattened.extend(fields.iter().map(|(_, field)| *field));
                }
            }
        }
        flattened
    }

    fn string(&self, row: &[StringId], field: usize) -> &str {
        match id(row, field) {
            0 => "",
            id => &self.strings[id as usize - 1],
        }
    }

    fn add_field(&mut self, name: &str, order: Order) -> usize {
        self.fields.push(Field {
            name: name.to_owned(),
            order,
        });
        self.fields.len() - 1
    }

    fn fill_row(&mut self, line: &ResultLine<'_>, excluded: &Excluded) {
        self.row.clear();
        self.row.resize(self.fields.len(), 0);
        let mut parts = std::mem::take(&mut self.parts);
        for part in &mut parts {
            match part {
                Part::Key(extractor, field) => {
                    self.row[*field] = self.intern(&extractor.value(line));
                }
                Part::FullName(field) => {
                    let name = bytes::decode(line.name);
                    self.row[*field] = if excluded.name.is_empty() {
                        self.intern(&name)
                    } else {
                        self.intern(&Name(&name).without(&excluded.name))
                    };
                }
                Part::Config { order, fields } => {
                    self.fill_config(line, excluded, order, fields);
                }
                Part::Unit(_) => {}
            }
        }
        self.parts = parts;
    }

    fn fill_config(
        &mut self,
        line: &ResultLine<'_>,
        excluded: &Excluded,
        order: &Order,
        fields: &mut Vec<(String, usize)>,
    ) {
        for entry in line.config.entries().iter().filter(|entry| entry.file) {
            let known = fields.iter().find(|(key, _)| *key == entry.key);
            let field = match known {
                Some((_, field)) => *field,
                None if excluded.config.contains(&entry.key) => continue,
                None => {
                    let field = self.add_field(&entry.key, order.unobserved());
                    self.row.push(0);
                    fields.push((entry.key.clone(), field));
                    field
                }
            };
            self.row[field] = self.intern(&entry.value);
        }
    }

    fn intern(&mut self, text: &str) -> StringId {
        if text.is_empty() {
            return 0;
        }
        if let Some(&id) = self.string_ids.get(text) {
            return id;
        }
        self.strings.push(text.to_owned());
        let id = self.strings.len() as StringId;
        self.string_ids.insert(text.to_owned(), id);
        id
    }

    /// Fields may be added later, so empty values at the end do not count.
    fn intern_row(&mut self) -> KeyId {
        let len = self
            .row
            .iter()
            .rposition(|&id| id != 0)
            .map_or(0, |last| last + 1);
        if let Some(&key) = self.key_ids.get(&self.row[..len]) {
            return key;
        }
        let row: Box<[StringId]> = self.row[..len].into();
        for (at, field) in self.fields.iter_mut().enumerate() {
            let value = match id(&row, at) {
                0 => "",
                id => &self.strings[id as usize - 1],
            };
            field.order.observe(value);
        }
        let key = KeyId(self.keys.len() as u32);
        self.keys.push(row.clone());
        self.key_ids.insert(row, key);
        key
    }
}

fn id(row: &[StringId], field: usize) -> StringId {
    row.get(field).copied().unwrap_or(0)
}
