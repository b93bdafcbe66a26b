"""ReLU students of ReLU teachers under Gaussian inputs: population loss in closed form, and its spurious minima.

Students (..., n, d) and teachers (k, d) are NumPy arrays in float64; leading dimensions are runs.  Both networks are
plain sums of ReLU neurons, inputs are N(0, I_d), and the loss has the factor 1/2.
"""

from lossland.teacher_student.added_student import NewStudent, split_student, splitting_matrices, steepest_new_student
from lossland.teacher_student.basin import Basin, hessian_lipschitz, prove_basin
from lossland.teacher_student.census import Census, MinimumClass, take_census
from lossland.teacher_student.certificate import Certificate, certify
from lossland.teacher_student.interval_proof import Proof, prove_spurious_minimum
from lossland.teacher_student.newton import Polished, newton_polish
from lossland.teacher_student.population_loss import (
    one_sided_derivative,
    orthogonal_teachers,
    population_gradient,
    population_hessian,
    population_loss,
)
from lossland.teacher_student.relu_kernel import relu_kernel, relu_kernel_gradient, relu_kernel_hessian
from lossland.teacher_student.reversed_students import ReversedStudents, count_reversed, reversed_students
from lossland.teacher_student.search import Search, descend, xavier_students
from lossland.teacher_student.spurious_fraction import Fraction, spurious_fraction
from lossland.teacher_student.symmetry_class import (
    Alignment,
    SymmetryClasses,
    align,
    canonical_form,
    symmetry_classes,
)

__all__ = [
    "Alignment",
    "Basin",
    "Census",
    "Certificate",
    "Fraction",
    "MinimumClass",
    "NewStudent",
    "Polished",
    "Proof",
    "ReversedStudents",
    "Search",
    "SymmetryClasses",
    "align",
    "canonical_form",
    "certify",
    "count_reversed",
    "descend",
    "hessian_lipschitz",
    "newton_polish",
    "one_sided_derivative",
    "orthogonal_teachers",
    "population_gradient",
    "population_hessian",
    "population_loss",
    "prove_basin",
    "prove_spurious_minimum",
    "relu_kernel",
    "relu_kernel_gradient",
    "relu_kernel_hessian",
    "reversed_students",
    "split_student",
    "splitting_matrices",
    "spurious_fraction",
    "steepest_new_student",
    "symmetry_classes",
    "take_census",
    "xavier_students",
]
