from . import test_development_record
from . import test_visit
from . import test_visit_access
from . import test_visit_cadence
from . import test_visit_calendar
from . import test_visit_calendar_access
from . import test_visit_calendar_concurrency
from . import test_visit_finding
from . import test_visit_follow_up
from . import test_visit_plan
from . import test_visit_preparation
from . import test_visit_ui

# What Odoo's loader looks for; `common` would hide that of all
__all__ = [name for name in dir() if name.startswith("test_")]
