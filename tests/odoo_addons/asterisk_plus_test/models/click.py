"""A click as a straightforward addon makes it: a login of its own to Asterisk (bench/originate.py)."""
import socket

from odoo import api, models

TIMEOUT_S = 5


class Click(models.AbstractModel):
    _name = "asterisk_plus_test.click"
    _description = "Click with a login of its own"

    @api.model
    def originate(self, address, user, secret, channel, number):
        """Log in, originate, log off; return Asterisk's answer to the originate."""
        with socket.create_connection(tuple(address), TIMEOUT_S) as sock, sock.makefile("rb") as heard:
            heard.readline()  # the banner
            self._say(sock, heard, Action="Login", Username=user, Secret=secret, Events="off")
            call = {"Channel": channel, "Exten": number, "Context": "from-internal", "Priority": "1", "Async": "true"}
            answer = self._say(sock, heard, Action="Originate", **call)
            self._say(sock, heard, Action="Logoff")
        return answer

    @api.model
    def _say(self, sock, heard, **headers):
        sock.sendall("".join("%s: %s\r\n" % pair for pair in headers.items()).encode() + b"\r\n")
        lines = iter(heard.readline, b"\r\n")
        return dict(line.decode().rstrip("\r\n").partition(": ")[::2] for line in lines)["Response"]
