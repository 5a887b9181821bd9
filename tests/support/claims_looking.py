"""What a build might find about the claim of the section "Where a word looks", with the verdict on it."""

from deref.claims import REFUTED, SUPPORTED

LOOKING = {"looking.gap": 1e-4, "looking.rows": 1e-4, "looking.words": 1, "looking.unseen": 0}

EXAMPLES = {
    "d.visualizer": [
        (LOOKING, SUPPORTED),
        ({**LOOKING, "looking.gap": 1.01e-4}, REFUTED),
        ({**LOOKING, "looking.rows": 1.01e-4}, REFUTED),
        ({**LOOKING, "looking.words": 0}, REFUTED),
        ({**LOOKING, "looking.unseen": 1}, REFUTED),
    ],
}
