"""What this process was asked and how long it took, counted for Prometheus.

Labels are bounded: routes by their template, never by what was asked. Used from the event loop only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

__all__ = ["UNKNOWN_ROUTE", "Traffic", "sample"]

UNKNOWN_ROUTE = "none"
"""Of requests to addresses that there are none of."""
_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Traffic:
    """Requests by route, method and status; seconds until the answer was there, by route, in buckets."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_SECONDS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request that has been answered."""
        self._requests[route, method if method in _METHODS else "other", status] += 1
        self._buckets[route][bisect_left(_SECONDS, seconds)] += 1
        self._seconds[route] += seconds

    def lines(self) -> Iterator[str]:
        """In the text format of Prometheus."""
        yield "# HELP choucha_http_requests_total Requests answered by this process."
        yield "# TYPE choucha_http_requests_total counter"
        for (route, method, status), n in sorted(self._requests.items()):
            labels = {"route": route, "method": method, "status": str(status)}
            yield sample("choucha_http_requests_total", labels.items(), n)
        yield "# HELP choucha_http_request_seconds Time until an answer was there to its last byte, in this process."
        yield "# TYPE choucha_http_request_seconds histogram"
        for route, buckets in sorted(self._buckets.items()):
            n = 0
            for bound, more in zip([*map(str, _SECONDS), "+Inf"], buckets, strict=True):
                n += more
                yield sample("choucha_http_request_seconds_bucket", [("route", route), ("le", bound)], n)
            yield sample("choucha_http_request_seconds_sum", [("route", route)], self._seconds[route])
            yield sample("choucha_http_request_seconds_count", [("route", route)], n)


def sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    """One line of the format."""
    escaped = ((key, text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for key, text in labels)
    within = ",".join(f'{key}="{text}"' for key, text in escaped)
    return f"{name}{{{within}}} {value}" if within else f"{name} {value}"
