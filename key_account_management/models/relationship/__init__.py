from . import res_partner
from . import kam_account
from . import kam_partner_profile
from . import kam_occasion
from . import kam_occasion_turn
from . import mail_activity_type
from . import res_company
from . import res_config_settings
