from . import kam_thinking_quiz
