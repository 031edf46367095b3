from . import approval
from . import register
from . import credit
from . import relationship
from . import screening
from . import visit
