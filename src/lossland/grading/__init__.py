"""Run the checkers over a folder of submitted notebooks, each in a process of its own that cannot do harm.

What was released is the :class:`Assignment`: a student notebook whose stubs call checkers.  Each submission runs in a
new process with limits on time and memory, without a network and without the right to write outside a folder that
is thrown away; the verdict of each exercise is heard from the checker itself, never read from the notebook.  A cell
that never ends, kills its process or asks for too much memory costs its own exercise and no other: the notebook is
run again without it.  The command is ``lossland grade``.
"""

from lossland.grading.assignment import Assignment, Task, read_assignment
from lossland.grading.limits import Limits
from lossland.grading.report import write_report
from lossland.grading.submission import Submission, find_submissions
from lossland.grading.trial import Outcome, Trial, try_submission

__all__ = [
    "Assignment",
    "Limits",
    "Outcome",
    "Submission",
    "Task",
    "Trial",
    "find_submissions",
    "read_assignment",
    "try_submission",
    "write_report",
]
