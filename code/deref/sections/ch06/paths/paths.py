"""Section "Direct path against recurrent path": what distance and length do to attention and to recurrence."""

from deref.sections.ch06.paths.gradients import fade, narrow_places
from deref.sections.ch06.paths.networks import FACTORS, LENGTHS, LONGEST, NETS, Net, recall
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store


@result.each(NETS, "paths.{net}.narrows", format="d",
             title="Tokens between first and last that all must go through, {member.title}")
def narrows(store: Store, net: Net) -> Estimate:
    """Where no gradient is left once none passes through that token."""
    count = narrow_places(net.key, store)
    return exact(count, f"gradients cut at each of {LONGEST - 1} tokens, untrained, every seed")


@result.each(NETS, "paths.{net}.fade-untrained", format=".2f", unit="powers of ten",
             title="Change of the gradient from distance 1 to distance 64, {member.title}, untrained")
def fade_untrained(store: Store, net: Net) -> Estimate:
    """Of the logarithm of the gradient's size, over seeds."""
    return mean_t(fade(net.key, "untrained", store))


@result.each(NETS, "paths.{net}.fade-trained", format=".2f", unit="powers of ten",
             title="Change of the gradient from distance 1 to distance 64, {member.title}, trained")
def fade_trained(store: Store, net: Net) -> Estimate:
    """As `fade_untrained`, of the same seeds after training."""
    return mean_t(fade(net.key, "trained", store))


@result.each({(key, length): (net, length) for key, net in NETS.items() for length in LENGTHS},
             "paths.{net}.recall-{length}", title="Recall of {member[0].title} trained on {length} tokens")
def recalled(store: Store, trained: tuple[Net, int]) -> Estimate:
    """Over all distances alike."""
    net, length = trained
    return mean_t(recall(net.key, length, store).mean(1), bounds=(0, 1))


@result.each(NETS, "paths.{net}.far", title="Recall of {member.title} at distances 33 to 64 of 64")
def far(store: Store, net: Net) -> Estimate:
    """The farther half of the context."""
    return mean_t(recall(net.key, LONGEST, store)[:, LONGEST // 2 :].mean(1), bounds=(0, 1))


@result.each(NETS, "paths.{net}.by-length", format="+.1%",
             title="Change of recall from networks trained on 8 tokens to such on 64, {member.title}")
def by_length(store: Store, net: Net) -> Estimate:
    """Seed by seed; each length has networks of its own."""
    short, long = (recall(net.key, length, store).mean(1) for length in (LENGTHS[0], LONGEST))
    return mean_t(long - short)


@result.each(NETS, "paths.{net}.by-distance", format="+.1%",
             title="Change of recall from the nearest to the farthest quarter of 64 tokens, {member.title}")
def by_distance(store: Store, net: Net) -> Estimate:
    """Seed by seed, in one and the same network."""
    found = recall(net.key, LONGEST, store)
    return mean_t(found[:, -LONGEST // 4 :].mean(1) - found[:, : LONGEST // 4].mean(1))


@result.each(NETS, "paths.{net}.beyond", format="+.1%",
             title="Change of recall from the 64 tokens trained on to 4 times as many, {member.title}")
def beyond(store: Store, net: Net) -> Estimate:
    """Seed by seed, in one and the same network."""
    short, long = (recall(net.key, LONGEST, store, factor).mean(1) for factor in (1, FACTORS[-1]))
    return mean_t(long - short)
