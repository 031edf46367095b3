from . import kam_prefill_mixin
from . import ir_actions
from . import ir_sequence
from . import crm_team
from . import res_users
from . import mail_activity
from . import mail_activity_type
from . import res_company
