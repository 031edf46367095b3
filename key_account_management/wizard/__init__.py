from . import base_partner_merge
from . import kam_account_propose
from . import kam_account_snapshot_rebuild
from . import kam_tier_proposal_reject
from . import kam_tier_simulate
