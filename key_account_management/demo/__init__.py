from . import base
from . import register
from . import credit
from . import relationship
from . import screening
from . import visit
