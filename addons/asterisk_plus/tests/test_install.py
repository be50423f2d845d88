from odoo.tests.common import SavepointCase


class TestInstall(SavepointCase):
    def test_the_first_server_has_an_account_of_its_own(self):
        server = self.env.ref("asterisk_plus.server_1")
        self.assertEqual(server.user_id.login, "asterisk1")
        self.assertTrue(server.user_id.share)

    def test_every_view_and_menu_of_the_addon_opens(self):
        actions = self.env["ir.model.data"].search([("module", "=", "asterisk_plus"), ("model", "=", "ir.actions.act_window")])
        self.assertGreaterEqual(len(actions), 4)
        for action in self.env["ir.actions.act_window"].browse(actions.mapped("res_id")):
            for mode in action.view_mode.split(","):
                with self.subTest("%s %s" % (action.name, mode)):
                    self.env[action.res_model].fields_view_get(view_type=mode)
