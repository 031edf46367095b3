from . import kam_visit_coverage
