import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged

from ..models.asterisk_conf import digest
from .test_server_rpc import AgentCase

OLD, NEW = "[default]\nexten => 1,1,Hangup()\n", "[default]\nexten => 1,1,Answer()\n"


def encoded(content):
    return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


@tagged("post_install", "-at_install")
class TestConf(AgentCase):
    def fetch(self, **files):
        """Fetch what Asterisk's machine has; return extensions.conf."""
        self.fake.results["asterisk.get_all_configs"] = {name + ".conf": encoded(one) for name, one in files.items()}
        self.assertEqual(self.as_admin.action_fetch_configs()["res_model"], "asterisk_plus.conf")
        confs = self.env["asterisk_plus.conf"].with_user(self.pbx_admin)
        return confs.search([("server_id", "=", self.server.id), ("name", "=", "extensions.conf")])

    def write_there(self, conf, answer=True):
        self.fake.results["asterisk.put_config"] = answer
        return conf.action_write_there()["params"]["type"], self.fake.requests[-1]["params"]

    def test_what_was_edited_here_goes_there_byte_by_byte(self):
        for old, new in ((OLD, NEW), (OLD.replace("\n", "\r\n"), NEW), ("; \u00e9\n".encode("latin-1"), "; \u00e8\n")):
            conf = self.fetch(extensions=old)
            self.assertEqual((conf.state, conf.difference), ("same", ""))
            conf.content = new
            self.assertEqual(conf.state, "edited")
            kind, asked = self.write_there(conf)
            raw = old if isinstance(old, bytes) else old.encode()
            wanted = new.replace("\n", "\r\n") if b"\r" in raw else new
            self.assertEqual(base64.b64decode(asked["args"][1]), wanted.encode(conf.encoding))
            self.assertEqual((asked["args"][0], asked["kwargs"]), ("extensions.conf", {"was": digest(raw)}))
            self.assertEqual((kind, conf.state), ("success", "same"))
            conf.sudo().unlink()

    def test_a_failed_write_is_told_and_nothing_is_believed(self):
        conf = self.fetch(extensions=OLD)
        conf.content = NEW
        for reason in ("changed", "disk", "link", "size", "absent", "news"):
            error = {"code": -32027, "message": "configuration file refused", "data": {"reason": reason}}
            self.assertEqual((self.write_there(conf, error)[0], conf.state), ("danger", "edited"))
        closed = {"code": -32026, "message": "configuration is closed"}
        self.assertEqual((self.write_there(conf, closed)[0], conf.state), ("danger", "edited"))

    def test_what_changed_there_is_taken_and_what_changed_on_both_sides_is_kept(self):
        conf = self.fetch(extensions=OLD)
        self.fetch(extensions=NEW)
        self.assertEqual((conf.content, conf.state, len(conf.version_ids)), (NEW, "same", 2))
        conf.content = "mine\n"
        self.fetch(extensions=OLD)
        self.assertEqual((conf.content, conf.state), ("mine\n", "conflict"))
        self.assertEqual([line for line in conf.difference.split("\n") if line.startswith(("+", "-"))][2:][-1], "+mine")
        self.assertEqual(self.write_there(conf)[1]["kwargs"], {"was": digest(OLD.encode())})
        self.assertEqual(conf.state, "same")
        conf.content = NEW
        self.fetch(extensions=OLD)
        conf.action_take_there()
        self.assertEqual((conf.content, conf.state), (OLD, "same"))
        self.fetch()
        self.assertEqual((conf.content, conf.state), (OLD, "new"))
        self.assertEqual(self.write_there(conf)[1]["kwargs"], {"was": ""})

    def test_bytes_of_other_lines_survive_whatever_the_encoding(self):
        windows_1251 = "; \u041f\u0440\u0438\u0432\u0435\u0442\n".encode("cp1251")
        mixed = "; caf\u00e9 \u260e\n".encode() + b"; caf\xe9\r\n;old\rMac\n"
        for raw in (windows_1251, mixed, b"\xef\xbb\xbf; bom\n", b"; no end", b"\n\n; blank\r\n\r\n"):
            conf = self.fetch(extensions=raw + b"exten => 1,1,Hangup()\n")
            # As a browser's text field gives it back.
            shown = conf.content.replace("\r\n", "\n").replace("\r", "\n")
            conf.content = shown.replace("Hangup", "Answer")
            _kind, asked = self.write_there(conf)
            with self.subTest(raw):
                self.assertEqual(base64.b64decode(asked["args"][1]), raw + b"exten => 1,1,Answer()\n")
                self.assertEqual(asked["kwargs"]["was"], digest(raw + b"exten => 1,1,Hangup()\n"))
            conf.sudo().unlink()

    def test_each_version_has_its_own_encoding(self):
        latin, utf = "; caf\u00e9\n".encode("latin-1"), "; caf\u00e9 \u260e\n".encode()
        conf = self.fetch(extensions=utf)
        conf.content += "; mine\n"
        # Meanwhile the machine's file becomes Latin-1, which can't hold what was edited here.
        self.fetch(extensions=latin)
        self.assertEqual((conf.state, conf._raw()), ("conflict", utf + b"; mine\n"))
        self.assertEqual(self.write_there(conf)[1]["kwargs"], {"was": digest(latin)})
        self.assertEqual((conf.state, conf._was()), ("same", digest(utf + b"; mine\n")))
        self.fetch(extensions=latin)
        self.assertEqual((conf.state, conf.encoding, conf._raw()), ("same", "latin-1", latin))
        first = conf.version_ids[-1]
        first.action_restore()
        self.assertEqual((conf.state, conf.encoding, conf._raw()), ("edited", "utf-8", utf))
        conf.action_take_there()
        self.assertEqual((conf.state, conf._raw()), ("same", latin))
        # The same text in other bytes is another file.
        self.fetch(extensions="; caf\u00e9\n".encode())
        self.assertEqual((conf.state, conf._raw()), ("same", "; caf\u00e9\n".encode()))

    def test_a_version_of_before_has_the_encoding_of_its_file(self):
        raw = "; caf\u00e9\n".encode("latin-1")
        conf = self.fetch(extensions=raw)
        conf.version_ids.sudo().write({"encoding": False})
        self.assertEqual((conf._was(), conf.state), (digest(raw), "same"))

    def test_the_history_is_kept_and_restored(self):
        conf = self.fetch(extensions=OLD)
        conf.content = NEW
        conf.content = NEW
        newest, first = conf.version_ids
        self.assertEqual((newest.create_uid, newest.content, first.content), (self.pbx_admin, NEW, OLD))
        self.assertIn("+exten => 1,1,Answer()", newest.difference)
        first.action_restore()
        self.assertEqual((conf.content, conf.state, len(conf.version_ids)), (OLD, "same", 3))
        with self.assertRaises(AccessError):
            first.write({"content": "forged"})

    def test_one_file_is_fetched_deleted_and_reloaded(self):
        conf = self.fetch(extensions=OLD)
        self.fake.results["asterisk.get_config"] = encoded(NEW)
        self.assertEqual((conf.action_fetch()["params"]["type"], conf.content), ("success", NEW))
        self.fake.results["asterisk.manager_action"] = [{"Response": "Success", "Message": "Module Reloaded"}]
        self.assertEqual(conf.action_reload()["params"]["type"], "success")
        self.assertEqual(self.fake.requests[-1]["params"]["args"], [{"Action": "Reload", "Module": "pbx_config"}])
        # Asterisk's own answer to an account without the right: the notice names the cure.
        self.fake.results["asterisk.manager_action"] = [{"Response": "Error", "Message": "Permission denied"}]
        refused = conf.action_reload()["params"]
        self.assertEqual(refused["type"], "danger")
        self.assertIn("manager.conf", refused["message"])
        for strange in ([{"Response": "Error", "Message": "No such module"}], [], ["x"], "x", True):
            self.fake.results["asterisk.manager_action"] = strange
            self.assertEqual(conf.action_reload()["params"]["type"], "danger")
        self.fake.results["asterisk.delete_config"] = True
        self.assertEqual((conf.action_delete_there()["params"]["type"], conf.state), ("success", "new"))
        conf.name = "http.conf"
        with self.assertRaises(UserError):
            conf.action_reload()

    def test_whatever_the_agent_says_is_judged(self):
        strange = {"extensions.conf": encoded(OLD), "../x.conf": encoded(OLD), "nul.conf": encoded("a\0b"), "no.conf": "*", "n.conf": 7}
        self.fake.results["asterisk.get_all_configs"] = strange
        self.as_admin.action_fetch_configs()
        found = self.env["asterisk_plus.conf"].search([("server_id", "=", self.server.id)])
        self.assertEqual(found.mapped("name"), ["extensions.conf"])
        self.fake.results["asterisk.get_all_configs"] = ["x"]
        self.assertEqual(self.as_admin.action_fetch_configs()["params"]["type"], "danger")

    def test_names_and_sizes(self):
        confs = self.env["asterisk_plus.conf"].with_user(self.pbx_admin)
        for name in ("../shadow", "a/b.conf", "x", ".x.conf", "x.conf\n"):
            with self.subTest(name), self.assertRaises(ValidationError):
                confs.create({"server_id": self.server.id, "name": name})
        with self.assertRaises(ValidationError):
            confs.create({"server_id": self.server.id, "name": "x.conf", "content": "x" * (512 * 1024 + 1)})

    def test_nobody_but_a_pbx_admin(self):
        conf = self.fetch(extensions=OLD)
        before = len(self.fake.requests)
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        for user in (self.alice, ordinary, self.server.user_id):
            for method in ("action_fetch", "action_write_there", "action_delete_there", "action_reload", "read"):
                with self.subTest("%s %s" % (user.login, method)), self.assertRaises(AccessError):
                    getattr(conf.with_user(user), method)()
            with self.assertRaises(AccessError):
                conf.version_ids.with_user(user).read()
            with self.assertRaises(AccessError):
                self.server.with_user(user).action_fetch_configs()
        self.assertEqual(len(self.fake.requests), before)
