//! A collector.

use tokio::runtime::Runtime;
use viewer::Viewer;
use viewer::model::Span;
use viewer::store::Search;

/// A viewer on free ports.
pub(crate) struct Collector {
    viewer: Viewer,
    _runtime: Runtime,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let viewer = runtime.block_on(Viewer::builder().start());
        Self {
            viewer: viewer.expect("the viewer finds free ports"),
            _runtime: runtime,
        }
    }

    pub(crate) fn grpc_url(&self) -> String {
        self.viewer.grpc_url()
    }

    #[allow(dead_code, reason = "not every test speaks HTTP")]
    pub(crate) fn http_url(&self) -> String {
        self.viewer.http_url()
    }

    /// The spans of a service that have arrived.
    pub(crate) fn spans(&self, service: &str) -> Vec<Span> {
        let search = Search::service(service).limit(usize::MAX);
        let traces = self.viewer.store().find(&search).into_iter();
        let spans = traces.flat_map(|trace| trace.spans);
        spans.filter(|span| span.service() == service).collect()
    }

    /// Their names.
    #[allow(dead_code, reason = "not every test asks for names alone")]
    pub(crate) fn operations(&self, service: &str) -> Vec<String> {
        let spans = self.spans(service).into_iter();
        spans.map(|span| span.operation).collect()
    }
}
