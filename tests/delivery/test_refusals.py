"""What the last word about a mail means: a table of what servers really say."""

import pytest

from feedback.delivery.refusals import Trouble, is_gone, may_pass, trouble_of

LINES = [
    ("550 5.1.1 <[address]>: Recipient address rejected: User unknown in virtual mailbox table", "unknown_address"),
    ("550-5.1.1 The email account that you tried to reach does not exist.", "unknown_address"),
    ("550 No such user here", "unknown_address"),
    ("551 User not local; unknown here", "unknown_address"),
    ("550 5.1.2 Host unknown", "unknown_address"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "unknown_address"),
    ("550 5.2.1 The email account that you tried to reach is disabled.", "unknown_address"),
    ("501 5.1.3 Bad recipient address syntax", "bad_address"),
    ("address: it can't be used", "bad_address"),
    ("address: the server can't take this address", "bad_address"),
    ("552 5.2.2 Mailbox full", "mailbox_full"),
    ("452 4.2.2 The email account that you tried to reach is over quota", "mailbox_full"),
    ("552 Requested mail action aborted: exceeded storage allocation", "mailbox_full"),
    ("452 Insufficient system storage", "mailbox_full"),
    ("552 5.3.4 Message size exceeds fixed limit", "too_big"),
    ("552 message size exceeds limit", "too_big"),
    ("450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/", "later"),
    ("451 4.7.1 Try again later", "later"),
    ("450 4.1.1 <[address]>: Recipient address rejected: unverified address", "later"),
    ("421 4.7.0 Too many connections", "later"),
    ("421 closing", "later"),
    ("550 5.7.26 This mail has been blocked because the sender is unauthenticated.", "policy"),
    ("554 5.7.1 Service unavailable; Client host blocked", "policy"),
    ("550 5.7.1 Relaying denied", "policy"),
    ("535 5.7.8 Username and Password not accepted", "sign_in"),
    ("530 5.7.0 Authentication required", "sign_in"),
    ("554 Transaction failed", "refused"),
    ("550 Denied", "refused"),
    ("server: SMTPNotSupportedError: SMTP AUTH extension not supported by server.", "refused"),
    ("what is this", "refused"),
    ("", "refused"),
    (None, "refused"),
    ("unreachable: ConnectionRefusedError: [Errno 111] Connection refused", "unreachable"),
    ("unreachable: gaierror: [Errno -2] Name or service not known", "unreachable"),
    ("dropped: SMTPServerDisconnected: Connection unexpectedly closed", "broke_off"),
    ("silent: TimeoutError: timed out", "broke_off"),
    ("tls: SSLCertVerificationError: certificate verify failed", "not_secure"),
    ("no tls: the server offers no TLS, so it is not told the password", "not_secure"),
    ("program: KeyError", "ours"),
]


@pytest.mark.parametrize(("line", "told"), LINES)
def test_a_servers_answer_is_understood(line: str | None, told: str) -> None:
    assert trouble_of(line) is Trouble(told)


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("550 5.1.1 <[address]>: Recipient address rejected: User unknown in virtual mailbox table", True),
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", True),
        ("550 5.2.1 The email account that you tried to reach is disabled.", True),
        ("550 5.2.1 The user you are trying to contact is receiving mail too quickly", False),
        ("550 No such user here", True),
        ("550 5.0.0 unknown user", True),
        ("550 5.4.4 Host or domain name not found", False),
        ("450 4.1.1 <[address]>: Recipient address rejected: unverified address", False),
        ("450 5.1.1 try later", False),
        ("550 5.7.1 User unknown to our spam filter", False),
        ("552 5.2.2 Mailbox full", False),
        ("550 Denied", False),
        ("address: it can't be used", False),
        (None, False),
    ],
)
def test_an_address_is_gone_only_where_a_server_says_so_for_good(line: str | None, gone: bool) -> None:
    assert is_gone(line) is gone


def test_only_a_reason_that_may_be_gone_tomorrow_may_pass() -> None:
    assert {
        code for code in ("disabled", "no_address", "erased", "said_no", "given_up", "settled") if may_pass(code)
    } == {
        "disabled",
        "no_address",
    }
