from . import empty, sink
