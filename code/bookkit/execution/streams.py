"""What a cell printed, as one output a stream: how the kernel cut it into messages differs from run to run.

nbclient joins them too, by a pattern that takes the square of a line's length, hours for a line of megabytes.
"""

from nbformat import NotebookNode


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell with each stream where its first piece was, stdout before stderr where they meet."""
    found: list[NotebookNode] = []
    pieces: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            found.append(output)
        elif output["name"] in pieces:
            pieces[output["name"]].append(output["text"])
        else:
            pieces[output["name"]] = [output["text"]]
            found.append(output)
    for output in found:
        if output["output_type"] == "stream":
            output["text"] = overwritten("".join(pieces[output["name"]]))
    for index in range(len(found) - 1):
        if _names(found[index:index + 2]) == ["stderr", "stdout"]:
            found[index], found[index + 1] = found[index + 1], found[index]
    return found


def overwritten(text: str) -> str:
    """A text as a terminal shows it: of each line what follows the last carriage return that something follows."""
    return "\n".join(line[line.rfind("\r", 0, max(0, len(line) - 1)) + 1:] for line in text.split("\n"))


def _names(outputs: list[NotebookNode]) -> list[str]:
    return [output.get("name", "") for output in outputs]
