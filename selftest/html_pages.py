"""HTML pages as tests look at them."""

from html.parser import HTMLParser

_VOID = {"meta", "input", "br"}
_OPERATED = {"a", "summary", "input", "label"}
_HOLDS = {("label", "input")}


class Page(HTMLParser):
    """A page that was read: an element that is not closed, or one to operate within another one, fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.details: list[str] = []
        """The ids of what can be opened."""
        self.rows: dict[str, dict[str, str | None]] = {}
        """The attributes of what filters act on, by id."""
        self.leads: list[str] = []
        """Where links within the page lead."""
        self.outside: list[tuple[str, str | None]] = []
        """All other addresses, each with what its link says of it (`rel`)."""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = dict(attrs)
        for around in set(self._open) & _OPERATED if tag in _OPERATED else ():
            assert (around, tag) in _HOLDS, f"expected nothing to operate within {around}, found {tag}"
        self._open += [] if tag in _VOID else [tag]
        self.ids += [str(given["id"])] if "id" in given else []
        self.headings += [tag] if tag in {"h1", "h2", "h3"} else []
        self.details += [str(given.get("id", ""))] if tag == "details" else []
        if "data-outcomes" in given:
            self.rows[str(given["id"])] = given
        for name in ("href", "src", "action"):
            if str(given.get(name, "")).startswith("#"):
                self.leads.append(str(given[name])[1:])
            elif name in given:
                self.outside.append((str(given[name]), given.get("rel")))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of an element."""
        assert self._open.pop() == tag
