"""The health endpoint: what is ready, what is missing, what is happening. Read-only. Needs the extra `server`."""

from wansync.server.app import make_app
from wansync.server.asked import Asked
from wansync.server.listen import Listener, listen
from wansync.server.requests import Answered

__all__ = ["Answered", "Asked", "Listener", "listen", "make_app"]
