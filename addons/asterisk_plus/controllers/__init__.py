from . import dialplan, recording
