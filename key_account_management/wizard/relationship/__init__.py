from . import base_partner_merge
from . import kam_thinking_quiz
