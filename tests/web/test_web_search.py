"""The web client finds what was said, and leaves nothing behind when it is closed."""

import pytest

from .site import Site, heard, on_site
from .web_client import WebError


@pytest.mark.timeout(120)
def test_what_was_said_anywhere_is_found_as_it_looks_now(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        everyone = await ann.call("conversation", "#")
        await ann.call("send", everyone, "a cake for all")
        await bob.send(bob.conversation("@ann"), "Käsekuchen, or cake?")
        await ann.added("Käsekuchen, or cake?")
        mine = await ann.call("send", await ann.call("conversation", "@bob"), "cake please")
        await ann.added("cake please")

        async def found(query: str) -> list[str]:
            return [hit["message"]["text"] for hit in await ann.call("search", query)]

        assert sorted(await found("cake ")) == ["Käsekuchen, or cake?", "a cake for all", "cake please"]
        assert await found("from:bob KASE") == ["Käsekuchen, or cake?"]
        assert await found("in:everyone cak") == ["a cake for all"]
        assert await found("from:me -all ca") == ["cake please"]
        await ann.call("edit", mine["id"], "tea please")
        assert await found("tea ") == ["tea please"], "at once, before the hub has it"
        assert len(await found("cake ")) == 2
        (hit,) = await ann.call("search", "tea")
        assert (hit["before"]["text"], hit["marks"]) == ("Käsekuchen, or cake?", [{"start": 0, "end": 3}])

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_a_query_that_means_nothing_says_how_to_write_it(tmp_path):
    async def main(site: Site) -> None:
        ann = await site.web("ann")
        for query, name in (("", "QueryError"), ("from:", "QueryError"), ("from:nobody", "UnknownPerson")):
            with pytest.raises(WebError) as error:
                await ann.call("search", query)
            assert error.value.name == name
        with pytest.raises(WebError, match="1 to 100 hits"):
            await ann.call("search", "cake", {"limit": 0})

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_a_closed_client_has_given_all_of_its_keys_memory_back(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        await ann.call("send", await ann.call("conversation", "@bob"), "hello")
        await heard(bob, "hello")
        await bob.send(bob.conversation("@ann"), "hello yourself")
        await ann.added("hello yourself")
        assert await ann.call("liveObjects") > 4
        await ann.call("close")
        assert await ann.call("liveObjects") == 1, "what checks signatures stays, for the next client"

    on_site(tmp_path, main)
