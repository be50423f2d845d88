"""Recordings over HTTP: the agent's pieces come in, people's browsers listen, with seeking. Nothing is read into memory."""
import json
import os

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    LengthRequired,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from ..tools.recording_store import StoreFull

MAX_PIECE = 16 * 1024 * 1024
PIECE_TYPE = "application/octet-stream"


class RecordingController(http.Controller):
    # csrf=False: no form of another site can send this type; a script could not without our CORS, of which there is none.
    @http.route("/asterisk_plus/recording/data", type="http", auth="user", methods=["POST"], csrf=False, save_session=False)
    def data(self, **_parameters):
        """Take a piece of a recording from the agent of its server, and tell how many bytes are there now."""
        try:
            server = request.env["asterisk_plus.server"]._agent_server()
        except AccessError as error:
            raise Forbidden() from error
        asked = request.httprequest
        if asked.mimetype != PIECE_TYPE:
            raise UnsupportedMediaType()
        if asked.content_length is None:
            raise LengthRequired()
        if asked.content_length > MAX_PIECE:
            raise RequestEntityTooLarge()
        try:
            part = server._recording_part(asked.args["sha256"], int(asked.args["size"]))
            offset = int(asked.args["offset"])
        except (KeyError, ValueError) as error:
            raise BadRequest() from error
        try:
            there = part.append(offset, _stream(asked), asked.content_length)
        except StoreFull as error:
            raise ServiceUnavailable() from error
        return Response(json.dumps({"offset": there}), content_type="application/json")

    @http.route("/asterisk_plus/recording/<int:recording_id>/audio", type="http", auth="user", methods=["GET", "HEAD"])
    def audio(self, recording_id, **_parameters):
        """Serve the sound to whoever may read the recording; to others there is none."""
        try:
            recording = request.env["asterisk_plus.recording"].search([("id", "=", recording_id)])
        except AccessError as error:
            raise NotFound() from error
        path = recording and recording._path()
        if not path:
            raise NotFound()
        size = os.path.getsize(path)
        file = open(path, "rb")  # pylint: disable=consider-using-with  # closed with the response
        response = Response(wrap_file(request.httprequest.environ, file), direct_passthrough=True)
        response.mimetype = recording.mimetype
        response.content_length = size
        response.headers.set("Content-Disposition", "inline", filename=_header_name(recording.filename))
        response.headers["Accept-Ranges"] = "bytes"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'"
        response.headers["Cache-Control"] = "private, max-age=3600"
        response.set_etag(recording.checksum)
        return response.make_conditional(request.httprequest, accept_ranges=True, complete_length=size)


def _stream(asked):
    """Return the stream of a request's body. From Odoo 16 on werkzeug's own request is inside of theirs (http.py, HTTPRequest)."""
    return getattr(asked, "_HTTPRequest__wrapped", asked).stream


def _header_name(filename):
    name = os.path.basename(filename)
    return "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
