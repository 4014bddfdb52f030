//! A scene as pixels, in PNG or GIF.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{
    Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use super::layout::{Placed, Route, Scene, Text};
use super::write::arrow;

/// Pixels per point. Screens have two pixels where they had one when Graphviz chose 4/3.
const SCALE: f64 = 2.0;

/// Most pixels of a picture, 128 MiB in memory; larger graphs are drawn smaller.
const MAX_PIXELS: f64 = (32 << 20) as f64;

/// Most pixels of a side, which GIF and many viewers cannot pass.
const MAX_SIDE: f64 = 65_535.0;

/// The font's size by the size that is asked for: so its characters are as wide as the layout
/// expects, 0.56 of that.
const FONT_SCALE: f64 = 0.93;

/// Its licence, MIT and Bitstream Vera's, lies beside it.
const HACK_REGULAR: &[u8] = include_bytes!("../../fonts/Hack-Regular.ttf");

/// A picture that could not be made: out of memory, or too large for the format.
pub(crate) type RasterError = Box<dyn std::error::Error>;

pub(crate) fn png(scene: &Scene) -> Result<Vec<u8>, RasterError> {
    Ok(pixels(scene)?.encode_png()?)
}

pub(crate) fn gif(scene: &Scene) -> Result<Vec<u8>, RasterError> {
    let pixmap = pixels(scene)?;
    let (width, height) = (pixmap.width().try_into()?, pixmap.height().try_into()?);
    // The background covers everything, so colours are those that are stored.
    let mut bytes = pixmap.take();
    // 1 is the best of the quantiser's speeds, 30 the fastest; what is drawn has few colours.
    let frame = gif::Frame::from_rgba_speed(width, height, &mut bytes, 10);
    let mut out = Vec::new();
    gif::Encoder::new(&mut out, width, height, &[])?.write_frame(&frame)?;
    Ok(out)
}

fn pixels(scene: &Scene) -> Result<Pixmap, RasterError> {
    let (width, height) = (scene.width.max(1.0), scene.height.max(1.0));
    let scale = SCALE
        .min((MAX_PIXELS / (width * height)).sqrt())
        .min(MAX_SIDE / width.max(height));
    let side = |points: f64| ((points * scale).ceil()).clamp(1.0, MAX_SIDE) as u32;
    let mut canvas = Canvas {
        pixmap: Pixmap::new(side(width), side(height)).ok_or("the picture is too large")?,
        transform: Transform::from_scale(scale as f32, scale as f32),
        font: FontRef::new(HACK_REGULAR)?,
    };
    canvas.pixmap.fill(Color::WHITE);
    for route in &scene.paths {
        canvas.route(route);
    }
    for placed in &scene.boxes {
        canvas.placed(placed);
    }
    for text in &scene.texts {
        canvas.text(text);
    }
    Ok(canvas.pixmap)
}

struct Canvas {
    pixmap: Pixmap,
    transform: Transform,
    font: FontRef<'static>,
}

impl Canvas {
    fn route(&mut self, route: &Route) {
        let mut path = PathBuilder::new();
        let mut before: Option<(f32, f32)> = None;
        for &(x, y) in &route.points {
            let (x, y) = (x as f32, y as f32);
            match before {
                None => path.move_to(x, y),
                Some((from_x, from_y)) => {
                    let middle = f32::midpoint(from_y, y);
                    path.cubic_to(from_x, middle, x, middle, x, y);
                }
            }
            before = Some((x, y));
        }
        let stroke = Stroke {
            width: route.width as f32,
            line_cap: LineCap::Butt,
            dash: route
                .dotted
                .then(|| StrokeDash::new(vec![1.0, 4.0], 0.0))
                .flatten(),
            ..Stroke::default()
        };
        let paint = paint(&route.color);
        if let Some(path) = path.finish() {
            let pixmap = &mut self.pixmap;
            pixmap.stroke_path(&path, &paint, &stroke, self.transform, None);
        }
        let mut head = PathBuilder::new();
        let [tip, left, right] = arrow(route).map(|(x, y)| (x as f32, y as f32));
        head.move_to(tip.0, tip.1);
        head.line_to(left.0, left.1);
        head.line_to(right.0, right.1);
        head.close();
        self.fill(head, &paint);
    }

    fn placed(&mut self, placed: &Placed) {
        let (x, y) = (placed.x as f32, placed.y as f32);
        let rect = Rect::from_xywh(x, y, placed.width as f32, placed.height as f32);
        let Some(rect) = rect else { return };
        let pixmap = &mut self.pixmap;
        pixmap.fill_rect(rect, &paint(&placed.fill), self.transform, None);
        let outline = PathBuilder::from_rect(rect);
        let (paint, stroke) = (paint(&placed.color), Stroke::default());
        pixmap.stroke_path(&outline, &paint, &stroke, self.transform, None);
    }

    fn text(&mut self, text: &Text) {
        let (size, upright) = (
            Size::new((text.size * FONT_SCALE) as f32),
            LocationRef::default(),
        );
        let characters = self.font.charmap();
        let glyphs = text.content.chars();
        let glyphs: Vec<GlyphId> = glyphs
            .map(|it| characters.map(it).unwrap_or_default())
            .collect();
        let metrics = self.font.glyph_metrics(size, upright);
        let advance = |id| metrics.advance_width(id).unwrap_or(0.0);
        let width: f32 = glyphs.iter().map(|&id| advance(id)).sum();
        let mut pen = Pen {
            path: PathBuilder::new(),
            x: text.x as f32,
            y: text.y as f32,
        };
        if text.centered {
            pen.x -= width / 2.0;
        }
        let outlines = self.font.outline_glyphs();
        for id in glyphs {
            if let Some(outline) = outlines.get(id) {
                // The font is ours, and all its outlines can be drawn.
                outline
                    .draw(DrawSettings::unhinted(size, upright), &mut pen)
                    .ok();
            }
            pen.x += advance(id);
        }
        self.fill(pen.path, &paint("#000000"));
    }

    fn fill(&mut self, path: PathBuilder, paint: &Paint) {
        if let Some(path) = path.finish() {
            let pixmap = &mut self.pixmap;
            pixmap.fill_path(&path, paint, FillRule::Winding, self.transform, None);
        }
    }
}

/// Draws a glyph at a place; the font's y axis points up.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, self.y - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, self.y - y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (left, base) = (self.x, self.y);
        self.path.quad_to(left + x1, base - y1, left + x, base - y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (left, base) = (self.x, self.y);
        let (from, to) = ((left + x1, base - y1), (left + x2, base - y2));
        self.path
            .cubic_to(from.0, from.1, to.0, to.1, left + x, base - y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// `#rrggbb`; black if it is not that.
fn paint(color: &str) -> Paint<'static> {
    let part = |at: usize| {
        let digits = color.get(at..at + 2).unwrap_or("00");
        u8::from_str_radix(digits, 16).unwrap_or(0)
    };
    let mut paint = Paint::default();
    paint.set_color_rgba8(part(1), part(3), part(5), 255);
    paint
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::layout::layout;
    use crate::render::dot::{Box, BoxKind, Drawing, Line};

    /// Two boxes and a line.
    fn drawing() -> Drawing {
        let placed = |label: &[&str], font_size| Box {
            label: label.iter().map(|&it| it.to_owned()).collect(),
            kind: BoxKind::Node {
                number: 1,
                font_size,
                color: "#b20000".to_owned(),
                fill: "#edd5d5".to_owned(),
            },
            ..Box::default()
        };
        let line = Line {
            ends: (0, Some(1)),
            label: vec![" 1s".to_owned()],
            ..Line::default()
        };
        Drawing {
            boxes: vec![placed(&["main", "main", "1s"], 12), placed(&["work"], 8)],
            lines: vec![line],
            ..Drawing::default()
        }
    }

    #[test]
    fn pictures_have_the_size_and_colours_of_the_scene() {
        let scene = layout(&drawing());
        let pixmap = pixels(&scene).unwrap();
        assert_eq!(pixmap.width(), (scene.width * SCALE).ceil() as u32);
        let placed = &scene.boxes[0];
        let (x, y) = ((placed.x + 3.0) * SCALE, (placed.y + 3.0) * SCALE);
        let inside = pixmap.pixel(x as u32, y as u32).unwrap();
        assert_eq!((inside.red(), inside.green()), (0xed, 0xd5));
        assert!(png(&scene).unwrap().starts_with(b"\x89PNG\r\n"));
        assert!(gif(&scene).unwrap().starts_with(b"GIF89a"));
    }

    #[test]
    fn huge_graphs_are_drawn_smaller() {
        let scene = Scene {
            width: 90_000.0,
            height: 10_000.0,
            ..Scene::default()
        };
        let pixmap = pixels(&scene).unwrap();
        let area = f64::from(pixmap.width()) * f64::from(pixmap.height());
        assert!(area < MAX_PIXELS * 1.01 && f64::from(pixmap.width()) <= MAX_SIDE);
    }
}
