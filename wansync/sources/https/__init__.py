"""`https:` sources: files of a web server, which the manifest names, since such a server lists nothing.

Bytes come as those of every source that speaks HTTP; what is here are addresses, also such as hold a secret and
expire, and what a server's answers say about a file.
"""

from wansync.sources.https.source import HttpsSource

__all__ = ["HttpsSource"]
