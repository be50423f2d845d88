"""Takes any body, as it comes, into a file: what an upload is compared with (bench/upload.py)."""
import tempfile

from odoo import http
from odoo.http import request

PIECE = 1 << 20


class SinkController(http.Controller):
    @http.route("/asterisk_plus_test/sink", type="http", auth="user", methods=["POST"], csrf=False, save_session=False)
    def sink(self, **_parameters):
        """Write the body into a file that goes with the request; tell how many bytes it was."""
        asked = request.httprequest
        with tempfile.TemporaryFile() as file:
            left = asked.content_length or 0
            while left and (piece := asked.stream.read(min(PIECE, left))):
                left -= file.write(piece)
            return str(file.tell())
