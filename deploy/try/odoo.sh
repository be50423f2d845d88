#!/bin/sh
# Odoo 14 for a trial: its database, the addon, what the forms ask for (setup.py), and then Odoo itself.
set -eu
umask 077
export PYTHONDONTWRITEBYTECODE=1
cat >/tmp/odoo.conf <<END
[options]
addons_path = /usr/lib/python3/dist-packages/odoo/addons,/mnt/extra-addons
data_dir = /var/lib/odoo
db_host = postgres
db_user = odoo
db_password = $POSTGRES_PASSWORD
db_name = $ODOO_DB
list_db = False
admin_passwd = $(python3 -c 'import secrets; print(secrets.token_hex(24))')
without_demo = all
workers = 0
END
if [ ! -e /var/lib/odoo/try-is-ready ]; then
    odoo -c /tmp/odoo.conf -i contacts,asterisk_plus --no-http --stop-after-init
    odoo shell -c /tmp/odoo.conf --no-http </try/setup.py
    touch /var/lib/odoo/try-is-ready
fi
exec odoo -c /tmp/odoo.conf
