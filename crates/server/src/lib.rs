//! The web pages: one HTTP server, one bundle (`ui/`), and the sites that answer requests.
//!
//! A [`Site`] is a function from a [`Request`] to a [`Response`], both plain values; [`serve`] brings the requests
//! that pass `guard` to a few threads that call it. [`pprof_pages`] is the site of `goperf pprof -http`, [`ui_pages`] that of `goperf ui`. A page is one
//! HTML document that holds its data as JSON; the bundle draws it and fetches the next one as JSON alone.
//!
//! Constraints: no report is computed here, only turned into JSON; every text of a profile is data and never markup;
//! what a browser sends on behalf of another site is refused.
//!
//! ```
//! use server::{Request, Response, Site};
//!
//! struct Echo;
//! impl Site for Echo {
//!     fn answer(&self, request: &Request) -> Response {
//!         Response::text(200, request.path.clone())
//!     }
//! }
//! let response = Echo.answer(&Request::get("/ui/top?f=main"));
//! assert_eq!(response.body.as_ref(), b"/ui/top");
//! ```

mod assets;
mod browser;
mod guard;
mod message;
mod page;
pub mod pprof_pages;
mod serve;
pub mod ui_pages;

pub use message::{Accept, Request, Response};
pub use serve::{Address, ServeError, Site, Upload, serve};
