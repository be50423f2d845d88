"""Errors of the dialplan's questions: whatever goes wrong, the body is empty, for it becomes CALLERID(name)."""
import logging

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from odoo import models
from odoo.http import request

_logger = logging.getLogger(__name__)

PREFIX = "/asterisk_plus/get_"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _handle_exception(cls, exception):
        """Answer what went wrong before or around our controllers (no such path, arguments that no method takes).

        Odoo 14 and 15 ask this, later ones _handle_error, after they have rolled back.
        """
        if not request.httprequest.path.startswith(PREFIX):
            return super()._handle_exception(exception)
        request._failed = exception  # nothing is committed (http.py: WebRequest.__exit__)
        return _nothing(exception)

    @classmethod
    def _handle_error(cls, exception):
        if not request.httprequest.path.startswith(PREFIX):
            return super()._handle_error(exception)
        return _nothing(exception)


def _nothing(exception):
    status = exception.code if isinstance(exception, HTTPException) else None
    if not status:
        _logger.error("No answer to %s", request.httprequest.path, exc_info=exception)
    return Response("", status=status or 500, content_type="text/plain; charset=utf-8")
