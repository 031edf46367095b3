from . import test_access_mixin
from . import test_access_rights
from . import test_arguments
from . import test_configuration
from . import test_copy
from . import test_crons
from . import test_field_secrecy
from . import test_evidence
from . import test_frozen
from . import test_guard
from . import test_handover
from . import test_i18n
from . import test_layout
from . import test_mail_replies
from . import test_merge
from . import test_merge_decided
from . import test_migration
from . import test_multi_company
from . import test_named
from . import test_overrides
from . import test_performance
from . import test_prefill
from . import test_security_page
from . import test_sequence
from . import test_story
from . import test_talk_kept
from . import test_today
from . import test_user_dependent
from . import test_used
from . import test_views

# What Odoo's loader looks for; `common` would hide that of all
__all__ = [name for name in dir() if name.startswith("test_")]
