from . import kam_approval_rule
from . import kam_approval_step
from . import kam_approval
from . import kam_approval_deputy
from . import kam_approval_mixin
from . import kam_form_mixin
from . import mail_activity
from . import res_config_settings
