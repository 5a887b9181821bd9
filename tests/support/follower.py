"""Somebody who follows a page to the letter: types its commands, makes its files, changes its lines, reads along.

What cannot be done as it stands is declared, with the reason: a `StandIn` for an address that is not there, a `Trim` of
a setting that would take minutes. Servers run until they are stopped, by Ctrl-C, as the page says.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import recipes
from small_copy import SmallCopy

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r")
PATIENCE_S = 240
# Commands that go on until Ctrl-C, and what they say when they are ready.
SERVERS = {
    r"make serve": r"The book is at (?P<book>\S+)/ \(",
    r"\.venv/bin/dask scheduler": r"Scheduler at:\s+(?P<scheduler>tcp://\S+)",
    r"\.venv/bin/dask worker": r"Registered to:\s+tcp://",
}


@dataclass(frozen=True)
class StandIn:
    """What is typed in place of words of the page; names in braces are filled in when it is.

    Args:
        said: the words.
        typed: what stands in for them.
        reason: why they cannot be typed as they are.
    """

    said: str
    typed: str
    reason: str


@dataclass(frozen=True)
class Trim:
    """A setting that is made smaller in a file that the page adds, or that the copy keeps.

    Args:
        path: of the file.
        said: the setting.
        typed: what stands in for it.
        reason: what would take too long.
    """

    path: str
    said: str
    typed: str
    reason: str


@dataclass(frozen=True)
class Done:
    """A command of the page, and what became of it."""

    command: str
    said: str
    status: int


class Follower:
    """Follows sections of a page in a copy of the project.

    Args:
        copy: to work in.
        page: its sections, from `recipes.read`.
        stand_ins: what to type in place of what.
        trims: what to make smaller in new files.
    """

    def __init__(self, copy: SmallCopy, page: dict[str, recipes.Section], stand_ins: tuple[StandIn, ...],
                 trims: tuple[Trim, ...]):
        self.copy, self.page, self.stand_ins, self.trims = copy, page, stand_ins, trims
        self.names = {"folder": str(copy.path.parent)}
        self.servers: list[subprocess.Popen] = []

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *error: object) -> None:
        for server in self.servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def follow(self, title: str, refused: Callable[[str], bool] = lambda command: False) -> list[Done]:
        """Do what a section says, in its order.

        Args:
            title: of the section.
            refused: of which commands the page says that they fail here.

        Returns:
            The commands that ended, in order. What the page shows of their output was there.
        """
        done: list[Done] = []
        block = 0
        for item in self.page[title].items:
            match item:
                case recipes.Command():
                    if item.block != block:
                        block, fresh = item.block, len(done)
                    if (ended := self.run(item.text)) is not None:
                        assert bool(ended.status) == refused(item.text), f"{item.text}: {ended.status}\n{ended.said}"
                        done.append(ended)
                case recipes.Output():
                    said = "\n".join(one.said for one in done[fresh:])
                    for line in item.lines:
                        assert recipes.pattern(line).search(said), f"expected a line like {line!r}, got:\n{said}"
                case recipes.NewFile():
                    assert not (self.copy.path / item.path).exists(), f"{item.path} is not new"
                    self.copy.write(item.path, item.text)
                    for trim in self.trims:
                        if trim.path == item.path:
                            self.copy.edit(trim.path, trim.said, trim.typed)
                case recipes.Edit():
                    self.copy.edit(item.path, *("".join(f"{line}\n" for line in lines)
                                                for lines in (item.before, item.after)))
        return done

    def run(self, command: str, **env: str) -> Done | None:
        """Type one command; one that starts a server gives nothing, and the server is ready."""
        typed = self.typed(command)
        for beginning, ready in SERVERS.items():
            if re.search(rf"(^|\s){beginning}\b", command):
                self._serve(typed, ready)
                return None
        ran = self.copy.shell(typed, **env)
        return Done(command=command, said=ANSI.sub("", ran.stdout), status=ran.returncode)

    def typed(self, command: str) -> str:
        """A command of the page as it is typed here."""
        for one in self.stand_ins:
            if one.said in command:
                command = command.replace(one.said, one.typed.format(**self.names))
        return command

    def stop(self) -> None:
        """End every server by Ctrl-C, the last one first, and see that it ends."""
        for server in reversed(self.servers):
            os.killpg(server.pid, signal.SIGINT)
            server.wait(PATIENCE_S)

    def _serve(self, typed: str, ready: str) -> None:
        log = self.copy.path.parent / f"server-{len(self.servers)}.log"
        # Workers are other machines, whose stores are not the one here.
        env = self.copy.environment({"DEREF_STORE": str(self.copy.path.parent / "store of a worker")})
        with log.open("w") as stream:
            server = subprocess.Popen(["sh", "-c", typed], cwd=self.copy.path, env=env, stdin=subprocess.DEVNULL,
                                      stdout=stream, stderr=subprocess.STDOUT, start_new_session=True)
        self.servers.append(server)
        found = _until(lambda: re.search(ready, ANSI.sub("", log.read_text())) or server.poll() is not None,
                       f"{typed} does not start")
        assert isinstance(found, re.Match), f"{typed} ended: {log.read_text()}"
        self.names |= found.groupdict()


def _until(condition: Callable[[], object], complaint: str) -> object:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)
    return found
