"""The modules that the lab's Asterisk loads: all that calls need, few enough to start in a second.

Modules that only one of the versions has are left out for the other.
"""

from pathlib import Path

# The `load` lines are written in this order, Asterisk sorts out dependencies itself.
WANTED = """
res_crypto res_curl res_timing_timerfd res_sorcery_astdb res_sorcery_config res_sorcery_memory
res_realtime res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_acl
res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_dlg_options res_pjsip_diversion
res_pjsip_dtmf_info res_pjsip_empty_info res_pjsip_endpoint_identifier_ip
res_pjsip_endpoint_identifier_user res_pjsip_exten_state res_pjsip_header_funcs res_pjsip_logger
res_pjsip_mwi res_pjsip_mwi_body_generator res_pjsip_nat res_pjsip_notify
res_pjsip_outbound_authenticator_digest res_pjsip_outbound_publish res_pjsip_outbound_registration
res_pjsip_path res_pjsip_pidf_body_generator res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326
res_pjsip_rfc3329 res_pjsip_sdp_rtp res_rtp_asterisk chan_pjsip chan_bridge_media
bridge_builtin_features bridge_builtin_interval_features bridge_holding bridge_native_rtp
bridge_simple bridge_softmix codec_a_mu codec_alaw codec_g722 codec_gsm codec_resample codec_ulaw
format_gsm format_pcm format_sln format_wav format_wav_gsm app_attended_transfer
app_blind_transfer app_bridgeaddchan app_bridgewait app_channelredirect app_chanspy app_confbridge
app_db app_dial app_directed_pickup app_echo app_exec app_followme app_milliwatt app_mixmonitor
app_originate app_page app_playback app_playtones app_queue app_read app_record app_senddtmf
app_softhangup app_stack app_system app_transfer app_userevent app_verbose app_voicemail
app_waitforsilence app_while func_base64 func_callerid func_cdr func_channel func_curl func_cut
func_db func_devstate func_dialgroup func_dialplan func_env func_export func_extstate func_global
func_groupcount func_hangupcause func_holdintercept func_logic func_math func_md5 func_module
func_periodic_hook func_pjsip_aor func_pjsip_contact func_pjsip_endpoint func_rand func_sha1
func_shell func_sprintf func_strings func_timeout func_uri func_volume pbx_config pbx_spool
cdr_manager res_manager_devicestate res_musiconhold res_parking res_speech res_agi res_mutestream
res_format_attr_opus res_format_attr_g729
"""


def loads(folder: Path, wanted: str = WANTED) -> str:
    """Return the `load =` lines for the wanted modules that exist in a modules folder."""
    return "\n".join(
        f"load = {name}.so" for name in wanted.split() if (folder / f"{name}.so").is_file()
    )


def with_chan_sip() -> str:
    """Return the modules of a PBX that has chan_sip in place of chan_pjsip."""
    kept = [name for name in WANTED.split() if "pjsip" not in name]
    return " ".join([*kept, "chan_sip"])
