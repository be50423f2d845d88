"""A file of Asterisk's configuration, as Odoo has it; how it goes to and from Asterisk's machine stands in conf_sync.py."""
import hashlib
import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..tools.line_endings import keep_endings
from .asterisk_conf_version import difference

MAX_BYTES = 512 * 1024  # the agent takes no more
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}\.(conf|ael|lua)", re.ASCII)
# In the context as conf_bytes: what is written is what Asterisk's machine has, nobody's edit. Nobody can send an object of ours.
EXACTLY = object()


def read_bytes(raw):
    """Return (text, encoding) of a file; None for one that PostgreSQL can't keep. Latin-1 gives any other bytes back as they were."""
    if b"\0" in raw:
        return None
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1"


def digest(raw):
    """Return the SHA-256 by which the agent compares contents."""
    return hashlib.sha256(raw).hexdigest()


class AsteriskConf(models.Model):
    _name = "asterisk_plus.conf"
    _description = "Asterisk configuration file"
    _order = "server_id, name"

    server_id = fields.Many2one(
        "asterisk_plus.server", required=True, ondelete="cascade", default=lambda self: self._default_server()
    )
    name = fields.Char(required=True, help="For example extensions.conf")
    content = fields.Text(default="")
    encoding = fields.Selection([("utf-8", "UTF-8"), ("latin-1", "Latin-1")], required=True, default="utf-8", readonly=True)
    version_ids = fields.One2many("asterisk_plus.conf_version", "conf_id", string="History", readonly=True)
    host_version_id = fields.Many2one(
        "asterisk_plus.conf_version", string="Version on Asterisk's machine", readonly=True, copy=False, ondelete="set null"
    )
    fetched = fields.Datetime(string="Compared", readonly=True, copy=False, help="When Asterisk's machine was last asked.")
    is_changed_there = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [("same", "Same"), ("edited", "Edited here"), ("conflict", "Edited on both sides"), ("new", "Only here")],
        compute="_compute_state",
        store=True,
    )
    difference = fields.Text(compute="_compute_difference", help="What writing it to Asterisk would change.")

    _sql_constraints = [("name_uniq", "unique(server_id, name)", "There is a file of this name already.")]

    @api.model
    def _default_server(self):
        servers = self.env["asterisk_plus.server"].search([], limit=2)
        return servers if len(servers) == 1 else False

    @api.constrains("name")
    def _check_name(self):
        for conf in self:
            if not NAME.fullmatch(conf.name):
                raise ValidationError(_("A file's name is like extensions.conf: letters, digits, dots and dashes, and no folder."))

    @api.constrains("content", "encoding")
    def _check_content(self):
        for conf in self:
            if len(conf._raw()) > MAX_BYTES:
                raise ValidationError(_("The file is too large: more than %d kB.", MAX_BYTES // 1024))

    def _raw(self):
        """Return the file's bytes."""
        self.ensure_one()
        try:
            return (self.content or "").encode(self.encoding)
        except UnicodeEncodeError as error:
            raise ValidationError(_("This file is in Latin-1: it can't hold the character %s.", error.object[error.start])) from error

    def _as_file(self):
        self.ensure_one()
        return {"content": self.content or "", "encoding": self.encoding}

    @api.depends("content", "encoding", "host_version_id.content", "host_version_id.encoding", "is_changed_there")
    def _compute_state(self):
        for conf in self:
            if not conf.host_version_id:
                conf.state = "new"
            elif conf._as_file() == conf.host_version_id._as_file():
                conf.state = "same"
            else:
                conf.state = "conflict" if conf.is_changed_there else "edited"

    @api.depends("content", "host_version_id.content")
    def _compute_difference(self):
        for conf in self:
            there = conf.host_version_id.content if conf.host_version_id else ""
            conf.difference = difference(there, conf.content, _("Asterisk"), _("Odoo"))

    @api.model_create_multi
    def create(self, vals_list):
        confs = super().create(vals_list)
        for conf in confs:
            conf._keep_version("odoo")
        return confs

    def write(self, vals):
        if "content" not in vals or self.env.context.get("conf_bytes") is EXACTLY:
            return super().write(vals)
        for conf in self:
            # A browser's text field knows no CR: what was a file of Windows stays one.
            content = keep_endings(conf.content or "", vals["content"] or "")
            super(AsteriskConf, conf).write(dict(vals, content=content))
            conf._keep_version("odoo")
        return True

    def _become(self, version):
        """Take the bytes of a version; the history keeps it as one's own choice."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.with_context(conf_bytes=EXACTLY).write(version._as_file())
        self._keep_version("odoo")

    def _keep_version(self, origin):
        """Put the content into the history, unless it is the newest there; return that version."""
        self.ensure_one()
        newest = self.version_ids[:1]
        if newest and newest._as_file() == self._as_file():
            return newest
        # sudo: nobody writes the history but this.
        versions = self.env["asterisk_plus.conf_version"].sudo()
        version = versions.create(dict(self._as_file(), conf_id=self.id, origin=origin))
        self.invalidate_cache(["version_ids"], self.ids)
        return version.sudo(False)
