//! How to reach running services.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use project::service::{Access, parse_header};

/// What every command takes that asks a service.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServiceArgs {
    /// A header to send, such as 'Authorization: Bearer …'; may be given several times. It goes to the host that is
    /// named and to no other
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = parse_header, help_heading = "Services")]
    pub(crate) headers: Vec<(String, String)>,
    /// Accept any TLS certificate
    #[arg(long, help_heading = "Services")]
    pub(crate) insecure: bool,
    /// Certificate authorities of the service (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Services")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Certificate to show to the service (PEM)
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        help_heading = "Services"
    )]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        help_heading = "Services"
    )]
    pub(crate) tls_key: Option<PathBuf>,
}

impl ServiceArgs {
    /// With a limit for each answer.
    pub(crate) fn access(&self, timeout: Duration) -> Access {
        Access {
            headers: self.headers.clone(),
            timeout: Some(timeout),
            insecure: self.insecure,
            tls_ca: self.tls_ca.clone(),
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
        }
    }
}
