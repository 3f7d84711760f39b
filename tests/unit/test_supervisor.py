"""The supervisor on real processes: what dies comes back, less and less eagerly; the end is in order."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from shadow import supervisor as module
from shadow.supervisor import Part, Supervisor
from tests.support.recording import until


class Program:
    """`shadow` for these tests: a script in a package of that name, put before the real one on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()
        package = folder / "shadow"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(_PROGRAM)

    def lines(self) -> list[list[str]]:
        """What the processes have written: [time, word, …]."""
        return [line.split() for line in self.log.read_text().splitlines()]

    def words(self, word: str) -> list[list[str]]:
        return [line for line in self.lines() if line[1] == word]


_PROGRAM = """
import os, signal, socket, sys, threading, time
from pathlib import Path

name, log, *rest = sys.argv[1:]

def tell(*words):
    with Path(log).open("a") as file:
        file.write(" ".join(map(str, (time.monotonic(), *words))) + "\\n")

def end(*_):
    tell("ended", name)
    sys.exit(0)

signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in rest else end)
tell("began", name, os.getpid(), *rest)
if "dies" in rest:
    sys.exit(3)
if "listens" in rest:
    client, _ = socket.socket(fileno=int(rest[-1])).accept()
    client.sendall(str(os.getpid()).encode())
    client.close()
threading.Event().wait()
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Program(tmp_path)


def run(*parts: Part, once, then=None, died=None) -> None:
    """Run these parts until something is true, then end as on SIGTERM."""

    async def main() -> None:
        running = asyncio.create_task(Supervisor(parts, died=died or (lambda _: None)).run())
        async with asyncio.timeout(30):
            while not once():
                done, _ = await asyncio.wait([running], timeout=0.01)
                assert not done, running.exception()
            if then is not None:
                await asyncio.to_thread(then)
            os.kill(os.getpid(), signal.SIGTERM)
            await running

    asyncio.run(main())


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def part(program: Program, name: str, *rest: str, inherits: tuple[int, ...] = ()) -> Part:
    return Part(name, (name, str(program.log), *rest), inherits)


def test_every_part_is_started_and_they_end_in_their_order(program):
    names = ("proxy", "mirror", "console")
    run(*(part(program, name) for name in names), once=lambda: len(program.words("began")) == 3)
    assert {line[2] for line in program.words("began")} == set(names)
    assert [line[2] for line in program.words("ended")] == list(names)


def test_a_part_that_is_killed_comes_back_and_the_others_stay(program):
    def kill_first() -> None:
        (victim,) = [line[3] for line in program.words("began") if line[2] == "mirror"]
        os.kill(int(victim), signal.SIGKILL)
        until(lambda: len(program.words("began")) == 3)

    parts = [part(program, "proxy"), part(program, "mirror")]
    run(*parts, once=lambda: len(program.words("began")) == 2, then=kill_first)
    assert sorted(line[2] for line in program.words("began")) == ["mirror", "mirror", "proxy"]
    assert [line[2] for line in program.words("ended")] == ["proxy", "mirror"]


def test_the_death_of_a_process_is_told_by_its_name_and_whoever_hears_of_it_may_hang(program):
    """Each process of a named part has a name that no process had before; the others are nobody's concern."""
    told, heard, let_go = [], threading.Event(), threading.Event()

    def died(name: str) -> None:
        told.append(name)
        heard.set()
        let_go.wait(20)

    def kill_both() -> None:
        for line in program.words("began"):
            os.kill(int(line[3]), signal.SIGKILL)
        until(lambda: len(program.words("began")) == 4)
        assert heard.wait(20)

    parts = [replace(part(program, "proxy"), named=True), part(program, "mirror")]
    run(*parts, once=lambda: len(program.words("began")) == 2, then=kill_both, died=died)
    let_go.set()
    given = [line[4:] for line in program.words("began") if line[2] == "proxy"]
    assert [option for option, _ in given] == ["--name", "--name"]
    (first, second) = [name for _, name in given]
    assert told == [first]
    assert first != second


def test_a_part_that_dies_at_once_is_started_with_growing_pauses(program, monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.4)
    run(part(program, "mirror", "dies"), once=lambda: len(program.words("began")) == 5)
    times = [float(line[0]) for line in program.words("began")]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(gap >= pause for gap, pause in zip(gaps, (0.2, 0.4, 0.4, 0.4), strict=True))
    assert gaps[0] < 2.0


def test_a_part_that_does_not_end_is_killed_after_its_grace(program, monkeypatch):
    monkeypatch.setattr(module, "_GRACE", 0.2)
    run(part(program, "mirror", "stubborn"), once=lambda: program.words("began"))
    assert gone(int(program.words("began")[0][3]))
    assert program.words("ended") == []


def test_clients_wait_in_the_queue_of_the_socket_while_a_part_is_restarted(program):
    """The socket is bound once and inherited, so a connection made between two lives is served by the next one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        number = listening.fileno()
        served: list[int] = []

        def ask_between_lives() -> None:
            first = int(program.words("began")[0][3])
            os.kill(first, signal.SIGKILL)
            until(lambda: gone(first))
            with socket.create_connection(listening.getsockname(), timeout=20) as client:
                served.append(int(client.recv(100)))
            assert served != [first]

        proxy = part(program, "proxy", "listens", str(number), inherits=(number,))
        run(proxy, once=lambda: program.words("began"), then=ask_between_lives)
    assert served == [int(program.words("began")[1][3])]
