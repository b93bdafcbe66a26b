"""What a student sees has none of the book's bookkeeping, however deep it stands, and the rest as it was."""

from tools.student_code import without_glue

CODE = """from myst_nb import glue
x = 1
glue("x", x)
for name in table:
    for k in names:
        glue(f"a{k}", 1)
        glue("b", 2)
    rank = 3
    glue(
        "c",
        rank,
    )
for n in (1, 2):
    glue("d", n)
if x:
    glue("e", x)
else:
    y = 2"""


def test_bookkeeping_goes_and_the_rest_stays():
    assert without_glue(CODE) == "x = 1\nfor name in table:\n    rank = 3\nif x:\n    pass\nelse:\n    y = 2"


def test_code_that_is_no_python_stays():
    assert without_glue("%pip install it\nglue(1)") == "%pip install it\nglue(1)"
