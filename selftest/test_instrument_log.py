"""The log of the deployed programs."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from kmc.fixtures.service.instrument_log import Span, events, most_at_once, request_spans

START = datetime(2026, 1, 1, tzinfo=UTC)


def _span(start: float, end: float) -> Span:
    return START + timedelta(seconds=start), START + timedelta(seconds=end)


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 1), (1, 2)], 1),
        ([(0, 2), (1, 3)], 2),
        ([(0, 9), (1, 2), (3, 4)], 2),
        ([(0, 3), (1, 3), (2, 3)], 3),
    ],
)
def test_overlaps_are_counted(spans: list[tuple[float, float]], most: int) -> None:
    assert most_at_once(_span(*span) for span in spans) == most


def test_requests_for_a_path_are_found_among_other_lines() -> None:
    request = {"event": "request", "path": "/slow", "time": "2026-01-01T00:00:00.000000001Z", "seconds": 1.5}
    lines = [json.dumps(request), json.dumps({**request, "path": "/other"}), "text", "[1]", '{"event": "request"']
    [(start, end)] = request_spans("\n".join(lines), "/slow")
    assert (start.date(), (end - start).total_seconds()) == (START.date(), 1.5)
    assert len(list(events("\n".join(lines)))) == 2
