from . import test_credit_assessment
from . import test_credit_forms
from . import test_credit_grade
from . import test_credit_performance
from . import test_credit_request
from . import test_credit_withdrawal
