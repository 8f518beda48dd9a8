"""Pure parsers of the files that weights come in: bytes to values. No IO, never a tensor."""
