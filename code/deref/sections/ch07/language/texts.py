"""What the language model is given to read: passages written for this book, and sentences with one thing to find."""

from dataclasses import dataclass

from deref.lm.cases import Case

PASSAGES = (
    "The ferry to the island leaves twice a day, at seven and at five, unless the wind is in the north. Then it stays "
    "in the harbour and the islanders play cards in the waiting room until the weather turns.",
    "My grandmother kept bees behind the chapel. Every spring she painted the hives a new colour, blue or yellow, and "
    "every autumn she carried eleven jars of honey down the hill to the market in Tarrow.",
    "A good map leaves things out. If it showed every stone and every blade of grass it would be as large as the "
    "country, and nobody could fold it, carry it or find the road to the next town on it.",
    "In the winter of that year the river froze for the first time in living memory. Children skated under the bridge, "
    "and a man from Dover sold roast chestnuts from a stall in the middle of the ice.",
    "To mend a bicycle tyre, first find the hole. Hold the tube under water and look for bubbles. Dry it, roughen the "
    "rubber, spread the glue thinly, and wait longer than you think before you press the patch on.",
    "Professor Lindqvist had measured the glacier every summer since she was a student. Now her own students carried "
    "the poles, and the glacier began four hundred metres further up the valley than it once had.",
    "The shop sold only clocks. Tall ones stood along the wall, small ones ticked in glass cases, and at noon they all "
    "struck at once, so that the owner, Mr Abel, had long ago stopped talking at that hour.",
    "Copper is soft enough to bend by hand and carries electricity better than almost any other metal, which is why "
    "there are several kilograms of it behind the walls of an ordinary house, and none on the roof.",
    "When the orchestra had gone home the caretaker walked along the rows and collected what people leave behind: two "
    "gloves, a programme, an umbrella with a wooden handle and, once, a trumpet in its case.",
    "The committee met on Thursday to decide about the old mill. Mrs Okafor wanted a library, the young men wanted a "
    "boxing ring, and the mayor wanted the meeting to be over before the last train to Kesby.",
)
"""The beginning of each is read once and again; a passage is the unit of inference."""


_INSIDE = ("the old one", "a small port", "which was closed", "a present from Rome", "the third this week",
           "if he came at all", "not a bad choice", "now in a museum", "his only brother", "as everyone knew",
           "a cold grey morning", "the one with a limp")
_PLACES = ("The harbour", "The blue house", "Her uncle", "The letter", "The clock", "The new teacher", "That winter",
           "The last boat", "His answer", "The garden", "The road north", "Our neighbour")
_SPEAKERS = ("He said", "She wrote", "They shouted", "I heard", "We read", "The sign said", "Someone called",
             "The boy asked", "She thought", "He whispered", "The note said", "My aunt said")
_SUBJECTS = (("key", "cabinet"), ("picture", "wall"), ("house", "road"), ("letter", "friend"), ("tree", "garden"),
             ("dog", "farmer"), ("book", "teacher"), ("boat", "village"), ("ship", "captain"), ("lamp", "street"),
             ("window", "room"), ("song", "singer"))
_BETWEEN = ("to", "on", "near", "from", "behind", "beside", "of", "from", "with", "above", "in", "about")
_PEOPLE = (("Mary", "John"), ("Tom", "Anna"), ("Peter", "Susan"), ("James", "Alice"), ("Robert", "Emma"),
           ("David", "Laura"), ("Paul", "Helen"), ("Mark", "Jane"), ("Simon", "Kate"), ("George", "Sarah"),
           ("Henry", "Julia"), ("Frank", "Clara"))
_GIFTS = ("a drink", "the keys", "a book", "some bread", "the letter", "a ring", "the money", "a coat", "an apple",
          "the map", "a chair", "the bag")


def _subjects(i: int) -> list[Case]:
    (subject, other), between = _SUBJECTS[i], _BETWEEN[i]
    return [Case(text=f"The {subject}s {between} the {other}", target=f" {subject}s", right=" are", wrong=" is"),
            Case(text=f"The {subject} {between} the {other}s", target=f" {subject}", right=" is", wrong=" are")]


def _names(i: int) -> list[Case]:
    (one, two), gift = _PEOPLE[i], _GIFTS[i]
    return [Case(text=f"When {a} and {b} went to the shop, {again} gave {gift} to", target=f" {receives}",
                 right=f" {receives}", wrong=f" {again}")
            for a, b, again, receives in ((one, two, two, one), (one, two, one, two))]


FUNCTIONS: dict[str, tuple[tuple[Case, ...], ...]] = {
    "brackets": tuple((Case(text=f"{place} ({inside}", target=" (", right=")", wrong='"'),)
                      for place, inside in zip(_PLACES, _INSIDE, strict=True)),
    "quotes": tuple((Case(text=f'{speaker} "{inside}', target=' "', right='"', wrong=")"),)
                    for speaker, inside in zip(_SPEAKERS, _INSIDE, strict=True)),
    "agreement": tuple(tuple(_subjects(i)) for i in range(len(_SUBJECTS))),
    "names": tuple(tuple(_names(i)) for i in range(len(_PEOPLE))),
}
"""Cases of each function in groups that share their words; a group is the unit of inference."""

SELECTED_ON = 6
"""Heads are chosen on the first groups of a function, and judged on the others."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A sentence in two wordings, of which each makes "it" another thing.

    Args:
        start: up to and with "it".
        first, second: the two things, in the order in which the sentence names them.
        endings: the end that makes "it" the first thing, and the one that makes it the second.
    """

    start: str
    first: str
    second: str
    endings: tuple[str, str]

    def question(self, which: int) -> str:
        """One wording, with a beginning whose next word is the thing: what was too large?"""
        ending = self.endings[which]
        return f"{self.start} was {ending}. The thing that was {ending} was the"


_SCHEMAS = {
    ("would not fit in the", "too large", "too small"): (
        ("trophy", "suitcase"), ("book", "bag"), ("piano", "van"), ("statue", "box"), ("ladder", "shed"),
        ("desk", "room"), ("bottle", "basket"), ("guitar", "case"), ("boat", "garage")),
    ("scratched the", "so hard", "so soft"): (
        ("stone", "table"), ("knife", "plate"), ("ring", "glass"), ("nail", "door"), ("diamond", "mirror"),
        ("key", "phone"), ("brick", "car"), ("chair", "floor")),
    ("passed the", "so fast", "so slow"): (
        ("bus", "tractor"), ("horse", "cart"), ("train", "truck"), ("boat", "ship"), ("plane", "balloon"),
        ("dog", "cow"), ("bike", "taxi"), ("fox", "bear")),
    ("could not be seen behind the", "too short", "too tall"): (
        ("child", "wall"), ("dog", "fence"), ("boy", "hedge"), ("tree", "house"), ("girl", "door"),
        ("flower", "bush"), ("lamp", "tower"), ("tent", "hill")),
    ("fell through the", "too heavy", "too weak"): (
        ("rock", "ice"), ("hammer", "net"), ("chest", "floor"), ("box", "roof"), ("cow", "bridge"),
        ("stone", "paper"), ("bear", "branch")),
}
WORDINGS = tuple(
    Wording(start=f"The {first} {verb} {second} because it", first=f" {first}", second=f" {second}", endings=(one, two))
    for (verb, one, two), things in _SCHEMAS.items() for first, second in things)
