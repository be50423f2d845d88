"""One addon source, in the form of Odoo 14.0, built for each series.

`known` tells what each series wants, `views`, `settings_page`, `modifiers` and `cron` write a data
file anew for it, `manifest` the manifest, `python_source` finds what a series no longer has,
`build` puts it all together. What none of them knows is an error: nothing is passed on in silence.
"""
