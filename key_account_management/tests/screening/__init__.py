from . import test_development
from . import test_screening
from . import test_screening_confirmation
from . import test_screening_former
from . import test_screening_integrity
from . import test_screening_moved
from . import test_screening_people
from . import test_screening_proposal
from . import test_screening_risk

# What Odoo's loader looks for; `common` would hide that of all
__all__ = [name for name in dir() if name.startswith("test_")]
