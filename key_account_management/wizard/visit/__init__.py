from . import kam_account_handover
from . import kam_visit_plan_time
from . import kam_visit_plan
from . import kam_visit_record
