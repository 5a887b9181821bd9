"""Compiled programs: our forward pass gives what Tracr's gave, and the answers are those of the program."""

import itertools
import lzma

import pytest
import torch

from deref.constructions import compiled as module
from deref.constructions.compiled import LENGTH, PROGRAMS, around, compiled
from deref.tasks.layout import Layout

# What stands at each place, from the whole input.
IN_PYTHON = {"reverse": lambda row: row[::-1], "sort": sorted, "hops": lambda row: [row[row[one]] for one in row]}


def everywhere(length):
    """A layout that is read at every token."""
    one = around(length, 1)
    return Layout(positions=one.positions, mask=one.mask, readouts=torch.arange(1, length + 1))


def inputs(program, length):
    """Some dozens of inputs, evenly from all that there are."""
    every = (itertools.permutations(range(7), length) if program == "sort" else
             itertools.product(range({"reverse": 3, "hops": length}[program]), repeat=length))
    every = list(every)
    return every[:: max(1, len(every) // 60)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_our_forward_pass_gives_what_tracrs_gave(program):
    found = compiled(program)
    with torch.no_grad():
        logits = found.model(found.inputs, everywhere(LENGTH))[0]
    torch.testing.assert_close(logits, found.outputs[:, 1:].double(), atol=1e-6, rtol=0)
    assert found.outputs[:, 1:].max() > 0.99  # of a right answer, so that the tolerance is small


@pytest.mark.parametrize("length", range(3, LENGTH + 1))
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_answer_is_the_programs(program, length):
    found, rows = compiled(program), inputs(program, length)
    tokens = torch.nn.functional.pad(torch.tensor(rows), (1, 0), value=found.symbols)
    with torch.no_grad():
        answers = found.model(tokens, everywhere(length))[0].argmax(-1)
    assert answers.tolist() == [list(IN_PYTHON[program](list(row))) for row in rows]


def test_a_program_that_was_not_compiled_and_another_record_are_refused(tmp_path):
    with pytest.raises(ValueError, match="reverse, sort, hops, got 'histogram'"):
        compiled("histogram")
    with pytest.raises(ValueError, match=r"weights of compiled programs at .*, got none"):
        module._record(tmp_path / "absent.safetensors.xz")
    changed = tmp_path / "compiled.safetensors.xz"
    data = bytearray(lzma.decompress(module.RECORD.read_bytes()))
    data[-1] ^= 1
    changed.write_bytes(lzma.compress(data))
    with pytest.raises(ValueError, match=r"compiled\.safetensors\.xz with the checksum"):
        module._record(changed)
    damaged = tmp_path / "damaged.safetensors.xz"
    damaged.write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged\.safetensors\.xz to be compressed by xz, got: "):
        module._record(damaged)
