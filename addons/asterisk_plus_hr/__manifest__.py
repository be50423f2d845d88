{
    "name": "Asterisk Plus HR",
    "summary": "Calls of employees, known by their work numbers",
    "version": "14.0.1.0.0",
    "category": "Phone",
    "license": "LGPL-3",
    "author": "Asterisk Plus contributors",
    "depends": ["asterisk_plus", "hr"],
    "data": ["views/employee_views.xml"],
}
