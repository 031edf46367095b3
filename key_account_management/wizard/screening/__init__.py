from . import kam_account_handover
from . import kam_screening_fail
