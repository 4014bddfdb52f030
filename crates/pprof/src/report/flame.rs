//! `flame`: a flame graph as one SVG file.
//!
//! Roots are at the top. A frame is as wide as its value; with a base, as old and new value
//! together, and its colour says which of them is larger: blue for less than before, orange for
//! more, which also the colour-blind tell apart. A click zooms in.

use std::fmt::Write;

use base::Idx;
use profile::{SampleId, walk_paths};

use super::Report;
use super::weblist::escaped;
use crate::graph::NodeId;
use crate::number::percentage;

const WIDTH: f64 = 1200.0;
const ROW: f64 = 17.0;
/// Room for the title above the frames.
const TOP: f64 = 40.0;
/// Narrower frames are left out.
const MIN_WIDTH: f64 = 0.4;
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

/// A call path. The first is the root of all.
#[derive(Default)]
struct Frame {
    shows: Option<NodeId>,
    old: i64,
    new: i64,
    children: Vec<usize>,
}

impl Frame {
    fn weight(&self) -> i64 {
        self.old.saturating_add(self.new)
    }

    fn width(&self, scale: f64) -> f64 {
        self.weight() as f64 * scale
    }
}

struct Flame {
    frames: Vec<Frame>,
    names: Vec<String>,
    is_diff: bool,
}

impl Flame {
    fn weight(&self, frame: usize) -> i64 {
        self.frames[frame].weight()
    }

    fn name(&self, frame: usize) -> &str {
        self.frames[frame]
            .shows
            .map_or("root", |id| &self.names[id.index()])
    }
}

impl Report<'_> {
    pub(super) fn flame(&mut self) -> String {
        let flame = self.flame_tree();
        let total = flame.weight(0);
        let mut body = String::new();
        let mut depth = 0;
        if total > 0 {
            self.push_frames(&mut body, &flame, &mut depth);
        }
        let height = TOP + (depth + 1) as f64 * ROW + 10.0;
        let title = escaped(&self.profile_labels().join(" · "));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" font-family=\"monospace\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"6\" y=\"24\">{title}</text>\n{SCRIPT}{body}</svg>\n"
        )
    }

    /// The paths wide enough to be drawn.
    fn flame_tree(&mut self) -> Flame {
        let table = self.node_table();
        let of_base = self.base_samples();
        let profile = &self.profile;
        let value_of = |id| self.options.measure.of(profile, id).0.saturating_abs();
        let weigh = |samples: &mut dyn Iterator<Item = SampleId>| {
            let mut frame = Frame::default();
            for id in samples {
                let is_base = of_base[id.index()];
                let sum = if is_base {
                    &mut frame.old
                } else {
                    &mut frame.new
                };
                *sum = sum.saturating_add(value_of(id));
            }
            frame
        };
        let root = weigh(&mut profile.samples.ids());
        let scale = WIDTH / root.weight() as f64;
        let mut frames = vec![root];
        let paths = &table.of_locations;
        walk_paths(
            &profile.samples,
            paths,
            profile.samples.ids(),
            0,
            |parent, group| {
                let frame = weigh(&mut group.members.iter().map(|it| it.sample));
                if frame.width(scale) < MIN_WIDTH {
                    return None;
                }
                let id = frames.len();
                frames.push(Frame {
                    shows: Some(group.symbol),
                    ..frame
                });
                let parent: &mut Frame = &mut frames[parent];
                parent.children.push(id);
                Some(id)
            },
        );
        let strings = &profile.strings;
        let names: Vec<String> = table.infos.iter().map(|it| it.printable(strings)).collect();
        let name_of = |shows: Option<NodeId>| shows.map_or("", |id| names[id.index()].as_str());
        let shown: Vec<Option<NodeId>> = frames.iter().map(|it| it.shows).collect();
        for frame in &mut frames {
            frame.children.sort_by(|&a, &b| {
                name_of(shown[a])
                    .cmp(name_of(shown[b]))
                    .then(shown[a].cmp(&shown[b]))
            });
        }
        Flame {
            frames,
            names,
            is_diff: of_base.contains(&true),
        }
    }

    fn push_frames(&self, out: &mut String, flame: &Flame, max_depth: &mut usize) {
        let scale = WIDTH / flame.weight(0) as f64;
        // Frame, left edge in values, depth; a stack of our own, as paths may be deep.
        let mut waiting = vec![(0, 0_i64, 0_usize)];
        while let Some((frame, left, depth)) = waiting.pop() {
            let width = flame.frames[frame].width(scale);
            *max_depth = (*max_depth).max(depth);
            self.push_frame(out, flame, frame, (left as f64 * scale, width, depth));
            let mut left = left;
            for &child in &flame.frames[frame].children {
                waiting.push((child, left, depth + 1));
                left = left.saturating_add(flame.weight(child));
            }
        }
    }

    fn push_frame(
        &self,
        out: &mut String,
        flame: &Flame,
        index: usize,
        (x, width, depth): (f64, f64, usize),
    ) {
        let frame = &flame.frames[index];
        let name = flame.name(index);
        let y = TOP + depth as f64 * ROW;
        let value = |value: i64| self.format_value(value);
        let values = if flame.is_diff {
            let delta = frame.new.saturating_sub(frame.old);
            format!(
                "{} → {} ({})",
                value(frame.old),
                value(frame.new),
                value(delta)
            )
        } else {
            let share = percentage(frame.new, flame.weight(0));
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
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let package = name[start..]
        .find(['.', ':'])
        .map_or(name, |end| &name[..start + end]);
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
