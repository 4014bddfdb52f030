//! String constants: long concatenations share their pieces.

use std::sync::Arc;

/// A string constant, or a concatenation not yet joined.
///
/// `"a" + "b" + …` over thousands of lines is a chain to the left; each prefix is a constant of its own, so
/// joining eagerly would be quadratic.
#[derive(Clone, Debug)]
pub struct Str {
    len: u64,
    node: Arc<Node>,
}

#[derive(Debug)]
enum Node {
    Flat(Box<[u8]>),
    Concat(Option<Box<(Str, Str)>>),
}

impl Str {
    pub fn new(bytes: &[u8]) -> Str {
        Str {
            len: bytes.len() as u64,
            node: Arc::new(Node::Flat(bytes.into())),
        }
    }

    /// In bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn concat(&self, right: &Str) -> Str {
        const JOIN: u64 = 64;
        if self.len + right.len <= JOIN {
            let mut bytes = self.to_vec();
            right.append_to(&mut bytes);
            return Str::new(&bytes);
        }
        let pair = Box::new((self.clone(), right.clone()));
        Str {
            len: self.len.saturating_add(right.len),
            node: Arc::new(Node::Concat(Some(pair))),
        }
    }

    /// The bytes, joined into one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.append_to(&mut bytes);
        bytes
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let mut stack = vec![self];
        while let Some(text) = stack.pop() {
            match &*text.node {
                Node::Flat(flat) => bytes.extend_from_slice(flat),
                Node::Concat(pair) => {
                    if let Some(pair) = pair {
                        stack.push(&pair.1);
                        stack.push(&pair.0);
                    }
                }
            }
        }
    }
}

/// Chains are as long as the source wants: no recursion.
impl Drop for Node {
    fn drop(&mut self) {
        let Node::Concat(pair) = self else { return };
        let mut stack: Vec<Box<(Str, Str)>> = pair.take().into_iter().collect();
        while let Some(pair) = stack.pop() {
            for part in [pair.0, pair.1] {
                if let Some(mut node) = Arc::into_inner(part.node)
                    && let Node::Concat(inner) = &mut node
                {
                    stack.extend(inner.take());
                }
            }
        }
    }
}
