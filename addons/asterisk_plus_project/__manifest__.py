{
    "name": "Asterisk Plus Project",
    "summary": "Calls of tasks",
    "version": "14.0.1.0.0",
    "category": "Phone",
    "license": "LGPL-3",
    "author": "Asterisk Plus contributors",
    "depends": ["asterisk_plus", "project"],
    "data": ["views/task_views.xml"],
}
