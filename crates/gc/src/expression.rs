//! Expressions of the source that decisions are about.
//!
//! The compiler prints its own trees: folded constants, temporaries (`~r0`, `.autotmp_7`), names qualified with
//! packages. What the user wrote at the position is found in the parsed source, by gc's position of each expression.

use std::borrow::Cow;

use base::{Idx, LineCol};
use go_syntax::{ExprId, ExprKind, File, Node, Positions, UnaryOp};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::class::SubjectClass;
use crate::decision::{Kind, Position};
use crate::decisions::Decisions;
use crate::notation;

/// Limit on the bytes of a text that is not shortened.
const SHORT: usize = 60;

/// The expressions of one source file by gc's position of them.
#[derive(Debug)]
pub struct Expressions {
    file: File,
    positions: Positions,
}

impl Expressions {
    /// Parses a source. Broken code has the expressions that could be read.
    pub fn new(source: &[u8]) -> Self {
        let (file, _) = go_syntax::parse(source);
        let positions = Positions::new(&file);
        Self { file, positions }
    }

    /// The parsed file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The source text of a subject, on one line. `inlined`: a call at the position was inlined, so that subjects of
    /// its body have the position of the call.
    pub fn text(
        &self,
        at: LineCol,
        class: SubjectClass,
        notation: &str,
        inlined: bool,
    ) -> Option<Cow<'_, str>> {
        let wanted = Wanted {
            class,
            notation,
            inlined,
        };
        let offset = self.file.lines.offset(at)?;
        let mut here = self.positions.at(offset).filter_map(|node| match node {
            Node::Expr(id) => Some(id),
            _ => None,
        });
        let here = here.find(|id| wanted.fits(&self.file, *id));
        let id = match here {
            Some(id) => id,
            None if inlined => return None,
            None => self.around(offset, &wanted)?,
        };
        Some(short(&self.file, id))
    }

    /// The smallest expression around an offset that fits: the compiler gives some conversions the position of
    /// their operand.
    fn around(&self, offset: u32, wanted: &Wanted) -> Option<ExprId> {
        let file = &self.file;
        (0..file.ast.n_exprs())
            .map(ExprId::from_index)
            .filter(|id| {
                let range = file.ast.expr(*id).range;
                range.start <= offset && offset < range.end
            })
            .filter(|id| wanted.is_conversion() && wanted.fits(file, *id))
            .min_by_key(|id| file.ast.expr(*id).range.len())
    }
}

/// The subject that an expression is looked up for.
struct Wanted<'a> {
    class: SubjectClass,
    notation: &'a str,
    inlined: bool,
}

impl Wanted<'_> {
    fn is_conversion(&self) -> bool {
        matches!(
            self.class,
            SubjectClass::ToString | SubjectClass::StringToBytes | SubjectClass::StringToRunes
        )
    }

    fn fits(&self, file: &File, id: ExprId) -> bool {
        use SubjectClass as C;
        let kind = &file.ast.expr(id).kind;
        let is_call = matches!(kind, ExprKind::Call { .. });
        match self.class {
            C::Name if notation::is_temporary(self.notation) => true,
            C::Name => (file.ast.ident(id))
                .is_some_and(|name| name.as_str() == notation::variable(self.notation)),
            C::AddressOfLiteral => matches!(
                kind,
                ExprKind::Unary {
                    op: UnaryOp::And,
                    ..
                } | ExprKind::CompositeLit { .. }
            ),
            C::StructLiteral | C::SliceOrArrayLiteral | C::MapLiteral => {
                matches!(kind, ExprKind::CompositeLit { .. })
            }
            C::New => calls(file, id, &["new"]),
            C::MakeSlice | C::MakeMap | C::MakeChan => calls(file, id, &["make"]),
            C::Append => calls(file, id, &["append"]),
            C::FuncLiteral => {
                matches!(kind, ExprKind::FuncLit { .. }) || (is_call && !self.inlined)
            }
            C::Concatenation => matches!(kind, ExprKind::Binary { .. }),
            C::Selector => matches!(kind, ExprKind::Selector { .. }),
            C::VariadicSlice => is_call,
            C::ToString | C::StringToBytes | C::StringToRunes | C::Call => is_call && !self.inlined,
            C::StringConstant | C::Constant => !is_call,
            C::Function => false,
            C::Other => !(is_call && self.inlined),
        }
    }
}

/// A call of one of these builtins.
fn calls(file: &File, id: ExprId, builtins: &[&str]) -> bool {
    let ExprKind::Call { fun, .. } = file.ast.expr(id).kind else {
        return false;
    };
    (file.ast.ident(file.ast.unparen(fun))).is_some_and(|name| builtins.contains(&name.as_str()))
}

/// The text of an expression on one line; of long ones without what stands in braces and parentheses.
fn short(file: &File, id: ExprId) -> Cow<'_, str> {
    let text = file.expr_text(id);
    if text.len() <= SHORT && !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let inner = |id| cut(&short(file, id));
    let text = match file.ast.expr(id).kind {
        ExprKind::FuncLit { ty, .. } => format!("{} {{...}}", inner(ty)),
        ExprKind::CompositeLit { ty, .. } => {
            format!("{}{{...}}", ty.map(inner).unwrap_or_default())
        }
        ExprKind::Unary {
            op: UnaryOp::And,
            x,
        } => format!("&{}", inner(x)),
        ExprKind::Call { fun, args, .. } => {
            let first = file.ast.list(args).first().map(|arg| file.expr_text(*arg));
            match first.filter(|arg| arg.len() <= SHORT / 2 && !arg.contains('\n')) {
                Some(arg) => format!("{}({arg}, ...)", inner(fun)),
                None => format!("{}(...)", inner(fun)),
            }
        }
        ExprKind::Paren(x) => format!("({})", inner(x)),
        ExprKind::Selector { x, sel } => format!("{}.{}", inner(x), file.expr_text(sel)),
        _ => cut(text),
    };
    Cow::Owned(text)
}

/// One line of at most [`SHORT`] bytes.
fn cut(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.len() <= SHORT {
        return line;
    }
    let end = line.floor_char_boundary(SHORT - 3);
    format!("{}...", &line[..end])
}

impl Decisions {
    /// Gives the subjects of escape decisions the source text of their expressions. `sources` returns the parsed
    /// file of a path; it is asked once for each file.
    pub fn add_expressions<'s>(
        &mut self,
        mut sources: impl FnMut(&str) -> Option<&'s Expressions>,
    ) {
        let files: Vec<Option<&Expressions>> = std::iter::once(None)
            .chain(self.files().map(|(_, path)| sources(path)))
            .collect();
        let inlined: FxHashSet<Position> = (self.items.iter())
            .filter(|decision| matches!(decision.kind, Kind::InliningCall { .. }))
            .map(|decision| decision.position)
            .collect();
        let mut known: FxHashMap<String, crate::TextId> = FxHashMap::default();
        for id in self.items.ids() {
            let decision = self.items[id];
            let position = decision.position;
            let (Some(Some(source)), true) =
                (files.get(position.file.index()), decision.kind.has_value())
            else {
                continue;
            };
            let (class, notation) = (decision.subject.class, self.text(decision.subject));
            let is_inlined = inlined.contains(&position);
            let Some(text) = source.text(position.line_col(), class, notation, is_inlined) else {
                continue;
            };
            let expression = if text == notation {
                decision.subject.text
            } else if let Some(known) = known.get(&*text) {
                *known
            } else {
                let pushed = self.texts.push(&text);
                known.insert(text.into_owned(), pushed);
                pushed
            };
            self.items[id].subject.expression = Some(expression);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_log;

    const SOURCE: &str = r#"package p

func use() any {
	t := NewT[string]()
	s := string(b) + "x"
	keep(mk().id, []byte(s+"x"), &item{
		id: 1,
	})
	return func() int { return n }
}
"#;

    #[test]
    fn subjects_get_the_text_of_the_source() {
        let log = "\
a.go:4:19: inlining call to NewT[go.shape.string]
a.go:4:19: &T[go.shape.string]{...} escapes to heap
a.go:5:17: string(b) + \"x\" escapes to heap
a.go:5:13: string(b) escapes to heap
a.go:6:11: (~r0).id escapes to heap
a.go:6:22: ([]byte)(s + \"x\") escapes to heap
a.go:6:24: ([]byte)(s + \"x\") escapes to heap
a.go:6:31: &item{...} escapes to heap
a.go:6:6: ... argument does not escape
a.go:4:2: moved to heap: t
a.go:9:9: func literal escapes to heap
a.go:6:9: ~r0 escapes to heap
b.go:6:9: ~r0 escapes to heap
";
        let (mut decisions, _) = read_log(log.as_bytes(), &[]);
        let source = Expressions::new(SOURCE.as_bytes());
        decisions.add_expressions(|path| (path == "a.go").then_some(&source));
        let texts: Vec<&str> = decisions
            .iter()
            .map(|(_, decision)| (decision.subject.expression).map_or("-", |id| decisions.text(id)))
            .collect();
        assert_eq!(
            texts,
            [
                "-",
                "-",
                "string(b) + \"x\"",
                "string(b)",
                "mk().id",
                "[]byte(s+\"x\")",
                "[]byte(s+\"x\")",
                "&item{...}",
                "keep(mk().id, ...)",
                "t",
                "func() int { return n }",
                "mk()",
                "-",
            ]
        );
        let stored = Decisions::from_bytes(&decisions.to_bytes());
        assert_eq!(stored.as_ref(), Ok(&decisions));
        assert_eq!(decisions.write_log(), log.as_bytes());
    }
}
