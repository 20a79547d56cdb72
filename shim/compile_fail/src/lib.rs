//! Code that `opentracing-shim` refuses to let compile lies in `ui/`, each with the message that it has to give.
