{
    "name": "Asterisk Plus CRM",
    "summary": "Calls find their open lead, or make one",
    "version": "14.0.1.0.0",
    "category": "Phone",
    "license": "LGPL-3",
    "author": "Asterisk Plus contributors",
    "depends": ["asterisk_plus", "crm"],
    "data": ["views/lead_views.xml", "views/settings_views.xml"],
}
