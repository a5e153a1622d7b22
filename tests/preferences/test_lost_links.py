"""Links that open nothing: whoever holds one can have theirs mailed again, where it is known whose reader they are."""

from datetime import timedelta

import time_machine

from feedback import clock
from feedback.links.signing import keyring, sign_unsubscribe
from feedback.links.tokens import LinkToken
from tests.helpers.console import Town
from tests.responses.shop import Shop

WAY = "a[href^='/lost/shop?lang=']"
DOORS = ("/u/", "/p/", "/s/", "/c/")


def test_a_damaged_link_offers_to_mail_it_again(shop: Shop) -> None:
    for door in DOORS:
        page = shop.open(f"{door}nothing-that-we-made")
        assert (door, page.status, page.soup.select_one(WAY) is not None) == (door, 404, True)


def test_a_right_signature_over_nothing_looks_no_different(shop: Shop) -> None:
    token = sign_unsubscribe(keyring(shop.settings), LinkToken(shop.site_id, bytes(12), "", 1_800_000_000))
    assert shop.open(f"/u/{token}").text == shop.open("/u/nothing-that-we-made").text


def test_among_several_sites_none_is_named_but_by_an_expired_link_its_own(shop: Shop) -> None:
    Town(shop.database).add_site("bank", country="IR")
    for door in DOORS:
        page = shop.open(f"{door}nothing-that-we-made")
        assert (door, page.status, page.soup.select_one("a[href^='/lost/']")) == (door, 404, None)
    path, _ = shop.link()
    with time_machine.travel(clock.now() + timedelta(days=800), tick=False):
        page = shop.open(path)
    assert (page.status, page.soup.select_one(WAY) is not None) == (410, True)
