"""Recordings: their way in, who hears them, and how long they stay."""
import hashlib
import io
import os
from datetime import timedelta, timezone

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HttpCase, new_test_user, tagged

from ..tools import recording_store
from .test_access import AccessCase

SOUND = b"RIFF" + bytes(range(256)) * 40
PASSWORD = "a-password-of-this-test-only"


def offer_of(call, content=SOUND, **values):
    """Return what an agent says of a recording of the call."""
    offer = {"filename": "%s.wav" % call.linkedid, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    offer.update(duration=12.5, started=1795407584.5, linkedid=call.linkedid, uniqueids=call.channel_ids[:1].mapped("uniqueid"))
    return dict(offer, **values)


class RecordingCase(AccessCase):
    def setUp(self):
        super().setUp()
        self.gate = self.env["asterisk_plus.server"].with_user(self.agent)
        self.recordings = self.env["asterisk_plus.recording"]

    def send(self, offer, content=SOUND, offset=0):
        part = self.server._recording_part(offer["sha256"], offer["size"])
        self.addCleanup(part.drop)
        return part.append(offset, io.BytesIO(content[offset:]), len(content) - offset)

    def bring(self, call, content=SOUND, **values):
        offer = offer_of(call, content, **values)
        self.send(offer, content)
        self.gate.recording_finish(offer)
        return self.recordings.search([("checksum", "=", offer["sha256"]), ("filename", "=", offer["filename"])])


class TestRecording(RecordingCase):
    def test_it_comes_in_pieces_and_is_kept_once(self):
        offer = offer_of(self.call)
        self.assertEqual(self.gate.recording_begin(offer), {"state": "wanted", "offset": 0})
        self.send(offer, SOUND[:1000])
        self.assertEqual(self.gate.recording_begin(offer), {"state": "wanted", "offset": 1000})
        with self.assertRaises(UserError):
            self.gate.recording_finish(offer)
        self.assertEqual(self.send(offer, SOUND, 1000), len(SOUND))
        self.assertTrue(self.gate.recording_finish(offer))
        self.assertTrue(self.gate.recording_finish(offer))
        self.assertEqual(self.gate.recording_begin(offer), {"state": "done", "offset": len(SOUND)})
        recording = self.call.recording_ids
        self.assertEqual(len(recording), 1)
        self.assertEqual((recording.partner_id, recording.server_id), (self.call.partner_id, self.server))
        self.assertEqual((recording.size, recording.duration, recording.mimetype), (len(SOUND), 12.5, "audio/wav"))
        with open(recording._path(), "rb") as file:
            self.assertEqual(file.read(), SOUND)
        self.assertEqual(recording.attachment_id.raw, SOUND)

    def test_a_piece_that_belongs_elsewhere_is_not_taken(self):
        offer = offer_of(self.call)
        self.send(offer, SOUND[:1000])
        part = self.server._recording_part(offer["sha256"], offer["size"])
        for offset, length in ((0, 10), (2000, 10), (1000, len(SOUND))):
            self.assertEqual(part.append(offset, io.BytesIO(b"x" * length), length), 1000)
        # A connection that breaks: what came is kept, and it goes on from there.
        self.assertEqual(part.append(1000, io.BytesIO(SOUND[1000:1500]), 5000), 1500)

    def test_other_bytes_than_announced_are_refused_and_forgotten(self):
        offer = offer_of(self.call)
        self.send(offer, b"x" * len(SOUND))
        with self.assertRaises(UserError):
            self.gate.recording_finish(offer)
        self.assertEqual(self.gate.recording_begin(offer)["offset"], 0)
        self.assertFalse(self.call.recording_ids)

    def test_a_file_that_is_gone_is_wanted_again(self):
        recording = self.bring(self.call)
        os.unlink(recording._path())
        self.assertEqual(self.gate.recording_begin(offer_of(self.call))["state"], "wanted")

    def test_a_recording_of_no_call_waits(self):
        offer = offer_of(self.call, linkedid="1.1", uniqueids=["1.2"])
        self.assertEqual(self.gate.recording_begin(offer), {"state": "no_call", "offset": 0})
        other = self.env["asterisk_plus.server"].create({"name": "Other PBX"})
        gate = self.env["asterisk_plus.server"].with_user(other.user_id)
        self.assertEqual(gate.recording_begin(offer_of(self.call))["state"], "no_call")

    def message(self, channel, seconds, **values):
        """Offer a message that was left in the call's first minutes."""
        at = channel.started.replace(tzinfo=timezone.utc).timestamp() + seconds
        said = dict(kind="voicemail", channel=channel.channel, started=at, linkedid="", uniqueids=[])
        return offer_of(self.call, **dict(said, filename="voicemail-101.wav", **values))

    def test_a_message_belongs_to_the_call_whose_channel_left_it_then(self):
        channel = self.call.channel_ids[:1]
        channel.write({"channel": "PJSIP/trunk-00000007", "started": "2026-11-25 10:00:00", "ended": "2026-11-25 10:01:00"})
        # After a restart of Asterisk the name is given again.
        other = self.call.copy({"linkedid": "1795600000.9", "channel_ids": False})
        later = {"channel": channel.channel, "started": "2026-11-25 11:00:00", "ended": False, "uniqueid": "1795600000.9"}
        channel.copy(dict(later, call_id=other.id))
        for seconds, call in ((30, self.call), (64, self.call), (3600, other), (7200, other)):
            with self.subTest(seconds=seconds):
                self.assertEqual(self.server._recorded_call(self.message(channel, seconds)), call)
        for seconds in (-60, 600):
            self.assertEqual(self.gate.recording_begin(self.message(channel, seconds))["state"], "no_call")
        stranger = self.message(channel, 30, kind="voicemail")
        gate = self.env["asterisk_plus.server"].with_user(self.env["asterisk_plus.server"].create({"name": "Other PBX"}).user_id)
        self.assertEqual(gate.recording_begin(stranger)["state"], "no_call")
        offer = self.message(channel, 30)
        self.send(offer)
        self.gate.recording_finish(offer)
        self.assertEqual(self.call.recording_ids.kind, "voicemail")
        self.assertEqual(self.gate.recording_begin(offer)["state"], "done")

    def test_what_is_no_offer_is_refused(self):
        for bad in (
            {"sha256": "../../etc/passwd"},
            {"sha256": "A" * 64},
            {"size": 0},
            {"size": 2**31},
            {"size": True},
            {"filename": ""},
            {"uniqueids": None},
            {"started": "x"},
            {"kind": "x"},
            {"duration": "x"},
        ):
            with self.subTest(str(bad)), self.assertRaises(UserError):
                self.gate.recording_begin(offer_of(self.call, **bad))

    def test_two_of_one_call_and_two_with_the_same_sound(self):
        first = self.bring(self.call)
        second = self.bring(self.call, SOUND + b"more", filename="second.wav")
        same = self.bring(self.call, filename="third.wav")
        self.assertEqual(self.call.recording_ids, first | second | same)
        self.assertEqual(first._path(), same._path())

    def test_one_name_for_all_calls_and_the_same_sound(self):
        """A dialplan may say MixMonitor(last.wav); silence is like silence."""
        self.bring(self.call, filename="last.wav")
        later = offer_of(self.call, filename="last.wav", started=1795407700.5)
        self.assertEqual(self.gate.recording_begin(later)["state"], "wanted")
        self.send(later)
        self.gate.recording_finish(later)
        self.assertEqual(self.gate.recording_begin(later)["state"], "done")
        self.assertEqual(len(self.call.recording_ids), 2)

    def test_only_the_agent_brings_some(self):
        for user in (self.alice, self.env.ref("base.user_admin")):
            for method in ("recording_begin", "recording_finish"):
                with self.assertRaises(AccessError):
                    getattr(self.env["asterisk_plus.server"].with_user(user), method)(offer_of(self.call))


class TestRecordingAccess(RecordingCase):
    def setUp(self):
        super().setUp()
        self.recording = self.bring(self.call)

    def test_who_took_part_hears_it_and_changes_nothing(self):
        mine = self.recording.with_user(self.alice)
        self.assertEqual(self.recordings.with_user(self.alice).search([]), mine)
        mine.read()
        mine.attachment_id.read(["name", "raw"])
        for change in (lambda: mine.write({"keep_forever": True}), mine.unlink, mine.attachment_id.unlink):
            with self.assertRaises(AccessError):
                change()

    def test_others_neither_see_nor_hear_it(self):
        portal = new_test_user(self.env, login="recording_portal", groups="base.group_portal")
        for user in (self.bob, portal, self.agent):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.recording.with_user(user).read(["filename"])
                with self.assertRaises(AccessError):
                    self.recording.attachment_id.with_user(user).read(["raw"])
        bobs = self.recordings.with_user(self.bob)
        self.assertFalse(bobs.search([]))
        self.assertFalse(bobs.read_group([], ["size_mib"], ["partner_id"]))

    def test_the_file_goes_with_the_recording_and_with_the_call(self):
        attachment = self.recording.attachment_id
        self.call.unlink()
        self.assertFalse(self.recording.exists())
        self.assertFalse(attachment.exists())

    def test_retention_deletes_what_is_old_and_not_kept(self):
        now = fields.Datetime.now()
        self.recording.started = now - timedelta(days=40)
        kept = self.bring(self.call, SOUND + b"1", filename="1.wav")
        kept.write({"started": now - timedelta(days=40), "keep_forever": True})
        young = self.bring(self.call, SOUND + b"2", filename="2.wav")
        young.started = now - timedelta(days=10)
        self.recordings._cron_retention()
        self.assertTrue(self.recording.exists())
        self.env["asterisk_plus.settings"]._current().recording_days = 30
        self.recordings._cron_retention()
        self.assertEqual(self.recordings.search([("call_id", "=", self.call.id)]), kept | young)

    def test_parts_that_nobody_goes_on_with_are_swept(self):
        offer = offer_of(self.call, SOUND + b"part")
        self.send(offer, SOUND)
        part = self.server._recording_part(offer["sha256"], offer["size"])
        recording_store.sweep(self.recordings._parts_folder())
        self.assertEqual(part.offset, len(SOUND))
        old = os.stat(part.path).st_mtime - recording_store.STALE_S - 1
        os.utime(part.path, (old, old))
        recording_store.sweep(self.recordings._parts_folder())
        self.assertEqual(part.offset, 0)


@tagged("post_install", "-at_install")
class TestRecordingOverHttp(HttpCase):
    def setUp(self):
        super().setUp()
        self.server = self.env["asterisk_plus.server"].create({"name": "Recorder"})
        self.server.user_id.password = PASSWORD
        person = new_test_user(self.env, login="recording_user", password=PASSWORD, groups="asterisk_plus.group_user")
        new_test_user(self.env, login="recording_other", password=PASSWORD, groups="asterisk_plus.group_user")
        pbx = self.env["asterisk_plus.user"].create({"name": "P", "user_id": person.id, "server_id": self.server.id})
        values = {"server_id": self.server.id, "linkedid": "1795407584.1"}
        part = {"user_id": pbx.id, "role": "answered"}
        self.call = self.env["asterisk_plus.call"].create(dict(values, participation_ids=[(0, 0, part)]))
        self.offer = offer_of(self.call)

    def send(self, content=SOUND, kind="application/octet-stream", **query):
        asked = dict({"sha256": self.offer["sha256"], "size": self.offer["size"], "offset": 0}, **query)
        words = "&".join("%s=%s" % pair for pair in asked.items())
        self.opener.headers["Content-Type"] = kind
        answer = self.url_open("/asterisk_plus/recording/data?" + words, data=content, timeout=30)
        self.opener.headers.pop("Content-Type")
        return answer

    def test_pieces_come_in_and_the_sound_goes_out_in_ranges(self):
        part = self.server._recording_part(self.offer["sha256"], self.offer["size"])
        self.addCleanup(part.drop)
        self.authenticate(self.server.user_id.login, PASSWORD)
        self.assertEqual(self.send(SOUND[:4000]).json(), {"offset": 4000})
        self.assertEqual(self.send(SOUND[:10]).json(), {"offset": 4000})
        self.assertEqual(self.send(SOUND[4000:], offset=4000).json(), {"offset": len(SOUND)})
        self.env["asterisk_plus.server"].with_user(self.server.user_id).recording_finish(self.offer)
        url = "/asterisk_plus/recording/%d/audio" % self.call.recording_ids.id
        self.authenticate("recording_user", PASSWORD)
        whole = self.url_open(url)
        self.assertEqual((whole.status_code, whole.content), (200, SOUND))
        self.assertEqual(whole.headers["Content-Type"], "audio/wav")
        self.assertEqual(whole.headers["Accept-Ranges"], "bytes")
        self.opener.headers["Range"] = "bytes=1000-1999"
        piece = self.url_open(url)
        self.assertEqual((piece.status_code, piece.content), (206, SOUND[1000:2000]))
        self.assertEqual(piece.headers["Content-Range"], "bytes 1000-1999/%d" % len(SOUND))
        self.opener.headers["Range"] = "bytes=999999-"
        self.assertEqual(self.url_open(url).status_code, 416)
        self.opener.headers.pop("Range")
        self.authenticate("recording_other", PASSWORD)
        self.assertEqual(self.url_open(url).status_code, 404)
        file = self.url_open("/web/content/%d" % self.call.recording_ids.attachment_id.id)
        self.assertNotIn(SOUND[:100], file.content)
        self.assertIn(file.status_code, (403, 404))

    def test_who_is_not_the_agent_sends_nothing(self):
        self.assertNotEqual(self.url_open("/asterisk_plus/recording/data", data=b"x", allow_redirects=False).status_code, 200)
        self.authenticate("recording_user", PASSWORD)
        self.assertEqual(self.send().status_code, 403)
        self.assertEqual(self.server._recording_part(self.offer["sha256"], self.offer["size"]).offset, 0)

    def test_what_is_no_piece_is_refused(self):
        self.authenticate(self.server.user_id.login, PASSWORD)
        self.assertEqual(self.send(kind="text/plain").status_code, 415)
        self.assertEqual(self.send(sha256="..%2F..%2Fx").status_code, 400)
        self.assertEqual(self.send(offset="x").status_code, 400)
        self.assertEqual(self.send(b"x" * (17 * 1024 * 1024)).status_code, 413)
