"""One file per verb: its options, the op, and which status its result means."""
