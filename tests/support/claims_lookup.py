"""What tables of published models might say, with the verdict on it."""

from evidence.claims import MIXED, REFUTED, SUPPORTED

COUNTS = {"counts.seven": 8, "counts.seven-with-32": 8, "counts.gpt-3": 96, "counts.gpt-4": 96}

EXAMPLES = {
    "e.head-counts": [
        (COUNTS, SUPPORTED),
        ({**COUNTS, "counts.gpt-4": 0}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 7}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 4, "counts.gpt-4": 0}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 3}, REFUTED),
        ({**COUNTS, "counts.gpt-4": 128}, REFUTED),
    ],
}
