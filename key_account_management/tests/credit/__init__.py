from . import test_credit_assessment
from . import test_credit_attempt
from . import test_credit_concurrency
from . import test_credit_forms
from . import test_credit_grade
from . import test_credit_order
from . import test_credit_performance
from . import test_credit_release
from . import test_credit_request
from . import test_credit_secrecy
from . import test_credit_secrecy_talk
from . import test_credit_slip
from . import test_credit_ui
from . import test_credit_withdrawal
from . import test_rule_proposal
from . import test_uninstall

# What Odoo's loader looks for; `common` would hide that of all
__all__ = [name for name in dir() if name.startswith("test_")]
