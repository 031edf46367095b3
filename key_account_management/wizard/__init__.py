from . import base_partner_merge
from . import kam_approval_decide
from . import kam_account_propose
from . import kam_account_snapshot_rebuild
from . import kam_tier_simulate
from . import kam_credit_release_request
from . import kam_order_cancel
from . import kam_screening_fail
