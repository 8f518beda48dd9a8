"""One verb each: gather, decide, apply, and a result that can be printed. Not responsible for printing."""
