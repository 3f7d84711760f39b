"""Register: the twins that this proxy process knows, by the cookies that their clients bring. Memory only.

Nobody gets a twin by half: a client must bring every cookie that its login set, each with a value that its home gave
it. Whoever brings less is served with its own cookies, signed out on the other stack.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping

from shadow import clock
from shadow.twin.held import Cookies
from shadow.twin.twin import Twin

# A twin in use is written down again after this share of its time, so that other proxies know that it lives; so much
# later than in the configuration it ends.
_REFRESH = 0.1


class Register:
    """Bounded by number and idle time; `changed` is what the other proxies have not been told yet.

    `counts` says how many twins were made, failed, ended by a logout or by idleness, since they were last told.
    """

    def __init__(self, *, limit: int, idle: float) -> None:
        self._limit = limit
        self._idle = idle * (1 + _REFRESH)
        self._refresh = idle * _REFRESH
        self._twins: OrderedDict[str, Twin] = OrderedDict()
        self._by_cookie: dict[tuple[str, str], str] = {}
        self._keys: dict[str, set[tuple[str, str]]] = {}
        self._told_used: dict[str, float] = {}
        self.changed: set[str] = set()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._twins)

    def get(self, twin_id: str) -> Twin | None:
        """The twin of this id."""
        return self._twins.get(twin_id)

    def find(self, cookies: Cookies) -> Twin | None:
        """The twin of the client that brings these cookies, unless it lay idle for too long."""
        for cookie in cookies.items():
            twin = self._twins.get(self._by_cookie.get(cookie, ""))
            if twin is None or not twin.owns(cookies):
                continue
            now = clock.now()
            if now - twin.used > self._idle:
                self.forget(twin, "idle")
                return None
            twin.used = now
            self._twins.move_to_end(twin.id)
            if now - self._told_used.get(twin.id, 0.0) > self._refresh:
                self.touched(twin)
            return twin
        return None

    def add(self, twin: Twin) -> None:
        """Keep a new twin, and let the other proxies know; past the limit the one unused for longest goes."""
        self._keep(twin)
        self.changed.add(twin.id)
        while len(self._twins) > self._limit:
            self.forget(next(iter(self._twins.values())), "crowded out")

    def touched(self, twin: Twin) -> None:
        """A twin has changed: it is found by its new cookies too, and the other proxies are to hear of it."""
        if self._twins.get(twin.id) is not twin:
            return
        twin.revision += 1
        self._told_used[twin.id] = twin.used
        self._keep(twin)
        self.changed.add(twin.id)

    def forget(self, twin: Twin, why: str) -> None:
        """End a twin here, and let the other proxies know."""
        if self._drop(twin.id):
            self.counts[why] += 1
            self.changed.add(twin.id)

    def sweep(self) -> None:
        """Forget what lay idle for too long."""
        oldest = clock.now() - self._idle
        for twin in [one for one in self._twins.values() if one.used < oldest]:
            self.forget(twin, "idle")

    def take(self, texts: Mapping[str, str]) -> None:
        """Take what other proxies have told (id to `as_json` text); an empty text is a twin that has ended."""
        for twin_id, text in texts.items():
            if not text:
                self._drop(twin_id)
                continue
            try:
                told = Twin.of(text)
            except (KeyError, TypeError, ValueError):
                # Of a proxy of another version: nothing to go by here, and no reason to hear of no other twin.
                continue
            self._told_used[twin_id] = told.used
            known = self._twins.setdefault(twin_id, told)
            known.merge(told)
            self._keep(known)
            if not known.says(told):
                # The other proxy wrote over what this one had told.
                self.touched(known)

    def untold(self) -> tuple[dict[str, str], Counter[str]]:
        """What the other proxies must be told, and the counts; both begin anew."""
        texts = {twin_id: twin.as_json() if (twin := self._twins.get(twin_id)) else "" for twin_id in self.changed}
        counts = self.counts
        self.changed, self.counts = set(), Counter()
        return texts, counts

    def retell(self, texts: Mapping[str, str], counts: Mapping[str, int]) -> None:
        """The others could not be told: later. Of the ends no more than a full register: the rest goes idle there."""
        ended = [twin_id for twin_id, text in texts.items() if not text]
        self.changed |= texts.keys() - set(ended[self._limit :])
        self.counts.update(counts)

    def _keep(self, twin: Twin) -> None:
        self._twins[twin.id] = twin
        keys = twin.keys()
        self._disown(twin.id, self._keys.get(twin.id, set()) - keys)
        self._keys[twin.id] = keys
        for cookie in keys:
            self._by_cookie[cookie] = twin.id

    def _drop(self, twin_id: str) -> bool:
        if self._twins.pop(twin_id, None) is None:
            return False
        self._told_used.pop(twin_id, None)
        self._disown(twin_id, self._keys.pop(twin_id))
        return True

    def _disown(self, twin_id: str, cookies: set[tuple[str, str]]) -> None:
        for cookie in cookies:
            if self._by_cookie.get(cookie) == twin_id:
                del self._by_cookie[cookie]
