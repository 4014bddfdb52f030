//! Samples to types.

use std::collections::BTreeMap;

use go_types::{Sizes, Store, TypeFormat, TypeId};

use super::fit::{Fit, Form, fit};
use super::sites::Sites;

/// Callers beyond this many are not asked for type arguments.
const MAX_CALLERS: usize = 8;
/// Smaller parts that might be of another type are not worth a word.
const SURE: f64 = 0.05;

/// What a profile says of blocks of one size, allocated by one stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allocation {
    /// From the inside out, without those of the runtime.
    pub frames: Vec<HeapFrame>,
    /// Bytes of one block.
    pub block: i64,
    /// Live objects.
    pub inuse_objects: i64,
    /// Live bytes.
    pub inuse_bytes: i64,
    /// Objects allocated since the start.
    pub alloc_objects: i64,
    /// Bytes allocated since the start.
    pub alloc_bytes: i64,
}

/// A line of a stack that allocated.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HeapFrame {
    /// Import path.
    pub package: String,
    /// Base name of the file.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// An instance of a generic function.
    pub generic: bool,
}

/// What is live of one type, and what was ever allocated. Numbers are those of the profile, which samples.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TypeHeap {
    /// Objects of their own.
    pub objects: f64,
    /// Elements of slices, arrays and maps; used or not.
    pub elements: f64,
    /// Of all these.
    pub bytes: f64,
    /// Objects allocated since the start, elements apart.
    pub alloc_objects: f64,
    /// Elements of slices and maps allocated since the start.
    pub alloc_elements: f64,
    /// Bytes allocated since the start.
    pub alloc_bytes: f64,
    /// Bytes of `bytes` that could be of other types as well.
    pub shared_bytes: f64,
}

impl TypeHeap {
    /// Live values, however they are held.
    pub fn values(&self) -> f64 {
        self.objects + self.elements
    }

    fn add(&mut self, other: &TypeHeap) {
        self.objects += other.objects;
        self.elements += other.elements;
        self.bytes += other.bytes;
        self.alloc_objects += other.alloc_objects;
        self.alloc_elements += other.alloc_elements;
        self.alloc_bytes += other.alloc_bytes;
        self.shared_bytes += other.shared_bytes;
    }
}

/// A profile by type.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HeapUse {
    /// By the type's name with the path of its package, as [`StructLayout`](crate::StructLayout) has it.
    pub by_type: BTreeMap<String, TypeHeap>,
    /// All live bytes of the profile …
    pub bytes: i64,
    /// … of those, allocated by packages that were looked into …
    pub own_bytes: i64,
    /// … and of those, found to be of a type.
    pub typed_bytes: i64,
}

/// Gives each allocation the types that its line can allocate and its block fits.
pub fn attribute(
    store: &mut Store,
    sizes: Sizes,
    sites: &Sites,
    allocations: &[Allocation],
) -> HeapUse {
    let mut found = HeapUse::default();
    let mut by_stack: BTreeMap<&[HeapFrame], Vec<&Allocation>> = BTreeMap::new();
    for allocation in allocations {
        found.bytes = found.bytes.saturating_add(allocation.inuse_bytes);
        by_stack
            .entry(&allocation.frames)
            .or_default()
            .push(allocation);
    }
    for (frames, allocations) in by_stack {
        let Some(candidates) = candidates(sites, frames) else {
            continue;
        };
        let fits: Vec<Vec<(String, Fit)>> = (allocations.iter())
            .map(|allocation| fits(store, sizes, &candidates, allocation.block))
            .collect();
        let growth = growth(&allocations, &fits);
        for (allocation, fits) in allocations.iter().zip(&fits) {
            let bytes = allocation.inuse_bytes;
            found.own_bytes = found.own_bytes.saturating_add(bytes);
            if fits.is_empty() {
                continue;
            }
            found.typed_bytes = found.typed_bytes.saturating_add(bytes);
            let shares = shares(fits, allocation, growth);
            for ((_, fit), (share, sure)) in fits.iter().zip(shares) {
                for (typ, heap) in heap_of(store, sizes, *fit, allocation) {
                    let mut heap = scaled(&heap, share);
                    if !sure {
                        heap.shared_bytes = heap.bytes;
                    }
                    let name = store.type_text(typ, TypeFormat::default());
                    found.by_type.entry(name).or_default().add(&heap);
                }
            }
        }
    }
    found
}

/// The candidates of the likeliest list with any that a block fits, each type and form once.
fn fits(
    store: &mut Store,
    sizes: Sizes,
    candidates: &[Vec<(Form, TypeId)>; 2],
    block: i64,
) -> Vec<(String, Fit)> {
    for list in candidates {
        let mut fits: Vec<(String, Fit)> = Vec::new();
        for candidate in list {
            let Some(fit) = fit(store, sizes, *candidate, block) else {
                continue;
            };
            // The same type may be there once for each variant of its package.
            let name = store.type_text(candidate.1, TypeFormat::default());
            let same = |known: &Fit| std::mem::discriminant(known) == std::mem::discriminant(&fit);
            if !fits.iter().any(|(known, it)| *known == name && same(it)) {
                fits.push((name, fit));
            }
        }
        if !fits.is_empty() {
            return fits;
        }
    }
    Vec::new()
}

/// How often a stack allocates an array of one size, estimated from its other blocks: the sizes that only arrays
/// have. Slices that grow have each size in turn.
fn growth(allocations: &[&Allocation], fits: &[Vec<(String, Fit)>]) -> Option<i64> {
    let of_arrays = |fits: &[(String, Fit)]| {
        !fits.is_empty() && fits.iter().all(|(_, fit)| !matches!(fit, Fit::Object(_)))
    };
    (allocations.iter().zip(fits))
        .filter(|(_, fits)| of_arrays(fits))
        .map(|(allocation, _)| allocation.alloc_objects.max(allocation.inuse_objects))
        .max()
}

/// Which part of an allocation each candidate gets, and whether that is sure. Arrays get no more than grew; the rest
/// is objects.
fn shares(
    fits: &[(String, Fit)],
    allocation: &Allocation,
    growth: Option<i64>,
) -> Vec<(f64, bool)> {
    let is_object = |fit: &Fit| matches!(fit, Fit::Object(_));
    let n_objects = fits.iter().filter(|(_, fit)| is_object(fit)).count();
    let n_arrays = fits.len() - n_objects;
    let even = 1.0 / fits.len() as f64;
    let Some(growth) = growth.filter(|_| n_objects > 0 && n_arrays > 0) else {
        return vec![(even, fits.len() == 1); fits.len()];
    };
    let all = allocation
        .alloc_objects
        .max(allocation.inuse_objects)
        .max(1);
    let arrays = (growth as f64 / all as f64 * n_arrays as f64).min(even * n_arrays as f64);
    let of = |(_, fit): &(String, Fit)| {
        if is_object(fit) {
            (
                (1.0 - arrays) / n_objects as f64,
                n_objects == 1 && arrays < SURE,
            )
        } else {
            (arrays / n_arrays as f64, arrays < SURE)
        }
    };
    fits.iter().map(of).collect()
}

/// Types that may have been allocated, the likeliest list first. `None`: no package of the stack's inner end was looked
/// into.
fn candidates(sites: &Sites, frames: &[HeapFrame]) -> Option<[Vec<(Form, TypeId)>; 2]> {
    let first = frames.first()?;
    let known = sites.has(&first.package);
    if !known && !first.generic {
        return None;
    }
    let site = sites.at(&first.package, &first.file, first.line);
    let mut lists = site.map_or_else(Default::default, |site| {
        [site.explicit.clone(), site.implicit.clone()]
    });
    if first.generic && site.is_none_or(|site| site.of_params) {
        let (arguments, asked) = arguments(sites, &frames[1..]);
        if !known && !asked {
            return None;
        }
        for argument in arguments {
            let forms = [Form::Object, Form::Elements, Form::Map];
            lists[0].extend(forms.map(|form| (form, argument)));
        }
    }
    Some(lists)
}

/// Type arguments on the lines of callers, up to the first that is not generic itself; and whether any of them was
/// looked into.
fn arguments(sites: &Sites, callers: &[HeapFrame]) -> (Vec<TypeId>, bool) {
    let mut arguments = Vec::new();
    let mut asked = false;
    for frame in callers.iter().take(MAX_CALLERS) {
        asked |= sites.has(&frame.package);
        let site = sites.at(&frame.package, &frame.file, frame.line);
        for argument in site.iter().flat_map(|site| &site.arguments) {
            if !arguments.contains(argument) {
                arguments.push(*argument);
            }
        }
        if !frame.generic {
            break;
        }
    }
    (arguments, asked)
}

/// What an allocation is of each type in it.
fn heap_of(
    store: &mut Store,
    sizes: Sizes,
    fit: Fit,
    allocation: &Allocation,
) -> Vec<(TypeId, TypeHeap)> {
    let [live, allocated] = [allocation.inuse_objects, allocation.alloc_objects].map(|n| n as f64);
    let [bytes, alloc_bytes] = [allocation.inuse_bytes, allocation.alloc_bytes].map(|n| n as f64);
    match fit {
        Fit::Object(typ) => vec![(
            typ,
            TypeHeap {
                objects: live,
                bytes,
                alloc_objects: allocated,
                alloc_bytes,
                ..TypeHeap::default()
            },
        )],
        Fit::Elements { typ, count } => vec![(
            typ,
            TypeHeap {
                elements: live * count as f64,
                bytes,
                alloc_elements: allocated * count as f64,
                alloc_bytes,
                ..TypeHeap::default()
            },
        )],
        Fit::Slots { key, elem, count } => {
            let parts = [key, elem].into_iter().flatten();
            parts
                .map(|part| {
                    let size = sizes.size(store, part).unwrap_or(0) as f64;
                    let [elements, alloc_elements] = [live, allocated].map(|n| n * count as f64);
                    let heap = TypeHeap {
                        elements,
                        bytes: elements * size,
                        alloc_elements,
                        alloc_bytes: alloc_elements * size,
                        ..TypeHeap::default()
                    };
                    (part, heap)
                })
                .collect()
        }
        Fit::Around => Vec::new(),
    }
}

fn scaled(heap: &TypeHeap, share: f64) -> TypeHeap {
    TypeHeap {
        objects: heap.objects * share,
        elements: heap.elements * share,
        bytes: heap.bytes * share,
        alloc_objects: heap.alloc_objects * share,
        alloc_elements: heap.alloc_elements * share,
        alloc_bytes: heap.alloc_bytes * share,
        shared_bytes: heap.shared_bytes * share,
    }
}
