"""The ledger holds every entry of the starting lists, and each decided one names a section and a test that exist."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXPECTED_IDS = Path(__file__).with_name("ledger_ids.txt").read_text().split()

SOURCES = ("yarotsky", "golikov", "glukhov", "review")
VERDICTS = {  # verdict -> the fields that it needs
    "verified": ("chapter", "test"),
    "verified-under-conditions": ("conditions", "chapter", "test"),
    "corrected": ("correction", "consequence", "chapter", "test"),
    "refuted": ("correction", "consequence", "chapter", "test"),
    "open": ("chapter",),
    "pending": (),
}
FIELDS = ("id", "source", "kind", "place", "statement", "verdict", "conditions", "correction", "consequence", "chapter",
          "test")
ALWAYS = ("id", "source", "kind", "place", "statement", "verdict")
ID_LIKE = re.compile(
    r"(?<![\w/-])(?:(?:yarotsky|golikov)-(?:alg|claim|def|ex|fig|formula|open|table|thm)-\d[a-z0-9-]*\w"
    r"|glukhov-(?:alg|claim|conjecture|corollary|def|eq|exercise|fig|issue|question)-[a-z0-9-]*\w)"
)


def load(root):
    """Read the entries of book/ledger.yml under `root`."""
    return yaml.safe_load((root / "book" / "ledger.yml").read_text(encoding="utf8"))


def labels_of_chapters(root):
    """Collect every `(label)=` that stands on a line of its own in a chapter."""
    return {
        label
        for path in sorted((root / "book" / "chapters").glob("*.md"))
        for label in re.findall(r"^\(([^)\s]+)\)=\s*$", path.read_text(encoding="utf8"), re.M)
    }


def marked_ids(node):
    """List the ids in the `@pytest.mark.ledger(...)` decorators of a function or class."""
    return [
        argument.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("mark.ledger")
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    ]


def text_of_test(root, node_id):
    """Return the source text of a test function with its marks, or a sentence that says why there is none."""
    path, *names = re.sub(r"\[.*\]$", "", node_id).split("::")
    file = root / path
    if not names or not file.is_file():
        return None, f"names the test {node_id}, but there is no file {path}"
    source = file.read_text(encoding="utf8")
    body, marks = ast.parse(source).body, []
    for name in names:
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        found = [node for node in body if isinstance(node, definitions) and node.name == name]
        if not found:
            return None, f"names the test {node_id}, but {path} has no {name}"
        marks += marked_ids(found[-1])
        body = found[-1].body
    if isinstance(found[-1], ast.ClassDef) or not names[-1].startswith("test"):
        return None, f"names {node_id}, which is not a test function"
    return "\n".join([ast.get_source_segment(source, found[-1]), *marks]), None


def mentions(text, entry_id):
    """Tell whether the id stands in the text as a whole, not as a part of a longer id."""
    return re.search(rf"(?<![\w-]){re.escape(entry_id)}(?![\w-])", text) is not None


def problems_of_entry(entry, root, labels):
    """List what is wrong with one entry, each problem a sentence."""
    wrong = [f"has the unknown field {field}" for field in entry if field not in FIELDS]
    wrong += [f"lacks {field}" for field in ALWAYS if not str(entry.get(field) or "").strip()]
    verdict = entry.get("verdict")
    if entry.get("source") not in SOURCES:
        wrong.append(f"has the source {entry.get('source')}, expected one of {', '.join(SOURCES)}")
    if verdict not in VERDICTS:
        return [*wrong, f"has the verdict {verdict}, expected one of {', '.join(VERDICTS)}"]
    wrong += [
        f"is {verdict} but lacks {field}"
        for field in VERDICTS[verdict]
        if not str(entry.get(field) or "").strip()
    ]
    if str(entry.get("statement")).count("$") % 2:
        wrong.append("has a statement with an odd number of dollar signs")
    if entry.get("chapter") and entry["chapter"] not in labels:
        wrong.append(f"points to the section {entry['chapter']}, which is the label of no section of a chapter")
    if entry.get("test"):
        text, reason = text_of_test(root, entry["test"])
        if reason:
            wrong.append(reason)
        elif not mentions(text, entry["id"]):
            wrong.append(f"is not mentioned by its deciding test {entry['test']}")
    return wrong


def problems_of_marks(known, root):
    """List the ids that tests, chapters and decks name although the ledger has no such entry."""
    wrong = []
    for path in sorted((root / "tests").rglob("*.py")):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                named = [i for i in marked_ids(node) if i not in known]
                wrong += [f"{path.relative_to(root)}: {node.name} marks the unknown entry {i}" for i in named]
    for folder in ("chapters", "decks"):
        for path in sorted((root / "book" / folder).glob("*.md")):
            named = sorted(set(ID_LIKE.findall(path.read_text(encoding="utf8"))) - set(known))
            wrong += [f"{path.relative_to(root)}: names the unknown entry {i}" for i in named]
    return wrong


def problems(entries, root, expected):
    """List everything that is wrong with the ledger, each problem a sentence."""
    ids = [entry.get("id") for entry in entries]
    labels = labels_of_chapters(root)
    wrong = [f"{i}: missing from the ledger" for i in expected if i not in ids]
    wrong += [f"{i}: occurs {ids.count(i)} times" for i in sorted(set(ids), key=str) if ids.count(i) > 1]
    for entry in entries:
        wrong += [f"{entry.get('id')}: {problem}" for problem in problems_of_entry(entry, root, labels)]
    return wrong + problems_of_marks(set(ids), root)


def test_ledger_is_complete_and_every_decision_has_a_section_and_a_test():
    wrong = problems(load(ROOT), ROOT, EXPECTED_IDS)
    assert not wrong, "\n".join(["the ledger has problems:", *wrong])


def test_no_entry_that_a_chapter_on_signal_propagation_decides_is_pending():
    entries = load(ROOT)
    ids = [entry["id"] for entry in entries]
    first = ids.index("yarotsky-claim-18-lln")
    last = ids.index("yarotsky-claim-23-vanishing-exploding")
    assert [entry["id"] for entry in entries[first : last + 1] if entry["verdict"] == "pending"] == []


def test_the_starting_lists_had_375_distinct_entries():
    assert len(EXPECTED_IDS) == len(set(EXPECTED_IDS)) == 375


# The rules themselves are tested on a small ledger that is in order, and on copies with one thing broken.

CHAPTER = "(sec-coin)=\n## A coin\n\nSee golikov-thm-01-theta.\n"
TESTS = '''
import pytest

@pytest.mark.ledger("yarotsky-claim-18-lln")
@pytest.mark.parametrize("n", [1, 2])
def test_coin(n):
    assert n

@pytest.mark.ledger("golikov-thm-01-theta")
class TestTheta:
    def test_value(self):
        assert True

def test_by_text():
    """Decides glukhov-eq-13."""

def not_a_test():
    """glukhov-eq-13"""
'''


def small_ledger():
    """Make four entries in order, one for each way to name a test."""
    common = {"kind": "claim", "place": "Somewhere", "statement": "One is $1$.", "chapter": "sec-coin"}
    path = "tests/test_coin.py"
    return [
        {"id": "yarotsky-claim-18-lln", "source": "yarotsky", "verdict": "verified", **common,
         "test": f"{path}::test_coin[1]"},
        {"id": "golikov-thm-01-theta", "source": "golikov", "verdict": "corrected", "correction": "Two.", **common,
         "consequence": "value",
         "test": f"{path}::TestTheta::test_value"},
        {"id": "glukhov-eq-13", "source": "glukhov", "verdict": "verified-under-conditions", "conditions": "So.",
         **common, "test": f"{path}::test_by_text"},
        {"id": "review-tags", "source": "review", "kind": "claim", "place": "Header", "statement": "Tags.",
         "verdict": "pending"},
    ]  # fmt: skip


def small_tree(root):
    """Write the chapter and the tests that the small ledger points to."""
    for folder in ("book/chapters", "book/decks", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "book/chapters/01-coin.md").write_text(CHAPTER)
    (root / "tests/test_coin.py").write_text(TESTS)
    return root


def test_a_ledger_in_order_has_no_problems(tmp_path):
    entries = small_ledger()
    assert problems(entries, small_tree(tmp_path), [entry["id"] for entry in entries]) == []


@pytest.mark.parametrize(
    ("index", "change", "sentence"),
    [
        (0, {"id": "glukhov-eq-13"}, "yarotsky-claim-18-lln: missing from the ledger"),
        (0, {"id": "glukhov-eq-13"}, "glukhov-eq-13: occurs 2 times"),
        (0, {"verdict": "true"}, "has the verdict true, expected one of verified"),
        (0, {"source": "someone"}, "has the source someone, expected one of yarotsky"),
        (0, {"statement": " "}, "lacks statement"),
        (0, {"statement": "Half of $x."}, "odd number of dollar signs"),
        (0, {"verdit": "x"}, "unknown field verdit"),
        (0, {"verdict": "refuted"}, "is refuted but lacks correction"),
        (1, {"correction": ""}, "is corrected but lacks correction"),
        (1, {"consequence": ""}, "is corrected but lacks consequence"),
        (2, {"conditions": None}, "is verified-under-conditions but lacks conditions"),
        (0, {"chapter": None}, "is verified but lacks chapter"),
        (0, {"test": None}, "is verified but lacks test"),
        (0, {"chapter": "sec-die"}, "points to the section sec-die"),
        (0, {"test": "tests/test_die.py::test_die"}, "there is no file tests/test_die.py"),
        (0, {"test": "tests/test_coin.py::test_die"}, "tests/test_coin.py has no test_die"),
        (1, {"test": "tests/test_coin.py::TestTheta::test_no"}, "tests/test_coin.py has no test_no"),
        (1, {"test": "tests/test_coin.py::TestTheta"}, "which is not a test function"),
        (2, {"test": "tests/test_coin.py::not_a_test"}, "which is not a test function"),
        (0, {"test": "tests/test_coin.py::test_by_text"}, "is not mentioned by its deciding test"),
        (2, {"id": "glukhov-eq-1"}, "glukhov-eq-1: is not mentioned by its deciding test"),
    ],
)
def test_each_rule_is_enforced(tmp_path, index, change, sentence):
    entries = small_ledger()
    expected = [entry["id"] for entry in entries]
    entries[index].update(change)
    assert any(sentence in problem for problem in problems(entries, small_tree(tmp_path), expected))


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("book/chapters/01-coin.md", "golikov-thm-01-theta", "golikov-thm-99-no", "01-coin.md: names the unknown"),
        ("tests/test_coin.py", '"yarotsky-claim-18-lln"', '"yarotsky-claim-18-lln", "x-1"', "the unknown entry x-1"),
        ("tests/test_coin.py", '"golikov-thm-01-theta"', '"review-no"', "TestTheta marks the unknown entry review-no"),
        ("book/chapters/01-coin.md", "(sec-coin)=", "(sec-coins)=", "points to the section sec-coin"),
    ],
)
def test_names_of_unknown_entries_are_found(tmp_path, file, old, new, sentence):
    entries, root = small_ledger(), small_tree(tmp_path)
    path = root / file
    path.write_text(path.read_text().replace(old, new))
    assert any(sentence in problem for problem in problems(entries, root, []))
