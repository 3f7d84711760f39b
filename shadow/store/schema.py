"""The tables of the SQLite store, format 4. What has structure of its own but is never searched is JSON text."""

from __future__ import annotations

SCHEMA = (
    # Texts under a name: stages (version of the stage map), freeze, world, tainted, tainted_at, and what parts `note`.
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    # `turn` grows with each batch: the epoch with the highest one is the present epoch.
    """CREATE TABLE IF NOT EXISTS epochs (
        id INTEGER PRIMARY KEY, primary_build TEXT NOT NULL, candidate_build TEXT NOT NULL, rules TEXT NOT NULL,
        world INTEGER NOT NULL, turn INTEGER NOT NULL, UNIQUE (primary_build, candidate_build, rules, world)) STRICT""",
    """CREATE TABLE IF NOT EXISTS builds (
        side TEXT NOT NULL, name TEXT NOT NULL, first_seen REAL NOT NULL, PRIMARY KEY (side, name)) STRICT""",
    """CREATE TABLE IF NOT EXISTS counts (
        route TEXT NOT NULL, method TEXT NOT NULL, epoch INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (route, method, epoch, outcome, reason)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS tallies (
        route TEXT NOT NULL, epoch INTEGER NOT NULL, attempt INTEGER NOT NULL, tally TEXT NOT NULL,
        PRIMARY KEY (route, epoch)) STRICT""",
    """CREATE TABLE IF NOT EXISTS checkpoints (
        recording TEXT NOT NULL, writer TEXT NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (recording, writer)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS intents (
        recording TEXT NOT NULL, writer TEXT NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (recording, writer)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS rule_uses (
        rules TEXT NOT NULL, position INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (rules, position)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS paths (
        method TEXT NOT NULL, path TEXT NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL,
        PRIMARY KEY (method, path)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS findings (
        id TEXT PRIMARY KEY, route TEXT NOT NULL, status TEXT NOT NULL, first_seen REAL NOT NULL,
        finding TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS samples (
        finding TEXT NOT NULL, exchange TEXT NOT NULL, build TEXT NOT NULL, sample TEXT NOT NULL,
        PRIMARY KEY (finding, exchange)) STRICT""",
    # Values are seals or names that servers made; the lowest rowid is the oldest and the first to go.
    """CREATE TABLE IF NOT EXISTS aliases (
        id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, kind TEXT NOT NULL, live TEXT NOT NULL,
        shadow TEXT NOT NULL, route TEXT NOT NULL DEFAULT '', first TEXT NOT NULL DEFAULT '',
        last TEXT NOT NULL DEFAULT '', UNIQUE (scope, live)) STRICT""",
    """CREATE TABLE IF NOT EXISTS jars (
        id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL UNIQUE, jar TEXT NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS owners (unit TEXT PRIMARY KEY, side TEXT NOT NULL) STRICT",
    # `share` is per cent of the clients in canary, `moved` when (unix s) the unit last moved.
    """CREATE TABLE IF NOT EXISTS units (
        unit TEXT PRIMARY KEY, stage TEXT NOT NULL, share INTEGER NOT NULL DEFAULT 0,
        moved REAL NOT NULL DEFAULT 0) STRICT""",
    # `pairs` are the clean ones that the candidate served since the canary's last step.
    """CREATE TABLE IF NOT EXISTS routes (
        route TEXT PRIMARY KEY, unit TEXT NOT NULL, stage TEXT NOT NULL, pairs INTEGER NOT NULL DEFAULT 0) STRICT""",
    """CREATE TABLE IF NOT EXISTS holds (
        unit TEXT PRIMARY KEY, who TEXT NOT NULL, at REAL NOT NULL, reason TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS handovers (
        unit TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, stage TEXT NOT NULL, phase TEXT NOT NULL,
        deadline REAL NOT NULL, who TEXT NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS heartbeats (proxy TEXT PRIMARY KEY, seen REAL NOT NULL, drained TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS ledger (
        number INTEGER PRIMARY KEY, at REAL NOT NULL, move TEXT NOT NULL, previous TEXT NOT NULL,
        digest TEXT NOT NULL) STRICT""",
    """CREATE TRIGGER IF NOT EXISTS ledger_keeps BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER IF NOT EXISTS ledger_stays BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)

# What makes a store of each format one of the next.
MIGRATIONS = {
    1: (
        "ALTER TABLE units ADD COLUMN share INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE units ADD COLUMN moved REAL NOT NULL DEFAULT 0",
        "ALTER TABLE routes ADD COLUMN pairs INTEGER NOT NULL DEFAULT 0",
    ),
    2: tuple(f"ALTER TABLE aliases ADD COLUMN {name} TEXT NOT NULL DEFAULT ''" for name in ("route", "first", "last")),
    # Writers of several recordings announce their writes side by side.
    3: (
        "ALTER TABLE intents RENAME TO intents_before",
        """CREATE TABLE intents (
            recording TEXT NOT NULL, writer TEXT NOT NULL, sequence INTEGER NOT NULL,
            PRIMARY KEY (recording, writer)) STRICT, WITHOUT ROWID""",
        "INSERT INTO intents SELECT * FROM intents_before",
        "DROP TABLE intents_before",
    ),
}
