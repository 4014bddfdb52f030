//! A scene as SVG, PostScript or PDF.

use std::fmt::Write;

use super::layout::{Route, Scene};
use crate::render::escaped;

pub(crate) fn svg(scene: &Scene) -> String {
    let (width, height) = (scene.width.ceil(), scene.height.ceil());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Helvetica,Arial,sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for route in &scene.paths {
        let dash = if route.dotted {
            " stroke-dasharray=\"1,4\""
        } else {
            ""
        };
        writeln!(
            out,
            "<g><title>{}</title><path d=\"{}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"{}\"{dash}/>{}</g>",
            escaped(&route.tooltip),
            svg_path(&route.points),
            escaped(&route.color),
            route.width,
            svg_arrow(route)
        )
        .ok();
    }
    for placed in &scene.boxes {
        writeln!(
            out,
            "<g><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             fill=\"{}\" stroke=\"{}\"/></g>",
            escaped(&placed.tooltip),
            placed.x,
            placed.y,
            placed.width,
            placed.height,
            escaped(&placed.fill),
            escaped(&placed.color)
        )
        .ok();
    }
    for text in &scene.texts {
        let anchor = if text.centered {
            " text-anchor=\"middle\""
        } else {
            ""
        };
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{}\"{anchor}>{}</text>",
            text.x,
            text.y,
            text.size,
            escaped(&text.content)
        )
        .ok();
    }
    out.push_str("</svg>\n");
    out
}

/// A curve through points, upright at each of them.
fn svg_path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        match index.checked_sub(1).map(|before| points[before]) {
            None => write!(out, "M{x:.1},{y:.1}").ok(),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_y, y);
                write!(
                    out,
                    " C{from_x:.1},{middle:.1} {x:.1},{middle:.1} {x:.1},{y:.1}"
                )
                .ok()
            }
        };
    }
    out
}

/// The corners of the arrow at the end of a route, which ends upright.
pub(super) fn arrow(route: &Route) -> [(f64, f64); 3] {
    let n_points = route.points.len();
    let (end, before) = (route.points[n_points - 1], route.points[n_points - 2]);
    let direction = if end.1 >= before.1 { 1.0 } else { -1.0 };
    let (half, length) = (2.5 + route.width / 2.0, 7.0 + route.width);
    let back = end.1 - direction * length;
    [end, (end.0 - half, back), (end.0 + half, back)]
}

fn svg_arrow(route: &Route) -> String {
    let corners = arrow(route)
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .join(" ");
    format!(
        "<polygon points=\"{corners}\" fill=\"{}\"/>",
        escaped(&route.color)
    )
}

/// `#rrggbb` as three numbers from 0 to 1.
fn rgb(color: &str) -> String {
    let part = |at: usize| {
        let digits = color.get(at..at + 2).unwrap_or("00");
        f64::from(u8::from_str_radix(digits, 16).unwrap_or(0)) / 255.0
    };
    format!("{:.3} {:.3} {:.3}", part(1), part(3), part(5))
}

/// What PostScript and PDF name differently.
struct Operators {
    moveto: &'static str,
    lineto: &'static str,
    curveto: &'static str,
    stroke: &'static str,
    fill: &'static str,
    width: &'static str,
    stroke_color: &'static str,
    fill_color: &'static str,
    dash: &'static str,
}

const PS: Operators = Operators {
    moveto: "moveto",
    lineto: "lineto",
    curveto: "curveto",
    stroke: "stroke",
    fill: "fill",
    width: "setlinewidth",
    stroke_color: "setrgbcolor",
    fill_color: "setrgbcolor",
    dash: "setdash",
};

const PDF: Operators = Operators {
    moveto: "m",
    lineto: "l",
    curveto: "c",
    stroke: "S",
    fill: "f",
    width: "w",
    stroke_color: "RG",
    fill_color: "rg",
    dash: "d",
};

/// Lines and boxes; the y axis points up there.
fn shapes(scene: &Scene, names: &Operators) -> String {
    let mut out = String::new();
    let up = |y: f64| scene.height - y;
    for route in &scene.paths {
        let dash = if route.dotted { "[1 4] 0" } else { "[] 0" };
        let color = rgb(&route.color);
        writeln!(
            out,
            "{color} {}\n{} {}",
            names.stroke_color, route.width, names.width
        )
        .ok();
        writeln!(out, "{dash} {}", names.dash).ok();
        for (index, &(x, y)) in route.points.iter().enumerate() {
            match index.checked_sub(1).map(|before| route.points[before]) {
                None => writeln!(out, "{x:.1} {:.1} {}", up(y), names.moveto).ok(),
                Some((from_x, from_y)) => {
                    let middle = up(f64::midpoint(from_y, y));
                    let end = up(y);
                    writeln!(
                        out,
                        "{from_x:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {end:.1} {}",
                        names.curveto
                    )
                    .ok()
                }
            };
        }
        writeln!(
            out,
            "{}\n[] 0 {}\n{color} {}",
            names.stroke, names.dash, names.fill_color
        )
        .ok();
        polygon(
            &mut out,
            &arrow(route).map(|(x, y)| (x, up(y))),
            names,
            names.fill,
        );
    }
    for placed in &scene.boxes {
        let (right, bottom) = (placed.x + placed.width, up(placed.y + placed.height));
        let top = up(placed.y);
        let corners = [
            (placed.x, bottom),
            (right, bottom),
            (right, top),
            (placed.x, top),
        ];
        writeln!(out, "{} {}", rgb(&placed.fill), names.fill_color).ok();
        polygon(&mut out, &corners, names, names.fill);
        writeln!(
            out,
            "1 {}\n{} {}",
            names.width,
            rgb(&placed.color),
            names.stroke_color
        )
        .ok();
        let closed = [corners[0], corners[1], corners[2], corners[3], corners[0]];
        polygon(&mut out, &closed, names, names.stroke);
    }
    out
}

fn polygon(out: &mut String, corners: &[(f64, f64)], names: &Operators, paint: &str) {
    for (index, (x, y)) in corners.iter().enumerate() {
        let operator = if index == 0 {
            names.moveto
        } else {
            names.lineto
        };
        writeln!(out, "{x:.1} {y:.1} {operator}").ok();
    }
    writeln!(out, "{paint}").ok();
}

/// Text in parentheses; what is not ASCII shows as a question mark.
fn string(text: &str) -> String {
    let mut out = String::from("(");
    for c in text.chars() {
        match c {
            '(' | ')' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '…' => out.push_str("..."),
            c if c.is_ascii() && !c.is_ascii_control() => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push(')');
    out
}

pub(crate) fn postscript(scene: &Scene) -> String {
    let (width, height) = (scene.width.ceil(), scene.height.ceil());
    let mut out = format!(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 {width} {height}\n%%EndComments\n{}\
         0 0 0 setrgbcolor\n",
        shapes(scene, &PS)
    );
    for text in &scene.texts {
        let (x, y, size) = (text.x, scene.height - text.y, text.size);
        let content = string(&text.content);
        let center = if text.centered {
            "dup stringwidth pop 2 div neg 0 rmoveto "
        } else {
            ""
        };
        writeln!(out, "/Helvetica findfont {size} scalefont setfont").ok();
        writeln!(out, "{x:.1} {y:.1} moveto {content} {center}show").ok();
    }
    out.push_str("showpage\n%%EOF\n");
    out
}

/// The width of a text as a share of the font's size, by Adobe's metrics for Helvetica.
fn helvetica_width(text: &str) -> f64 {
    // From the blank on, in thousandths.
    const WIDTHS: [u16; 95] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722,
        722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
        667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
        556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,
        500, 334, 260, 334, 584,
    ];
    let width = |c: char| {
        let at = (c as usize).checked_sub(32);
        match c {
            // Written as three dots.
            '…' => 3 * 278,
            _ => at.and_then(|at| WIDTHS.get(at)).copied().unwrap_or(556),
        }
    };
    text.chars().map(|c| f64::from(width(c)) / 1000.0).sum()
}

pub(crate) fn pdf(scene: &Scene) -> Vec<u8> {
    let mut content = shapes(scene, &PDF);
    content.push_str("0 0 0 rg\n");
    for text in &scene.texts {
        let width = helvetica_width(&text.content) * text.size;
        let x = if text.centered {
            text.x - width / 2.0
        } else {
            text.x
        };
        let y = scene.height - text.y;
        let shown = string(&text.content);
        writeln!(
            content,
            "BT /F {} Tf {x:.1} {y:.1} Td {shown} Tj ET",
            text.size
        )
        .ok();
    }
    let (width, height) = (scene.width.ceil(), scene.height.ceil());
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R \
             /Resources << /Font << /F 5 0 R >> >> >>"
        ),
        format!(
            "<< /Length {} >>\nstream\n{content}endstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut starts = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        starts.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", index + 1).ok();
    }
    let table = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).ok();
    for start in starts {
        writeln!(out, "{start:010} 00000 n ").ok();
    }
    write!(
        out,
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    )
    .ok();
    out.into_bytes()
}
