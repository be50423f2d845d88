from . import asterisk_call, hr_employee
