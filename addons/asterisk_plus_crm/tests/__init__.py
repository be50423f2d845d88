from . import test_lead_of_call
