"""Records of results: data, texts and citations, without torch."""

from evidence.records.content import sha256_of
from evidence.records.record import Record, RunUsed, check_id
from evidence.records.text import (
    ci_text,
    n_text,
    number_text,
    provenance_text,
    seeds_text,
    share_text,
    value_ci_text,
    value_text,
)

__all__ = ["Record", "RunUsed", "check_id", "ci_text", "n_text", "number_text", "provenance_text", "seeds_text", "sha256_of",
           "share_text", "value_ci_text", "value_text"]
