from . import kam_demo_trade
from . import kam_demo
