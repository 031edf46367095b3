from . import base_partner_merge
from . import kam_account_handover
from . import kam_screening_fail
