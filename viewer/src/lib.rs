//! An embedded OTLP receiver with a query API and a text tree.
