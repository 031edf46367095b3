from . import kam_credit_release_request
from . import kam_order_cancel
