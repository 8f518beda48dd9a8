"""How many connections at once: as many as make it faster, and no more. No IO.

On a fast, near server two or three fill the machine, and more only compete for its cores; where each connection is
slow, by distance or by the server's will, every further one adds its share. Nobody knows beforehand, so it is tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_BETTER = 1.08
"""A further connection must bring that much, or it is taken back: less is noise."""
_PATIENCE = 8
"""So many measurements after a try that did not help, the next one is made: the network may have changed."""


@dataclass(slots=True, kw_only=True)
class Width:
    """The number of connections, told the rate again and again.

    Args:
        now: how many at first.
        most: how many at most.
    """

    now: int
    most: int
    _before: float = field(default=0.0, init=False)
    _step: int = field(default=0, init=False)
    _waited: int = field(default=0, init=False)

    def observe(self, rate: float) -> int:
        """Take note of the bytes a second since the last call, and return how many connections there should be."""
        if self._step:
            self._judge(rate)
        elif self._waited:
            self._waited -= 1
            self._before = rate
        else:
            self._try_more(rate)
        return self.now

    def shrink(self) -> int:
        """Note that the server refuses so many; return how many there should be now."""
        self.now, self._step, self._waited = max(1, self.now // 2), 0, _PATIENCE * 4
        return self.now

    def _try_more(self, rate: float) -> None:
        self._before = rate
        self._step = min((self.now + 1) // 2, self.most - self.now)
        self.now += self._step

    def _judge(self, rate: float) -> None:
        step, self._step = self._step, 0
        if rate >= self._before * _BETTER:
            self._try_more(rate)
        else:
            self.now -= step
            self._waited = _PATIENCE
