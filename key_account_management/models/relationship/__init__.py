from . import res_partner
from . import kam_account
from . import kam_partner_profile
from . import kam_occasion
from . import kam_occasion_turn
