"""Section "Two more questions for the language model": how often estimates of heads' effects have the wrong sign."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from deref.probes.base.tappable import Head
from deref.sections.ch07.estimates.edges_sweep import COUNTS
from deref.sections.ch07.language import single_heads
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

LARGE = 0.1
"""An effect is large from this share of the gap on."""

RECORDS = {
    "repeats": "c27b9d4b1b02f95f361b56aa23db953f2f177d333e039f777254ab8bfbec2e32",
    "names": "c8be73d54bad04cb0e856c115e8e7c924f0ef4079ecc99d38d65de21713e83ab",
    "again": "9e1c305d3319c62b1a85b34a2c79e42460f82a974bf076b3361ddc8135ee6bdf",
    "ablation": "bae95ccade7742fec5f21897b4a31944a203fd5faf56249b01d6a3decb63a90f",
}
"""The checksums of the records, as `deref sweep lm-edges` prints them."""


class Kind(NamedTuple):
    """What was patched, and in what.

    Args:
        key: of the record.
        what: in words.
        units: of inference.
    """

    key: str
    what: str
    units: str


KINDS = {kind.key: kind for kind in (
    Kind("repeats", "random tokens that begin to repeat", "prompts"), Kind("names", "names in sentences", "prompts"),
    Kind("ablation", "heads switched off in long repeats", "sequences"))}
AGAIN = Kind("again", "heads that count elsewhere, switched off in further repeats", "sequences")
PAIRS = {key: KINDS[key] for key in ("repeats", "names")}


class Effects(NamedTuple):
    """Effects of patches as shares of the gap, both (sender, unit)."""

    senders: tuple[Head, ...]
    estimated: Float[np.ndarray, "sender unit"]
    measured: Float[np.ndarray, "sender unit"]

    @property
    def wrong(self) -> np.ndarray:
        """Where the estimate has the wrong sign."""
        return self.estimated * self.measured < 0

    def without(self, head: Head) -> "Effects":
        """Those of all other senders."""
        left = [i for i, sender in enumerate(self.senders) if sender != head]
        return Effects(tuple(self.senders[i] for i in left), self.estimated[left], self.measured[left])

    def of(self, head: Head) -> "Effects":
        """Those of one sender."""
        at = self.senders.index(head)
        return Effects((head,), self.estimated[[at]], self.measured[[at]])


@cache
def effects(kind: Kind, ends: tuple[str, ...] = ("all",)) -> Effects:
    """The record of one kind.

    Args:
        kind: of patches.
        ends: where the edges lead: "all", "logits", or heads by name; none stands for every head.
    """
    record = SweepRecord.read(record_path(f"lm-edges-{kind.key}"), RECORDS[kind.key])
    columns = {name: np.asarray(column) for name, column in record.columns.items()}
    end = columns["end"]
    some = np.isin(end, ends) if ends else np.char.startswith(end, "L")
    senders = zip(columns["layer"][some].tolist(), columns["head"][some].tolist(), strict=True)
    estimated, measured = (columns[name][some].astype(float) for name in ("estimated", "measured"))
    return Effects(tuple(Head(*place) for place in senders), estimated, measured)


def wrong(found: Effects, low: float = COUNTS, high: float = np.inf) -> np.ndarray:
    """The share of effects with the wrong sign, among those of some size; NaN where a unit has none (unit,)."""
    size = np.abs(found.measured)
    chosen = (size >= low) & (size < high)
    with np.errstate(invalid="ignore"):
        return (found.wrong & chosen).sum(0) / chosen.sum(0)


def _rank(found: Effects) -> list[float]:
    return [spearmanr(*both).statistic for both in zip(found.estimated.T, found.measured.T, strict=True)]


def _share(values: np.ndarray, kind: Kind) -> Estimate:
    """The mean over the units that have such effects."""
    return mean_t(values[~np.isnan(values)], kind.units, bounds=(0, 1))


@result.each(KINDS, "estimates.{kind}.wrong", title="Effects of heads estimated with the wrong sign, {member.what}")
def wrong_signs(store: Store, kind: Kind) -> Estimate:
    """Of the effects that are 2% of the gap or more."""
    return _share(wrong(effects(kind)), kind)


@result.each(KINDS, "estimates.{kind}.wrong-large",
             title="Large effects of heads estimated with the wrong sign, {member.what}")
def wrong_signs_of_large(store: Store, kind: Kind) -> Estimate:
    """Of the effects that are 10% of the gap or more."""
    return _share(wrong(effects(kind), LARGE), kind)


@result.each(KINDS, "estimates.{kind}.rank", format=".2f",
             title="Rank correlation of estimated and measured effects of heads, {member.what}")
def rank(store: Store, kind: Kind) -> Estimate:
    return mean_t(_rank(effects(kind)), kind.units, bounds=(-1, 1))


@result.each(KINDS, "estimates.{kind}.counted", format=".0f",
             title="Heads whose effect is a fiftieth of the gap or more, {member.what}")
def counted(store: Store, kind: Kind) -> Estimate:
    return mean_t((np.abs(effects(kind).measured) >= COUNTS).sum(0), kind.units)


@result.each(KINDS, "estimates.{kind}.large", format=".1f",
             title="Heads whose effect is a tenth of the gap or more, {member.what}")
def large(store: Store, kind: Kind) -> Estimate:
    return mean_t((np.abs(effects(kind).measured) >= LARGE).sum(0), kind.units)


@result("estimates.pairs.wrong-more", title="Wrong signs among large effects of heads, less those among smaller ones")
def wrong_more(store: Store) -> Estimate:
    """From 10% of the gap on, less from 2% to 10%, within each prompt that has both."""
    more = np.concatenate([wrong(effects(kind), LARGE) - wrong(effects(kind), COUNTS, LARGE)
                           for kind in PAIRS.values()])
    return mean_t(more[~np.isnan(more)], "prompts")


@result.each(PAIRS, "estimates.{kind}.logits-wrong",
             title="Effects straight on the logits estimated with the wrong sign, {member.what}")
def wrong_signs_to_logits(store: Store, kind: Kind) -> Estimate:
    return _share(wrong(effects(kind, ("logits",))), kind)


@result.each(PAIRS, "estimates.{kind}.heads-wrong",
             title="Effects through one other head estimated with the wrong sign, {member.what}")
def wrong_signs_to_heads(store: Store, kind: Kind) -> Estimate:
    """Three heads receive."""
    return _share(wrong(effects(kind, ())), kind)


@result.each(PAIRS, "estimates.{kind}.edges", format=".1f",
             title="Edges to the logits or to one head whose effect is a fiftieth of the gap or more, {member.what}")
def edges_counted(store: Store, kind: Kind) -> Estimate:
    counted = sum((np.abs(effects(kind, ends).measured) >= COUNTS).sum(0) for ends in (("logits",), ()))
    return mean_t(counted, kind.units)


@cache
def costliest() -> Head:
    """The head that costs most when it is switched off, on the sequences of an earlier record."""
    return _strongest("random_share")


@cache
def induction_head() -> Head:
    """The strongest induction head, of the same record."""
    return _strongest("induction_weight")


def _strongest(column: str) -> Head:
    found = single_heads.columns()
    at = int(found[column].argmax())
    return Head(int(found["layer"][at]), int(found["head"][at]))


@result.each({kind.key: kind for kind in (KINDS["ablation"], AGAIN)}, "estimates.{kind}.costliest-wrong", format=".0%",
             title="Repeats in which the head that costs most is estimated with the wrong sign, {member.what}")
def costliest_wrong(store: Store, kind: Kind) -> Estimate:
    return share(effects(kind).of(costliest()).wrong[0], kind.units)


@result("estimates.again.others-wrong",
        title="Effects of the other heads that count elsewhere, estimated with the wrong sign")
def others_wrong(store: Store) -> Estimate:
    """Of the effects that are 2% of the gain or more."""
    return _share(wrong(effects(AGAIN).without(costliest())), AGAIN)


@result("estimates.again.heads", format="d", title="Heads that count elsewhere, switched off in further repeats")
def heads_again(store: Store) -> Estimate:
    return exact(len(effects(AGAIN).senders), "counted")


@result.each(KINDS | {AGAIN.key: AGAIN}, "estimates.{kind}.costliest-measured",
             title="Measured effect of the head that costs most in repeats, {member.what}")
def costliest_measured(store: Store, kind: Kind) -> Estimate:
    return mean_t(effects(kind).of(costliest()).measured[0], kind.units)


@result.each(KINDS | {AGAIN.key: AGAIN}, "estimates.{kind}.costliest-estimated",
             title="Estimated effect of the head that costs most in repeats, {member.what}")
def costliest_estimated(store: Store, kind: Kind) -> Estimate:
    return mean_t(effects(kind).of(costliest()).estimated[0], kind.units)


@result("estimates.repeats.edge-measured",
        title="Measured effect of what that head sends to the strongest induction head, random tokens")
def edge_measured(store: Store) -> Estimate:
    return mean_t(_edge().measured[0], KINDS["repeats"].units)


@result("estimates.repeats.edge-estimated",
        title="Estimated effect of what that head sends to the strongest induction head, random tokens")
def edge_estimated(store: Store) -> Estimate:
    return mean_t(_edge().estimated[0], KINDS["repeats"].units)


def _edge() -> Effects:
    return effects(KINDS["repeats"], (str(induction_head()),)).of(costliest())


def worst(kind: Kind) -> dict[Head, tuple[int, int]]:
    """The heads with a large effect of the wrong sign in some unit: in how many, of how many with a large effect."""
    found = effects(kind)
    large = np.abs(found.measured) >= LARGE
    counts = {head: (int((wrong & big).sum()), int(big.sum()))
              for head, wrong, big in zip(found.senders, found.wrong, large, strict=True)}
    return {head: both for head, both in counts.items() if both[0]}
