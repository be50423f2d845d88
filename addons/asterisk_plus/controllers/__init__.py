from . import dialplan, enrolment, recording
