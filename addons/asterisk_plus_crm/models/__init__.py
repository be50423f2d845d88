from . import asterisk_call, asterisk_settings, crm_lead
