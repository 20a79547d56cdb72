//! The way from a finished span to a collector: provider, exporter, propagators.
