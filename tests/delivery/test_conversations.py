"""What a mail server may do to us, and what becomes of the mail then: a table; and how long a conversation is kept."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from feedback.delivery import outbox
from feedback.delivery.conversations import Conversations, Patience
from feedback.delivery.refusals import Trouble, trouble_of
from feedback.delivery.smtp import HandOverFailed, Letter, compose
from tests.helpers.mail_server import FALL_SILENT, HANG_UP, Plan, mail_server

#: With servers that fall silent for five seconds; a healthy one may take its time.
HURRIED = Patience(answer=1, all_told=3, taking=1)


def message(number: int = 1) -> Any:
    """A mail like any other."""
    return compose(
        Letter(
            message_id=f"<{number}@feedback.example>",
            sender_name="Duka la Neema",
            sender="feedback@shop.example.com",
            recipient="ann@example.com",
            subject="Hello",
            text="Hello\n.\n..two dots\n",
            html="<p>Hello</p>",
            language="en",
        )
    )


def at(place: str, answer: str) -> Plan:
    """This answer at this place, always."""
    return lambda here, _mails: answer if here == place else None


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


#: Place, what the server does there → what staff are told, whether that is for good, how many copies it may have.
TABLE = [
    ("hello", "421 4.3.2 too busy", Trouble.LATER, False, 0),
    ("hello", "554 5.7.1 your network is blocked", Trouble.POLICY, False, 0),
    ("hello", HANG_UP, Trouble.BROKE_OFF, False, 0),
    ("hello", FALL_SILENT, Trouble.BROKE_OFF, False, 0),
    ("MAIL", "451 4.3.0 later", Trouble.LATER, False, 0),
    ("MAIL", "550 5.7.1 we don't know you", Trouble.POLICY, False, 0),
    ("MAIL", HANG_UP, Trouble.BROKE_OFF, False, 0),
    ("RCPT", "450 4.2.0 greylisted", Trouble.LATER, False, 0),
    ("RCPT", "421 4.7.0 too many at once", Trouble.LATER, False, 0),
    ("RCPT", "452 4.2.2 mailbox full", Trouble.MAILBOX_FULL, False, 0),
    ("RCPT", "550 5.1.1 no such user", Trouble.UNKNOWN_ADDRESS, True, 0),
    ("RCPT", "552 5.2.2 over quota", Trouble.MAILBOX_FULL, True, 0),
    ("RCPT", FALL_SILENT, Trouble.BROKE_OFF, False, 0),
    ("DATA", "451 4.3.0 no room", Trouble.LATER, False, 0),
    ("DATA", HANG_UP, Trouble.BROKE_OFF, False, 0),
    ("half", HANG_UP, Trouble.BROKE_OFF, False, 0),
    ("text", "451 4.3.0 local error", Trouble.LATER, False, 0),
    ("text", "552 5.3.4 too big", Trouble.TOO_BIG, True, 0),
    ("text", "554 5.7.1 looks like spam", Trouble.POLICY, True, 0),
    ("text", FALL_SILENT, Trouble.BROKE_OFF, False, 0),
    # The one case in which nobody knows: it has the mail, we don't know it, and it comes again under the same id.
    ("text", HANG_UP, Trouble.BROKE_OFF, False, 1),
]


@pytest.mark.parametrize(("place", "does", "told", "for_good", "copies"), TABLE, ids=lambda value: str(value))
def test_what_a_server_does_and_what_we_make_of_it(
    place: str, does: str, told: Trouble, for_good: bool, copies: int
) -> None:
    with mail_server(at(place, does)) as server:
        talk = Conversations(server.url, patience=HURRIED if does == FALL_SILENT else Patience())
        with pytest.raises(HandOverFailed) as caught:
            talk.hand_over(message())
        assert (trouble_of(caught.value.reason), caught.value.permanent) == (told, for_good), caught.value.reason
        assert len(server.taken) == copies
        server.plan = lambda _place, _mails: None
        talk.hand_over(message())
        assert server.ids() == {"<1@feedback.example>": copies + 1}, "the server is well again, and so are we"
        talk.close()


def test_a_certificate_that_nobody_vouches_for_gets_neither_mail_nor_password() -> None:
    with mail_server(offers_tls=True, host="127.0.0.2") as server:
        talk = Conversations(server.url.replace("//", "//post:secret@"))
        with pytest.raises(HandOverFailed) as caught:
            talk.hand_over(message())
        assert (trouble_of(caught.value.reason), caught.value.permanent) == (Trouble.NOT_SECURE, False)
        assert "AUTH" not in server.heard
        assert "MAIL" not in server.heard


def test_without_tls_a_password_is_not_told_to_another_machine() -> None:
    with mail_server(host="127.0.0.2") as server:
        with pytest.raises(HandOverFailed) as caught:
            Conversations(server.url.replace("//", "//post:secret@")).hand_over(message())
        assert trouble_of(caught.value.reason) is Trouble.NOT_SECURE
        assert "AUTH" not in server.heard


def test_a_server_that_is_not_there_can_not_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for host in (f"127.0.0.1:{port}", f"no-such-host.invalid:{port}"):
        with pytest.raises(HandOverFailed) as caught:
            Conversations(f"smtp://{host}").hand_over(message())
        assert (trouble_of(caught.value.reason), caught.value.permanent) == (Trouble.UNREACHABLE, False)


def test_many_mails_go_in_one_conversation_and_arrive_as_written() -> None:
    with mail_server() as server:
        talk = Conversations(server.url)
        for number in range(20):
            talk.hand_over(message(number))
        assert (server.conversations, len(server.taken)) == (1, 20)
        part = server.messages()[7].get_body(("plain",))
        assert part is not None
        assert part.get_content() == "Hello\r\n.\r\n..two dots\r\n"
        talk.close()
        wait_for(lambda: server.open == 0)
        assert server.heard[-1] == "QUIT"


def test_a_conversation_carries_so_many_mails_and_ends_when_nobody_needs_it() -> None:
    with mail_server() as server:
        talk = Conversations(server.url, patience=Patience(idle=2, mails=3))
        for number in range(4):
            talk.hand_over(message(number))
        assert server.conversations == 2
        wait_for(lambda: server.open == 0)
        assert server.heard.count("QUIT") == 2
        talk.hand_over(message(99))
        assert server.conversations == 3
        talk.close()


@pytest.mark.parametrize("does", [HANG_UP, "421 4.4.2 you were idle"])
@pytest.mark.parametrize("place", ["MAIL", "RCPT", "DATA", "NOOP"])
def test_a_conversation_that_ended_while_it_was_kept_costs_no_try(place: str, does: str) -> None:
    with mail_server(lambda here, mails: does if mails and here == place else None) as server:
        talk = Conversations(server.url, patience=Patience(unasked=0 if place == "NOOP" else 9))
        for number in range(3):
            talk.hand_over(message(number))
        assert server.conversations == 3
        assert set(server.ids().values()) == {1}
        talk.close()


def test_what_breaks_after_the_text_was_sent_is_not_tried_at_once() -> None:
    with mail_server(lambda here, mails: HANG_UP if mails and here == "text" else None) as server:
        talk = Conversations(server.url)
        talk.hand_over(message(1))
        with pytest.raises(HandOverFailed):
            talk.hand_over(message(2))
        assert server.conversations == 1, "nobody knows whether it was taken"


def test_a_process_that_ends_says_goodbye() -> None:
    with mail_server() as server:
        program = (
            "from feedback.delivery.conversations import conversations; from feedback.delivery.smtp import Message;"
            f"conversations({server.url!r}, 'here').hand_over(Message('a@b.example', 'c@d.example', b'Hi: 1\\r\\n'))"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
        wait_for(lambda: server.open == 0)
        assert len(server.taken) == 1
        assert server.heard[-1] == "QUIT"


def test_threads_never_share_a_conversation() -> None:
    with mail_server() as server:
        talk = Conversations(server.url)

        def send_some(start: int) -> None:
            for number in range(start, start + 15):
                talk.hand_over(message(number))

        threads = [threading.Thread(target=send_some, args=(15 * number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.ids() == {f"<{number}@feedback.example>": 1 for number in range(90)}
        assert server.conversations <= 6
        talk.close()


def test_no_talk_is_longer_than_the_lease_of_a_mail() -> None:
    usual = Patience()
    assert usual.all_told + usual.answer + usual.taking < outbox.LEASE.total_seconds()
    assert usual.taking >= 60, "who leaves a server that thinks sends a second copy (RFC 5321, 4.5.3.2.6)"
