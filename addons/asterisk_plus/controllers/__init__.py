from . import dialplan
