"""A data file for each series: known constructs change, others are errors."""

import pytest
from series.known import SERIES, BuildError, series
from series.views import data_file

VIEW = (
    '<odoo><record id="v" model="ir.ui.view"><field name="model">m</field>'
    '<field name="arch" type="xml">{}</field></record></odoo>'
)
S16, S17, S18, S19 = (series(f"{major}.0") for major in (16, 17, 18, 19))


def view(arch: str, one: object) -> str:
    """Return the arch for a series, without the file around it."""
    made = data_file(VIEW.format(arch), one, "asterisk_plus")  # type: ignore[arg-type]
    return "".join(line.strip() for line in made.splitlines()[5:-3])


def test_lines_are_a_list_from_18_on() -> None:
    arch = '<tree editable="bottom"><field name="a" /></tree>'
    assert view(arch, S17) == '<tree editable="bottom"><field name="a" /></tree>'
    assert view(arch, S18) == '<list editable="bottom"><field name="a" /></list>'
    path = '<xpath expr="/tree/field[@name=\'tree_of\']" position="after" />'
    assert "/list/field[@name='tree_of']" in view(path, S18)


def test_classes_of_bootstrap_also_beside_computed_ones() -> None:
    arch = """<b class="mr-2" t-attf-class="fa ml-1 #{a ? 'mr-1' : 'b'} float-left" />"""
    made = """<b class="me-2" t-attf-class="fa ms-1 #{a ? 'mr-1' : 'b'} float-start" />"""
    assert view(f"<form>{arch}</form>", S16) == f"<form>{made}</form>"


def test_a_buttons_classes_are_not_computed() -> None:
    arch = """<kanban><button name="a" t-attf-class="btn #{a ? 'b' : ''}" /></kanban>"""
    with pytest.raises(BuildError):
        view(arch, S16)


@pytest.mark.parametrize("model", ["ir.actions.act_window", "ir.actions.act_window.view"])
def test_view_modes_of_an_action(model: str) -> None:
    action = (
        f'<odoo><record id="a" model="{model}">'
        '<field name="view_mode">tree,form</field><field name="name">A tree</field></record></odoo>'
    )
    assert ">tree,form<" in data_file(action, S17, "x")
    assert ">list,form<" in data_file(action, S18, "x")
    assert ">A tree<" in data_file(action, S18, "x")


def test_a_kanban_has_a_card_from_18_on() -> None:
    arch = '<kanban><templates><t t-name="kanban-box"><div /></t></templates></kanban>'
    assert view(arch, S17) == arch
    assert '<t t-name="card">' in view(arch, S18)
    assert "kanban-box" not in view(arch, S18)


def test_the_period_of_a_filter_by_date() -> None:
    arch = '<search><filter name="day" date="day" default_period="{}" /></search>'
    assert 'default_period="this_month"' in view(arch.format("this_month"), S17)
    assert 'default_period="month"' in view(arch.format("this_month"), S18)
    with pytest.raises(BuildError):
        view(arch.format("antepenultimate_month"), S18)


def test_modifiers_are_expressions_from_17_on() -> None:
    arch = """<field name="a" attrs="{'invisible': [('b', '=', False)]}" states="draft,sent" />"""
    assert "attrs=" in view(f"<form>{arch}</form>", S16)
    assert "invisible=\"(not b) or state not in ('draft', 'sent')\"" in view(
        f"<form>{arch}</form>", S17
    )


def test_a_column_that_is_never_seen() -> None:
    arch = '<tree><field name="a" invisible="1" /></tree>'
    assert 'column_invisible="1"' in view(arch, S17)
    assert "column_invisible" not in view(arch, S16)
    assert "column_invisible" not in view('<form><field name="a" invisible="1" /></form>', S17)


def test_bootstrap_5_and_forms_without_a_mode_from_16_on() -> None:
    arch = '<form><p class="ml-2 text-right oe_read_only mt-3" /></form>'
    assert 'class="ms-2 text-end mt-3"' in view(arch, S16)
    assert 'class="ml-2 text-right oe_read_only mt-3"' in view(arch, series("15.0"))


def test_a_job_without_an_end() -> None:
    job = (
        '<odoo><record id="c" model="ir.cron"><field name="numbercall">{}</field>'
        '<field name="doall" eval="False" /></record></odoo>'
    )
    assert "numbercall" in data_file(job.format(-1), S17, "x")
    assert "numbercall" not in data_file(job.format(-1), S18, "x")
    assert "doall" not in data_file(job.format(-1), S18, "x")
    with pytest.raises(BuildError, match="numbercall"):
        data_file(job.format(3), S18, "x")


def test_the_chatter() -> None:
    arch = '<form><div class="oe_chatter"><field name="message_ids" /></div></form>'
    assert "oe_chatter" in view(arch, S17)
    assert view(arch, S18) == "<form><chatter /></form>"
    with pytest.raises(BuildError, match="chatter"):
        view('<form><div class="oe_chatter"><field name="website_id" /></div></form>', S18)


SETTINGS = """<xpath expr="//div[hasclass('settings')]" position="inside">
<div class="app_settings_block" data-string="A" string="A" data-key="a" groups="base.group_user">
<field name="hidden" invisible="1" /><h2>Title</h2>
<div class="row mt16 o_settings_container">
<div class="col-12 o_setting_box" id="one">
<div class="o_setting_left_pane"><field name="is_a" /></div>
<div class="o_setting_right_pane"><label for="is_a" /><div class="text-muted">Why
 not.</div></div></div>
<div class="o_setting_box"><div class="o_setting_left_pane" /><div class="o_setting_right_pane">
<label for="b" /><div class="mt8"><field name="b" /> seconds</div></div></div>
</div></div></xpath>"""


def test_the_page_of_settings() -> None:
    assert view(SETTINGS, S16).count("<div") == 10
    assert view(SETTINGS, S17) == (
        '<xpath expr="//form" position="inside"><app string="A" name="a" groups="base.group_user">'
        '<field name="hidden" invisible="1" /><block title="Title">'
        '<setting id="one" help="Why not."><field name="is_a" /></setting>'
        '<setting><label for="b" /><div class="mt8"><field name="b" /> seconds</div></setting>'
        "</block></app></xpath>"
    )


@pytest.mark.parametrize(
    "part", ["<table />", '<div class="o_setting_box" />', "<h2 /><field name='a' />"]
)
def test_settings_of_another_shape_are_an_error(part: str) -> None:
    with pytest.raises(BuildError, match="settings"):
        view(f"<form><div class='app_settings_block'>{part}</div></form>", S17)


def test_groups_of_an_inherited_view() -> None:
    text = (
        '<odoo><record id="v" model="ir.ui.view"><field name="inherit_id" ref="b.v" />'
        '<field name="groups_id" eval="[(4, ref(\'group_user\'))]" />'
        '<field name="arch" type="xml"><xpath expr="//div" position="inside"><div>'
        '<button name="a" /><button name="b" groups="x.y" /></div></xpath></field></record></odoo>'
    )
    made = data_file(text, S16, "asterisk_plus")
    assert "groups_id" not in made
    assert '<button name="a" groups="asterisk_plus.group_user" />' in made
    assert '<button name="b" groups="x.y" />' in made
    assert "groups_id" in data_file(text, series("15.0"), "asterisk_plus")
    with pytest.raises(BuildError, match="groups_id"):
        data_file(text.replace("(4, ", "(3, "), S16, "asterisk_plus")


@pytest.mark.parametrize("one", SERIES)
@pytest.mark.parametrize(
    "arch",
    [
        "<form><blink /></form>",
        '<tree colors="red:a" />',
        """<field name="x" invisible="a" attrs="{'invisible': [('b', '=', 1)]}" />""",
        '<field name="x" context="{\'tree_view_ref\': 1}" />',
    ],
)
def test_what_no_rule_knows_is_an_error(one: object, arch: str) -> None:
    needs = {"attrs": 17, "tree_view_ref": 18}
    since = next((major for word, major in needs.items() if word in arch), 14)
    if one.major >= since:  # type: ignore[attr-defined]
        with pytest.raises(BuildError):
            view(arch, one)


def test_broken_xml_is_told() -> None:
    with pytest.raises(BuildError, match="well-formed"):
        data_file("<odoo><record></odoo>", S17, "x")


def test_the_arch_of_another_model_is_an_error() -> None:
    with pytest.raises(BuildError, match=r"mail\.template"):
        data_file(VIEW.replace("ir.ui.view", "mail.template").format("<form />"), S17, "x")


def test_a_group_belongs_to_the_privilege_of_its_category_from_19_on() -> None:
    text = (
        '<odoo><record id="c" model="ir.module.category"><field name="name">PBX</field></record>'
        '<record id="g" model="res.groups"><field name="category_id" ref="c" />'
        '<field name="users" eval="[]" /></record></odoo>'
    )
    made = data_file(text, S19, "x")
    assert '<record id="c_privilege" model="res.groups.privilege">' in made
    assert '<field name="category_id" ref="c" />' in made
    assert '<field name="privilege_id" ref="c_privilege" />' in made
    assert '<field name="user_ids" eval="[]" />' in made
    assert "privilege" not in data_file(text, S18, "x")
    with pytest.raises(BuildError, match="no rule"):
        data_file(text.replace('ref="c"', 'ref="base.c"'), S19, "x")


def test_groups_of_filters_have_no_names_from_19_on() -> None:
    arch = '<search><group expand="0" string="Group By"><filter name="a" /></group></search>'
    assert view(arch, S19) == '<search><group><filter name="a" /></group></search>'
    assert view(arch, S18) == arch
