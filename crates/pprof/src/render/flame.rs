//! `flame`: a flame graph as one SVG file.
//!
//! Roots are at the top. A frame is as wide as its value; with a base, as old and new value
//! together, and its color says which of them is larger: blue for less than before, orange for
//! more, which also the color-blind tell apart. A click zooms in.

use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::header::header_lines;
use super::weblist::escaped;
use crate::number::percentage;
use crate::report::Flame;

const WIDTH: f64 = 1200.0;
const ROW: f64 = 17.0;
/// Room for the title above the frames.
const TOP: f64 = 40.0;
/// Average width of a character.
const CHARACTER: f64 = 6.6;

const SCRIPT: &str = "\
<style>text{font:11px monospace;pointer-events:none}g:hover rect{stroke:#000}</style>
<script><![CDATA[
const W=1200,frames=[...document.querySelectorAll('g[data-x]')].map(g=>({g,x:+g.dataset.x,w:+g.dataset.w,y:+g.dataset.y}));
function zoom(f){for(const o of frames){const k=W/f.w,x=(o.x-f.x)*k,w=o.w*k,above=o.y<f.y;
const show=above?o.x<=f.x+1e-6&&o.x+o.w>=f.x+f.w-1e-6:x>-1e-6&&x+w<W+1e-6&&w>0.4;o.g.style.display=show?'':'none';if(!show)continue;
const r=o.g.querySelector('rect'),t=o.g.querySelector('text'),X=above?0:x,V=above?W:w;r.setAttribute('x',X);r.setAttribute('width',V);
const n=Math.floor((V-6)/6.6),s=o.g.dataset.n;t.setAttribute('x',X+3);t.textContent=n<3?'':s.length<=n?s:s.slice(0,n-2)+'..'}}
for(const f of frames)f.g.addEventListener('click',()=>zoom(f));
]]></script>
";

/// Writes the picture.
pub(super) fn write(flame: &Flame, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let total = weight(flame, 0);
    let height = TOP + (depth(flame) + 1) as f64 * ROW + 10.0;
    let mut title = header_lines(&flame.header, &flame.scale, time_zone);
    title.extend(flame.cut.map(cut_text));
    let title = escaped(&title.join(" · "));
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"monospace\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"6\" y=\"24\">{title}</text>\n{SCRIPT}"
    )?;
    if total > 0 {
        write_frames(flame, out)?;
    }
    writeln!(out, "</svg>")
}

/// What was left out of a graph that is too large.
pub(crate) fn cut_text((levels, share): (usize, f64)) -> String {
    let share = share * 100.0;
    format!("cut to {levels} levels and to frames of at least {share:.2}% of the total")
}

fn weight(flame: &Flame, frame: usize) -> i64 {
    flame.frames[frame].weight()
}

/// How many frames the longest path has below the root.
fn depth(flame: &Flame) -> usize {
    // Callers come before callees.
    let mut depths = vec![0; flame.frames.len()];
    for (index, frame) in flame.frames.iter().enumerate() {
        for &child in &frame.children {
            depths[child] = depths[index] + 1;
        }
    }
    depths.into_iter().max().unwrap_or(0)
}

fn write_frames(flame: &Flame, out: &mut dyn Write) -> io::Result<()> {
    let scale = WIDTH / weight(flame, 0) as f64;
    // Frame, left edge in values, depth; a stack of our own, as paths may be deep.
    let mut waiting = vec![(0, 0_i64, 0_usize)];
    let mut text = String::new();
    while let Some((frame, left, depth)) = waiting.pop() {
        let width = weight(flame, frame) as f64 * scale;
        text.clear();
        push_frame(&mut text, flame, frame, (left as f64 * scale, width, depth));
        out.write_all(text.as_bytes())?;
        let mut left = left;
        for &child in &flame.frames[frame].children {
            waiting.push((child, left, depth + 1));
            left = left.saturating_add(weight(flame, child));
        }
    }
    Ok(())
}

fn push_frame(out: &mut String, flame: &Flame, index: usize, (x, width, depth): (f64, f64, usize)) {
    let frame = &flame.frames[index];
    let name = flame.names[frame.name].as_str();
    let y = TOP + depth as f64 * ROW;
    let value = |value: i64| flame.scale.label(value);
    let values = if flame.is_diff {
        let delta = frame.new.saturating_sub(frame.old);
        format!(
            "{} → {} ({})",
            value(frame.old),
            value(frame.new),
            value(delta)
        )
    } else {
        let share = percentage(frame.new, weight(flame, 0));
        format!("{} ({})", value(frame.new), share.trim())
    };
    let fill = if flame.is_diff {
        change_color(frame.old, frame.new)
    } else {
        package_color(name)
    };
    let room = ((width - 6.0) / CHARACTER).floor().max(0.0) as usize;
    let text = if room < 3 {
        String::new()
    } else if name.chars().count() <= room {
        name.to_owned()
    } else {
        name.chars().take(room - 2).chain("..".chars()).collect()
    };
    let (name, text) = (escaped(name), escaped(&text));
    writeln!(
        out,
        "<g data-x=\"{x:.3}\" data-w=\"{width:.3}\" data-y=\"{depth}\" data-n=\"{name}\">\
         <title>{name}\n{}</title><rect x=\"{x:.3}\" y=\"{y}\" width=\"{width:.3}\" \
         height=\"16\" fill=\"{fill}\" rx=\"1\"/><text x=\"{:.3}\" y=\"{}\">{text}</text></g>",
        escaped(&values),
        x + 3.0,
        y + 12.0
    )
    .ok();
}

/// Blue for less, orange for more, grey for equal; stronger the larger the change is.
fn change_color(old: i64, new: i64) -> String {
    let sum = old.saturating_add(new);
    let change = if sum == 0 {
        0.0
    } else {
        (new.saturating_sub(old)) as f64 / sum as f64
    };
    let strong: [f64; 3] = if change < 0.0 {
        [66.0, 133.0, 214.0]
    } else {
        [232.0, 132.0, 36.0]
    };
    let part = |channel: f64| (232.0 + (channel - 232.0) * change.abs()).round() as u8;
    let [red, green, blue] = strong.map(part);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A warm colour that all functions of a package share.
fn package_color(name: &str) -> String {
    let package = match profile::split_symbol(name) {
        ("", name) => name.find(':').map_or(name, |end| &name[..end]),
        (package, _) => package,
    };
    let hash = package
        .bytes()
        .fold(5381_u32, |hash, b| hash.wrapping_mul(33) ^ u32::from(b));
    format!(
        "hsl({},{}%,{}%)",
        15 + hash % 40,
        70 + hash / 64 % 25,
        62 + hash / 4096 % 14
    )
}
