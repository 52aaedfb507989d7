"""Progress bars: one line for each thing under way, with rows, bytes, rate and time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.text import Text

from .output import counted, errors

__all__ = ["Bars", "Group", "bars"]


class _Amount(ProgressColumn):
    """Rows and bytes so far, and rows a second."""

    def render(self, task: Task) -> Text:
        rows, size = int(task.fields["rows"]), int(task.fields["size"])
        parts = [counted(rows, "row")] if rows else []
        if size:
            parts.append(f"{size / 1e6:,.1f} MB")
        if rows and task.elapsed and task.elapsed > 0.2:
            parts.append(f"{rows / task.elapsed:,.0f}/s")
        return Text("  ".join(parts), style="progress.data.speed")


class Group:
    """Bars by name; a name that is new gets one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def advance(
        self,
        name: str,
        *,
        rows: int | None = None,
        size: int | None = None,
        total: int | None = None,
        step: str | None = None,
    ) -> None:
        """Say how far it is: in bytes of ``total`` bytes, or in rows of ``total`` rows.

        ``step`` is what is being done, in a word; what is not said stays as it was.
        """
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=None, rows=0, size=0, step="")
        bar = self._bars[name]
        known = self._progress.tasks[self._progress.task_ids.index(bar)].fields
        self._progress.update(
            bar,
            completed=rows if size is None else size,
            total=total,
            rows=known["rows"] if rows is None else rows,
            size=known["size"] if size is None else size,
            step=known["step"] if step is None else step,
        )

    def finish(self, name: str) -> None:
        """Take the bar of that name away, if there is one."""
        bar = self._bars.pop(name, None)
        if bar is not None:
            self._progress.remove_task(bar)

    def finish_all(self) -> None:
        """Take every bar away."""
        for name in list(self._bars):
            self.finish(name)


class Bars:
    """The bars of one command, and lines written above them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    @contextmanager
    def group(self) -> Iterator[Group]:
        """Bars that belong together and go together."""
        group = Group(self._progress)
        try:
            yield group
        finally:
            group.finish_all()

    def say(self, text: str, style: str = "") -> None:
        """Write a line above the bars."""
        self._progress.console.print(text, style=style, soft_wrap=True)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars on standard error, gone when the work is done; only lines where it is no terminal."""
    progress = Progress(
        TextColumn("{task.description:<32}"),
        BarColumn(bar_width=24),
        _Amount(),
        TextColumn("{task.fields[step]}", style="dim"),
        TimeLeft(compact=True),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    with progress:
        yield Bars(progress)
