"""docs/cli.md says of each command what it does and shows it in use."""

import re
import shlex
from pathlib import Path

import pytest

from dsar.cli.main import COMMANDS, parser

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## dsar (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = [
    line.partition(" #")[0]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]


def words_of(example):
    """What the shell would hand to `dsar`: without variables before it and redirections after it."""
    words = shlex.split(example)
    words = words[words.index("dsar") + 1 :]
    return words[: words.index(">")] if ">" in words else words


def test_every_command_has_a_section_and_no_section_is_of_a_command_that_is_gone():
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_in_the_table_in_the_programs_own_words(name):
    assert f"| [`dsar {name}`](#dsar-{name}) | {COMMANDS[name][1]} |" in PAGE


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example(name):
    assert any(words_of(example)[:1] == [name] for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_command_line_that_the_program_takes(example):
    words = words_of(example)

    assert parser(words[0]).parse_args(words).command == words[0]


def actions_of(name):
    """The subcommands of a command, from its own parser."""
    [commands] = [a for a in parser(name)._actions if a.dest == "command"]
    return [
        word
        for action in commands.choices[name]._actions
        if action.dest == "action"
        for word in action.choices
    ]


@pytest.mark.parametrize(
    ("name", "action"), [(name, action) for name in COMMANDS for action in actions_of(name)]
)
def test_each_action_of_a_command_has_an_example(name, action):
    assert any(words_of(example)[:2] == [name, action] for example in EXAMPLES)
