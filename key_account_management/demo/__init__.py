from . import kam_demo
from . import kam_demo_trade
from . import kam_demo_register
from . import kam_demo_credit
from . import kam_demo_stakeholder
from . import kam_demo_screening
from . import kam_demo_visit
