{
    "name": "Asterisk Plus: somebody else's handlers (tests)",
    "version": "14.0.1.0.0",
    "author": "Asterisk Plus contributors",
    "license": "LGPL-3",
    "depends": ["asterisk_plus"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
