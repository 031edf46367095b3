from . import kam_screening_fail
