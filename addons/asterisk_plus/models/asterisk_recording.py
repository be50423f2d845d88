"""One recording of a call. Who brings it in stands in server_recording.py; its bytes are a file of an attachment."""
import os
from datetime import timedelta

from odoo import api, fields, models

from ..tools import recording_store
from .call_words import in_minutes

MIMETYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
}
# What browsers can't play, they offer to save.
OTHER_MIMETYPE = "application/octet-stream"
MEBIBYTE = 1024.0 * 1024.0
KINDS = [("call", "Call"), ("voicemail", "Voicemail")]
# So many are deleted in one run of the scheduled job, which is one transaction.
RETENTION_BATCH = 500


class AsteriskRecording(models.Model):
    _name = "asterisk_plus.recording"
    _description = "Recording of a call"
    _order = "started desc, id desc"
    _rec_name = "filename"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, index=True, ondelete="cascade")
    server_id = fields.Many2one(related="call_id.server_id", store=True, index=True)
    company_id = fields.Many2one(related="call_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="call_id.partner_id", store=True, index=True)
    direction = fields.Selection(related="call_id.direction", store=True)
    calling_number = fields.Char(related="call_id.calling_number")
    called_number = fields.Char(related="call_id.called_number")
    participant_ids = fields.Many2many(related="call_id.participant_ids", string="Took part")
    kind = fields.Selection(
        KINDS, required=True, readonly=True, default="call", help="Voicemail: a message that the caller left in a mailbox."
    )
    uniqueid = fields.Char(readonly=True, help="Asterisk's name of the channel that was recorded.")
    filename = fields.Char(required=True, readonly=True, help="Its name in Asterisk's folder of recordings.")
    started = fields.Datetime(readonly=True, index=True)
    duration = fields.Float(string="Duration (s)", readonly=True, digits=(16, 2))
    duration_time = fields.Char(string="Duration", compute="_compute_duration_time")
    size = fields.Integer(string="Size (bytes)", readonly=True)
    size_mib = fields.Float(string="Size (MiB)", compute="_compute_size_mib", store=True, digits=(16, 2))
    checksum = fields.Char(readonly=True, required=True, help="SHA-256")
    mimetype = fields.Char(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="File", readonly=True, ondelete="restrict")
    audio_url = fields.Char(string="Listen", compute="_compute_audio_url")
    tag_ids = fields.Many2many("asterisk_plus.tag", string="Tags")
    keep_forever = fields.Boolean(help="The retention leaves it alone.")

    _sql_constraints = [
        ("once_uniq", "unique(server_id, filename, checksum, started)", "This recording is there already."),
    ]

    @api.depends("duration")
    def _compute_duration_time(self):
        for one in self:
            one.duration_time = in_minutes(round(one.duration))

    @api.depends("size")
    def _compute_size_mib(self):
        for one in self:
            one.size_mib = one.size / MEBIBYTE

    def _compute_audio_url(self):
        for one in self:
            one.audio_url = "/asterisk_plus/recording/%d/audio" % one.id

    def _path(self):
        """Return the path of the file, False when there is none (or the database holds it)."""
        self.ensure_one()
        # sudo: who may read the recording may hear it.
        attachment = self.sudo().attachment_id
        path = attachment.store_fname and attachment._full_path(attachment.store_fname)
        return path and os.path.isfile(path) and path

    def _is_whole(self):
        """Tell whether the bytes are there as they came."""
        path = self._path()
        return os.path.getsize(path) == self.size if path else bool(self.sudo().attachment_id.db_datas)

    @api.model
    def _mimetype_of(self, filename):
        return MIMETYPES.get(filename.rpartition(".")[2].lower(), OTHER_MIMETYPE)

    @api.model
    def _parts_folder(self):
        return os.path.join(self.env["ir.attachment"]._filestore(), "asterisk_plus_uploads")

    @api.model
    def _keep(self, call, part, values):
        """Make a recording of a part whose checksum was compared; `values` are fields of it."""
        recording = self.create(dict(values, call_id=call.id, mimetype=self._mimetype_of(values["filename"])))
        recording.attachment_id = self._attach(recording, part)
        # After the commit only: if that fails, the same part is asked to be kept again.
        self.env.cr.postcommit.add(part.drop)
        return recording

    @api.model
    def _attach(self, recording, part):
        """Make the attachment refer to the part's file, whose bytes never come into memory."""
        attachments = self.env["ir.attachment"]
        named = {"name": os.path.basename(recording.filename), "res_model": self._name, "res_id": recording.id}
        named.update(type="binary", mimetype=recording.mimetype)
        if attachments._storage() != "file":
            with open(part.path, "rb") as file:
                return attachments.create(dict(named, raw=file.read()))
        sha1 = part.digests()[1]
        # The row first: it holds off the collection of unused files, which locks the table, until the commit.
        attachment = attachments.create(named)
        attachment.flush()
        name = "%s/%s" % (sha1[:2], sha1)
        part.link(attachments._full_path(name))
        attachments._mark_for_gc(name)  # as _file_write does: if the transaction fails, nobody refers to the file
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, file_size = %s, checksum = %s WHERE id = %s",
            [name, part.size, sha1, attachment.id],
        )
        attachment.invalidate_cache()
        return attachment

    @api.model
    def _cron_retention(self):
        """Delete the oldest recordings that are kept longer than the settings say; the next run goes on."""
        recording_store.sweep(self._parts_folder())
        days = self.env["asterisk_plus.settings"]._current().recording_days
        if days > 0:
            limit = fields.Datetime.now() - timedelta(days=days)
            old = [("started", "<", limit), ("keep_forever", "=", False)]
            self.search(old, order="started, id", limit=RETENTION_BATCH).unlink()


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    recording_ids = fields.One2many("asterisk_plus.recording", "call_id", string="Recordings", readonly=True)
    recording_count = fields.Integer(string="Number of recordings", compute="_compute_recording_count")

    @api.depends("recording_ids")
    def _compute_recording_count(self):
        for call in self:
            call.recording_count = len(call.recording_ids)

    def unlink(self):
        # The database's cascade would leave the files behind; Odoo deletes a record's attachments with it (models.py: unlink).
        self.recording_ids.unlink()
        return super().unlink()
