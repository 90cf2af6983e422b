"""Token buckets: how fast somebody may do something. The hub limits by them, clients keep to them."""


class TokenBucket:
    """Allows `burst` at once and `per_second` in the long run. Time is given, never read."""

    __slots__ = ("_burst", "_per_second", "_tokens", "_updated_s")

    def __init__(self, *, per_second: float, burst: float, now_s: float) -> None:
        self._per_second = per_second
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._updated_s = now_s

    def change(self, *, per_second: float, burst: float, now_s: float) -> None:
        """Allow this from now on; who had tokens left keeps them, as far as they fit."""
        if self._per_second:
            self._fill(now_s)
        self._per_second = per_second
        self._burst = max(1.0, burst)
        self._tokens = min(self._tokens, self._burst)
        self._updated_s = now_s

    def _fill(self, now_s: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now_s - self._updated_s) * self._per_second)
        self._updated_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Take a token and return 0, or take none and return the seconds until there is one.

        With `per_second` 0 there is no limit.
        """
        if not self._per_second:
            return 0.0
        self._fill(now_s)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second

    def give_back(self) -> None:
        """Take back a token for something that was not done after all."""
        self._tokens = min(self._burst, self._tokens + 1)
