"""The live picture, for a terminal."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live as RichLive
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sandbox.viewer.journal import Journal, Kind, Line
from sandbox.viewer.picture import NodeRow, Picture, PodRow
from sandbox.world import World

_FRAME_SECONDS = 0.1
_LEAST_HEIGHT = 20
_WIDE = 110  # columns
_FAILING = frozenset({"ErrImagePull", "ImagePullBackOff", "Unknown"})
_STATE_STYLES = {"Ready": "green", "cordoned": "yellow", "stale": "magenta", "off": "bold red", "NotReady": "red"}
_LINE_STYLES = {Kind.STORY: "bold cyan", Kind.TROUBLE: "yellow", Kind.DIAGNOSIS: "white"}


class Live:
    """A `Screen`. Redrawn ten times a second on a page of its own; its last picture stays in the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def line(self, text: str = "") -> None:
        self._console.print(Text(text))

    @asynccontextmanager
    async def showing(self, world: World, journal: Journal, title: str) -> AsyncIterator[None]:
        with RichLive(console=self._console, auto_refresh=False, screen=True) as live:
            drawing = asyncio.create_task(self._draw(live, world, journal, title))
            try:
                yield
            finally:
                drawing.cancel()
                await asyncio.wait([drawing])
        self._console.print(self._frame(world, journal, title), height=self._height)

    @property
    def _height(self) -> int:
        return max(self._console.height - 1, _LEAST_HEIGHT)

    async def _draw(self, live: RichLive, world: World, journal: Journal, title: str) -> None:
        while True:
            live.update(self._frame(world, journal, title), refresh=True)
            await asyncio.sleep(_FRAME_SECONDS)

    def _frame(self, world: World, journal: Journal, title: str) -> Layout:
        picture = Picture.of(world)
        header = self._header(title, picture)
        above = len(header.plain.splitlines())
        nodes = min(2 * len(picture.nodes) + 4, self._height // 2)
        below = max(self._height - above - nodes, 8)
        frame = Layout()
        frame.split_column(
            Layout(header, size=above),
            Layout(
                Panel(_nodes(picture, wide=self._console.width >= _WIDE), title="nodes and pods", title_align="left"),
                size=nodes,
            ),
            Layout(name="below"),
        )
        frame["below"].split_row(Layout(name="left"), Layout(name="right"))
        frame["left"].split_column(
            Layout(_diagnosis(journal), size=below - below // 3),
            Layout(_lines(journal, "messages", (Kind.MESSAGE,), below // 3 - 2)),
        )
        frame["right"].update(_lines(journal, "what happens", (Kind.STORY, Kind.STEP, Kind.TROUBLE), below - 2))
        return frame

    def _header(self, title: str, picture: Picture) -> Text:
        text = Text(f"{title}\n{time.monotonic() - self._began:.0f} s", style="bold")
        for row in picture.refreshes:
            text.append(f"\n{row.name}  {row.phase}  {row.counts}  {row.message}", style="cyan")
        return text


def _nodes(picture: Picture, *, wide: bool) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1), show_header=True, header_style="dim")
    table.add_column("NODE", no_wrap=True)
    table.add_column("STATE", no_wrap=True)
    table.add_column("PHASE", no_wrap=True, style="bold")
    table.add_column("PODS", ratio=1)
    for row in picture.nodes:
        table.add_row(row.name, _state(row), row.phase, _pods(row.pods, wide=wide))
    if picture.homeless:
        table.add_row("(waiting for a node)", "", "", _pods(picture.homeless, wide=wide))
    return table


def _state(row: NodeRow) -> Text:
    return Text(" ").join(Text(word, style=_STATE_STYLES.get(word, "")) for word in row.states)


def _pods(rows: tuple[PodRow, ...], *, wide: bool) -> Text:
    """All of them; where there is no room for that, how many are in which state."""
    if wide:
        return Text("  ").join(Text(_short(row), style=_pod_style(row)) for row in rows)
    counts = Counter(("READY" if row.ready else row.status, _pod_style(row)) for row in rows)
    return Text("  ").join(Text(f"{number} {state}", style=style) for (state, style), number in counts.items())


def _short(row: PodRow) -> str:
    """The status only where it says something."""
    return row.short if row.ready else f"{row.short} {row.status}"


def _pod_style(row: PodRow) -> str:
    if row.ready:
        return "green"
    return "bold red" if row.status in _FAILING else "yellow"


def _diagnosis(journal: Journal) -> Panel:
    """One line for each check, so that all of them are seen; the plain lines have the evidence in full."""
    found = journal.diagnosis
    if found is None:
        return Panel(Text("nothing has failed yet", style="dim"), title="diagnosis", title_align="left")
    text = Text("\n".join((found.subject, *found.checks)), no_wrap=True, overflow="ellipsis")
    title = f"diagnosis: {found.kind}"
    return Panel(Group(text, Text(f"→ {found.advice}")), title=title, title_align="left", border_style="magenta")


def _lines(journal: Journal, title: str, kinds: tuple[Kind, ...], room: int) -> Panel:
    chosen = [line for line in journal.lines if line.kind in kinds][-max(room, 1) :]
    text = Text("\n", no_wrap=True, overflow="ellipsis").join(map(_line, chosen))
    return Panel(text, title=title, title_align="left", border_style="dim")


def _line(line: Line) -> Text:
    return Text(line.text, style=_LINE_STYLES.get(line.kind, ""))
