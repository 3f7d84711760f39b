"""Webhooks from the real mirror process: signed, over a `kill -9`, and with no secret in any log."""

from __future__ import annotations

from shadow.config_file import load
from shadow.store import open_store
from shadow.webhooks.delivery import SIGNATURE, signature
from tests.support.harness import Harness
from tests.support.receiver import Receiver

KEY = "the-key-of-the-receiver"
FORCE = ("--force", "--reason", "to see")


def test_what_happens_is_told_over_the_death_of_the_process_that_tells_it(tmp_path):
    (tmp_path / "secret").write_text(KEY)
    with Receiver() as receiver:
        table = f'[[webhooks]]\nurl = "{receiver.url}"\nsecret_file = "secret"\nevents = ["promoted", "rolled_back"]\n'
        with Harness(tmp_path, two_worlds=False, extra=table) as harness:
            store = open_store(load(harness.config, {}).store.url)
            harness.until(lambda: store.noted("webhooks"), "the first look")
            store.close()
            assert harness.shadow("promote", "me", *FORCE).returncode == 0
            receiver.until(got=1)
            harness.kill_part("mirror")
            assert harness.shadow("rollback", "me", "--reason", "enough").returncode == 0
            harness.until(lambda: ("shadow.rolled_back", "me") in receiver.told(), "the rollback is told")
            printed = harness.shadow("config")
            logs = harness.serve.output() + printed.stdout + printed.stderr
    once = {event["id"]: (event["type"], event["data"]["reason"]) for event in receiver.events}
    assert list(once.values()) == [("shadow.promoted", "to see"), ("shadow.rolled_back", "enough")]
    assert all(fields[SIGNATURE] == signature(KEY.encode(), body) for fields, body in receiver.got)
    assert KEY not in logs
    assert "receiver-secret" not in harness.serve.output()
