#!/bin/sh
# Asterisk by the project's samples, with the secrets of this trial: written at each start, only the samples' files.
set -eu
umask 027
cd /etc/asterisk
samples=/usr/share/asterisk-plus

# The account is the sample's last section.
sed "s/^\[odoo\]/[$ASTERISK_AMI_USER]/" "$samples/manager.conf" >manager.conf
echo "secret = $ASTERISK_AMI_PASSWORD" >>manager.conf

cat >pjsip.conf <<END
#include "$samples/pjsip.conf"
[101](phone)
auth = 101
aors = 101
callerid = Alice <101>
[101](phone-auth)
username = 101
password = $SIP_PASSWORD
[101](phone-aor)
[102](phone)
auth = 102
aors = 102
callerid = Bob <102>
[102](phone-auth)
username = 102
password = $SIP_PASSWORD
[102](phone-aor)
; The provider: whoever calls from this address of the host itself.
[provider](trunk)
aors = provider
[provider]
type = aor
contact = sip:127.0.0.2:5062
[provider]
type = identify
endpoint = provider
match = 127.0.0.2
END

cat >extensions.conf <<END
#include "$samples/extensions.conf"
[globals](+)
ODOO_DB = $ODOO_DB
ODOO_COUNTRY = BE
END

echo "#include \"$samples/queues.conf\"" >queues.conf
# On the host's network: nothing listens that the trial does not need. Nor what complains that it is not set up.
{
    printf '[modules]\nautoload = yes\n'
    for module in app_voicemail_imap app_voicemail_odbc cdr_custom cdr_pgsql cdr_radius cdr_sqlite3_custom cdr_tds cel_custom cel_pgsql cel_radius cel_sqlite3_custom cel_tds chan_console \
        chan_iax2 chan_mgcp chan_motif chan_ooh323 chan_skinny chan_unistim chan_websocket pbx_ael pbx_dundi pbx_lua \
        res_config_ldap res_config_pgsql res_corosync res_hep res_hep_pjsip res_hep_rtcp res_phoneprov res_pjsip_phoneprov_provider res_pjsip_publish_asterisk res_snmp res_xmpp; do
        echo "noload = $module.so"
    done
} >modules.conf
cat >asterisk.conf <<END
[options]
systemname = try
END
# What it writes (recordings), its group may take away.
umask 007
exec asterisk -f
