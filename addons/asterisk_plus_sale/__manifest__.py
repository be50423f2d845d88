{
    "name": "Asterisk Plus Sale",
    "summary": "Calls of quotations and sales orders",
    "version": "14.0.1.0.0",
    "category": "Phone",
    "license": "LGPL-3",
    "author": "Asterisk Plus contributors",
    "depends": ["asterisk_plus", "sale"],
    "data": ["views/sale_order_views.xml"],
}
