from . import test_credit_performance
from . import test_credit_withdrawal
