"""The figures of the bot under load, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.quantiles import quantile_with_interval, quantiles
from benchmarks.traffic import Tally
from benchmarks.watch import Watch, lags, slope


@dataclass(frozen=True)
class LoadPlan:
    """``persons`` for ``seconds``, at most ``most`` pictures of each folder in turn. Without a ``rate`` each person
    sends the next picture once the last one is answered; with it so many pictures come in a second on average, by turns
    from the persons, with exponentially distributed gaps, as of senders who know nothing of each other."""

    persons: int
    seconds: float
    rate: float | None = None
    most: int = 100

    @property
    def name(self) -> str:
        """For a table."""
        return f"{self.persons} at once" if self.rate is None else f"{self.rate:g} a second"


@dataclass(frozen=True)
class LoadRun:
    """One run of ``seconds``: what came of the pictures, and what it took. ``late`` are the milliseconds that the load
    generator was behind its plan, ``lag`` those that the bot's event loop came round late; ``cpu`` is seconds by
    process."""

    name: str
    persons: int
    rate: float | None
    seconds: float
    tally: Tally
    late: tuple[float, ...]
    lag: tuple[float, ...]
    longest_queue: float
    cpu: Mapping[str, float]
    memory: tuple[tuple[float, float], ...]
    sandbox_memory: tuple[float, float]

    @classmethod
    def of(cls, plan: LoadPlan, counts: Tally, late: Sequence[float], watch: Watch) -> LoadRun:
        """With what ``watch`` saw."""
        return cls(
            name=plan.name,
            persons=plan.persons,
            rate=plan.rate,
            seconds=plan.seconds,
            tally=counts,
            late=tuple(late),
            lag=tuple(lags(watch.beats)),
            longest_queue=max(watch.queue, default=0.0),
            cpu=watch.cpu(),
            memory=tuple(watch.memory),
            sandbox_memory=(watch.sandbox_memory[0], watch.sandbox_memory[-1]),
        )

    def as_json(self) -> dict[str, Any]:
        """All figures; times as quantiles with 95 % intervals in milliseconds, memory in MiB."""
        counts = {name: value for name, value in asdict(self.tally).items() if name not in ("reaction", "answer")}
        return {
            "name": self.name,
            "persons": self.persons,
            "rate": self.rate,
            "seconds": self.seconds,
            **counts,
            "drained": round(self.tally.drained, 1),
            "reaction": quantiles(self.tally.reaction),
            "answer": quantiles(self.tally.answer),
            "generator_late_p95": _at(self.late, 0.95),
            "event_loop_lag": {"samples": len(self.lag), "p50": _at(self.lag, 0.5), "max": _at(self.lag, 1.0)},
            "longest_queue": self.longest_queue,
            "cpu_milliseconds_an_answer": self.cpu_an_answer(),
            "memory_mib": {
                "start": round(self.memory[0][1], 1),
                "end": round(self.memory[-1][1], 1),
                "slope_a_minute": slope(self.memory),
                "sandbox_start": round(self.sandbox_memory[0], 1),
                "sandbox_end": round(self.sandbox_memory[1], 1),
            },
        }

    def cpu_an_answer(self) -> dict[str, float]:
        """Milliseconds of processor time for each answer, by process."""
        answers = max(self.tally.answered, 1)
        return {name: round(seconds * 1e3 / answers, 1) for name, seconds in self.cpu.items()}


def load_table(runs: Sequence[LoadRun]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of ``runs``; times in milliseconds, memory in MiB."""
    head = [
        *("", "answers/s", "sent", "accepted", "answered", "refused", "lost", "repeats", "queue told"),
        *(f"{what} p{share}" for what in ("reaction", "answer") for share in (50, 95, 99)),
        *("last answer after, s", "longest queue", "loop lag p50 / max", "CPU ms an answer", "memory", "MiB a minute"),
    ]
    return head, [_cells(run) for run in runs]


def _cells(run: LoadRun) -> list[str]:
    found = run.tally
    times = [_shown(values, share) for values in (found.reaction, found.answer) for share in (0.5, 0.95, 0.99)]
    drift = slope(run.memory)
    return [
        *(run.name, f"{found.answers_a_second:g}", str(found.sent), str(found.accepted), str(found.answered)),
        *(str(found.refused), str(found.lost), str(found.repeats), str(found.noticed)),
        *times,
        *(f"{found.drained:.1f}", f"{run.longest_queue:g}"),
        f"{_at(run.lag, 0.5):g} / {_at(run.lag, 1.0):g}" if run.lag else "-",
        ", ".join(f"{name} {milliseconds:g}" for name, milliseconds in run.cpu_an_answer().items()),
        f"{run.memory[0][1]:.0f} to {run.memory[-1][1]:.0f}",
        "-" if drift is None else f"{drift:g}",
    ]


def _shown(values: Sequence[float], share: float) -> str:
    return "{:g} ({:g} to {:g})".format(*quantile_with_interval(values, share)) if values else "-"


def _at(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 1) if values else None
