//! Real servers for tests: redis-server and Jaeger as own processes on free ports.
