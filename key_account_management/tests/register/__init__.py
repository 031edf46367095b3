from . import test_account_people
from . import test_company_rules
from . import test_criterion
from . import test_explanation
from . import test_joined_people
from . import test_partner
from . import test_proposal
from . import test_refresh
from . import test_register_ui
from . import test_settings
from . import test_simulate
from . import test_snapshot
from . import test_tier

# What Odoo's loader looks for; `common` would hide that of all
__all__ = [name for name in dir() if name.startswith("test_")]
