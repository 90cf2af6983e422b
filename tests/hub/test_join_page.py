"""The page a browser gets: escaped, without scripts or foreign addresses, and saying how to join."""

import base64
import hashlib
import html.parser
import re
from dataclasses import replace

import pytest

from lanmsg.hub.join_page import STYLE_SOURCE, JoinFacts, render_join_page

FACTS = JoinFacts(
    title="kitchen",
    addresses=("192.168.1.7:7777",),
    link="lanmsg://192.168.1.7:7777/#abc",
    check_words=("otter", "violin", "maple", "tundra"),
)
VOID = {"meta", "br", "link", "img"}


class Outline(html.parser.HTMLParser):
    """Collects tags and attributes, and fails on tags that do not match."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


def test_it_says_how_to_join_and_what_to_check():
    text = Outline(render_join_page(FACTS)).text
    assert 'lanmsg join "lanmsg://192.168.1.7:7777/#abc"' in text
    assert "otter violin maple tundra" in text
    assert "finds the hub by itself" in text


def test_it_is_whole_and_accessible_html():
    page = render_join_page(FACTS)
    outline = Outline(page)
    assert page.startswith("<!DOCTYPE html>")
    assert ("lang", "en") in outline.attributes
    assert outline.tags.count("title") == outline.tags.count("h1") == outline.tags.count("main") == 1
    assert "width=device-width, initial-scale=1" in dict(outline.attributes).values()
    assert "prefers-color-scheme: dark" in page


def test_it_has_no_script_and_loads_nothing():
    outline = Outline(render_join_page(FACTS))
    assert not {"script", "img", "link", "iframe", "form"} & set(outline.tags)
    assert not {"src", "style"} & {name for name, _ in outline.attributes}
    assert [value for name, value in outline.attributes if name == "href"] == ["/", "/trust"]
    assert "http" not in render_join_page(FACTS)


def test_it_leads_to_the_chat_only_where_there_is_one():
    page = render_join_page(replace(FACTS, has_web_client=False))
    assert "href" not in page
    assert "this browser" not in Outline(page).text


def test_attack_a_title_with_markup_is_shown_as_text():
    evil = "</title><script>alert(1)</script>\x1b[2J\u202e{words}"
    page = render_join_page(replace(FACTS, title=evil))
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page
    assert "{words}" in Outline(page).text  # and is no template


def test_the_style_has_the_hash_that_the_policy_allows():
    style = re.search("<style>(.*)</style>", render_join_page(FACTS), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" == STYLE_SOURCE


def test_only_invited_people_get_no_link():
    text = Outline(render_join_page(replace(FACTS, invite_only=True))).text
    assert FACTS.link not in text
    assert "lanmsg invite" in text
    assert "lanmsg join LINK" in text


def test_a_hub_that_is_not_advertised_does_not_claim_to_be_found():
    text = Outline(render_join_page(replace(FACTS, is_advertised=False))).text
    assert "by itself" not in text
    assert FACTS.link in text


@pytest.mark.parametrize("title", ["שלום", "日本語", "a & b"])
def test_titles_of_all_scripts_are_shown(title):
    assert title in Outline(render_join_page(replace(FACTS, title=title))).text
