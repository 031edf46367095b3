from . import base_partner_merge
from . import kam_account_handover
from . import kam_account_propose
from . import kam_account_snapshot_rebuild
from . import kam_tier_simulate
