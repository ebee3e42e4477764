"""The lines of the (alpha, T) plane of Ising students."""

from collections.abc import Iterator, Sequence

from physlearn.learning.annealed import annealed_spinodal, annealed_transition
from physlearn.learning.measurements import Row, measures
from physlearn.learning.theory import freezing, quenched, spinodal, transition


@measures("The theory alone: where Ising students learn perfectly, and where replica symmetry can be trusted.",
          "temperatures")  # fmt: skip
def diagram(temperatures: Sequence[float], seed: int = 0, *, done: int = 0) -> Iterator[Row]:
    """Transition, spinodal and zero-entropy line, quenched, annealed beside them: a row for each temperature.

    `replicon` is the largest de Almeida-Thouless product on the poor branch up to the transition, `replicon_end` the
    one at its spinodal; replica symmetry is stable below 1.

    Args:
        temperatures: T, 0 or at least 0.05.
        seed: not used; every measurement has one.
        done: rows to leave out.
    """
    for T in temperatures[done:]:
        first, last = transition(T), spinodal(T)
        yield {
            "temperature": T,
            "transition": first,
            "spinodal": last,
            "freezing": freezing(T),
            "annealed_transition": annealed_transition(T),
            "annealed_spinodal": annealed_spinodal(T),
            "replicon": max(quenched(part * first, T, "ising").replicon for part in (0.25, 0.5, 0.75, 1.0)),
            "replicon_end": quenched(last, T, "ising").replicon,
        }
