//! Requests for `http` URLs through a proxy name the whole URL in their first line.

use std::io::Write;

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

/// Puts what precedes the path in front of it: `GET /p` becomes `GET http://host/p`. Nothing is changed where there is
/// nothing to put.
///
/// Source: RFC 9112, section 3.2.2; ureq asks every proxy for a tunnel (`CONNECT`), which proxies often allow to port
/// 443 only.
#[derive(Debug)]
pub(super) struct AbsoluteForm(pub(super) Option<String>);

impl<In: Transport> Connector<In> for AbsoluteForm {
    type Out = Either<In, AbsoluteTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        let Some(prefix) = &self.0 else {
            return Ok(Some(Either::A(transport)));
        };
        Ok(Some(Either::B(AbsoluteTransport {
            prefix: Some(prefix.clone()),
            buffers: LazyBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
            inner: TransportAdapter::new(transport.boxed(), details.current_time.clone()),
        })))
    }
}

/// A connection to a proxy, for one request.
pub(super) struct AbsoluteTransport {
    /// Until it is sent.
    prefix: Option<String>,
    buffers: LazyBuffers,
    inner: TransportAdapter,
}

impl std::fmt::Debug for AbsoluteTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AbsoluteTransport").finish_non_exhaustive()
    }
}

impl Transport for AbsoluteTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.set_timeout(timeout);
        let mut output = &self.buffers.output()[..amount];
        if let Some(at) = output.iter().position(|byte| *byte == b' ')
            && let Some(prefix) = self.prefix.take()
        {
            let (method, rest) = output.split_at(at + 1);
            self.inner.write_all(method)?;
            self.inner.write_all(prefix.as_bytes())?;
            output = rest;
        }
        self.inner.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.set_timeout(timeout);
        let n = std::io::Read::read(&mut self.inner, self.buffers.input_append_buf())?;
        self.buffers.input_appended(n);
        Ok(n > 0)
    }

    fn is_open(&mut self) -> bool {
        self.inner.get_mut().is_open()
    }
}
