"""What holds for every test."""

from hypothesis import settings

# No example is timed: how long one takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
