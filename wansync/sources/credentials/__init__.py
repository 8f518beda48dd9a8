"""Where credentials come from: variables and mounted files, the keyring, the Hub's token file, netrc; in this order.

Each belongs to one web origin and is looked for by the origin of a request, never by the name of a source. A run begins
with `of_run`, which loads the rest when somebody asks.
"""
