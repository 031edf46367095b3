from . import ir_actions
from . import ir_sequence
from . import crm_team
from . import res_users
from . import mail_activity
from . import res_company
