"""YAML as plain values, with the line of every value."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

MOST_BYTES = 1_000_000
# More nodes than the largest set has; aliases can make a small file grow without bound.
MOST_NODES = 50_000
MOST_DEPTH = 12

# libyaml where PyYAML was built with it: ten times faster.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

Place = tuple[str | int, ...]
Plain = None | bool | str | list["Plain"] | dict[str, "Plain"]


@dataclass
class Marked:
    """A YAML document: its value, and the line (from 1) of each value by its place (keys and list indexes).

    Every scalar is a text, as written, but null, true and false: a label "no" and a pattern 007 are texts.
    """

    value: Plain = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[Place, str]] = field(default_factory=list)
    nodes: int = 0

    def line(self, place: Place) -> int:
        """The line of a place, or of what holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def marked(text: str) -> Marked:
    """The value of a YAML text. What is wrong with it as YAML, doubled keys too, stands in `faults`."""
    found = Marked()
    try:
        documents = list(yaml.compose_all(text, Loader=_LOADER))
        if len(documents) != 1:
            found.faults.append(((), "the file must hold one YAML document" if documents else "the file is empty"))
            return found
        found.value = _plain(documents[0], (), found)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.lines[()] = mark.line + 1 if mark else 1
        hint = ' (write "*" in quotes)' if "alias" in f"{error.context} {error.problem}" else ""
        found.faults.append(((), f"is no YAML: {error.problem or error.context}{hint}"))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        found.faults.append(((), f"is no YAML: {' '.join(str(error).split())[:200]}"))
    return found


def _plain(node: yaml.Node, place: Place, found: Marked) -> Plain:
    found.nodes += 1
    if found.nodes > MOST_NODES or len(place) > MOST_DEPTH:
        raise ValueError("too many values, or values too deep in one another")
    found.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, index), found) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, found)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, place: Place, found: Marked) -> Plain:
    values: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            found.faults.append((place, f"line {line}: a key must be a word"))
            continue
        if key in values:
            found.faults.append(((*place, key), f"the key stands twice, here and on line {line}"))
            continue
        found.lines[(*place, key)] = line
        values[key] = _plain(value_node, (*place, key), found)
    return values


def _scalar(node: yaml.Node) -> Plain:
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text
