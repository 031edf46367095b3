from . import kam_approval_decide
