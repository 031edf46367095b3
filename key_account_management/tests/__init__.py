from .base import *
from .approval import *
from .register import *
from .credit import *
from .relationship import *
from .screening import *
from .visit import *
from . import test_demo
