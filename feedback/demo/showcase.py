"""Six cases of the last days, one in each language, that show what follow-through is; all else is left to chance."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback.cases.states import Outcome
from feedback.demo.cast import Occasion
from feedback.demo.customers import MAIL, MAIL_FROM_ELSEWHERE, PAGE
from feedback.demo.desk import Desk, Ref, others_of
from feedback.demo.people import Client, Place
from feedback.demo.timeline import Timeline

_OCCASION = Occasion("support", "phone", "support-csat", 1)
Script = Callable[["Scene", Ref], None]


class Scene:
    """One of the six: its days are counted back from today, its hours are those of the place."""

    def __init__(self, desk: Desk, place: Place) -> None:
        self.desk = desk
        self.place = place
        self.timeline: Timeline = desk.timeline

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """So many days ago, at an hour of the place."""
        local = (self.timeline.now - timedelta(days=days)).astimezone(self.place.zone)
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(self.timeline.now.tzinfo)

    def words(self, case: Ref, kind: str, number: int = 0) -> str:
        """A text in the customer's language."""
        return str(getattr(self.desk.words[case.language], kind)[number])

    def answers(self, client: Client, days: int, script: Script) -> None:
        """The customer comes, is asked, and says that it went wrong; then the script goes on."""
        words = self.desk.words[client.language]
        raw = {"score": ["1"], "why": ["slow", "promise"], "words": [words.complaint[0]], "contact": ["yes"]}

        def happen(session: Session) -> None:
            customers = self.desk.customers
            link = customers.asked(session, self.place, client, _OCCASION)
            response_id = customers.submit(
                session, self.place, "support-csat", client.locale, raw, client=client, link_id=link.id
            )
            case = self.desk.case_of(session, self.place, response_id, client)
            if case is None:
                raise LookupError("a low answer has no case")
            script(self, case)

        self.timeline.plan(self.at(days, 9, 10), happen)

    def again(self, case: Ref, moment: datetime, mood: float) -> None:
        """The customer says whether it is better now."""
        client = case.client
        if client is not None:
            answer = self.desk.customers.answer_again
            self.timeline.plan(moment, lambda session: answer(session, self.place, case.id, client, mood))


def _still_open(scene: Scene, case: Ref) -> None:
    """English: promised for tomorrow; the customer wrote on their page last night."""
    desk, now = scene.desk, scene.timeline.now
    desk.move(scene.at(2, 9, 40), desk.take(case))
    promise = scene.words(case, "promises"), now + timedelta(hours=27)
    desk.move(scene.at(2, 10, 30), desk.reply(case, "", promise=promise))
    desk.move(scene.at(1, 19, 5), desk.says_back(case, PAGE))


def _recovered(scene: Scene, case: Ref) -> None:
    """Swahili: promised, answered by mail, kept, solved, asked again, better."""
    desk = scene.desk
    desk.move(scene.at(6, 9, 50), desk.take(case))
    promise = scene.words(case, "promises"), scene.at(4, 15)
    desk.move(scene.at(6, 10, 20), desk.reply(case, scene.words(case, "replies"), promise=promise))
    desk.move(scene.at(5, 18, 30), desk.says_back(case, MAIL))
    desk.move(scene.at(4, 10), desk.reply(case, scene.words(case, "solved")))
    desk.move(scene.at(4, 10, 30), desk.resolve(case))
    scene.again(case, scene.at(3, 20, 15), 1.0)


def _put_off(scene: Scene, case: Ref) -> None:
    """Persian: what was promised takes longer; the customer was told, and has answered by mail."""
    desk = scene.desk
    desk.move(scene.at(5, 9, 30), desk.take(case))
    promise = scene.words(case, "promises"), scene.at(3, 15)
    desk.move(scene.at(5, 10), desk.reply(case, scene.words(case, "replies", 1), promise=promise))
    desk.move(scene.at(4, 21), desk.says_back(case, MAIL))
    desk.move(scene.at(3, 10), desk.put_off(case, scene.timeline.now + timedelta(hours=30)))


def _handed_round(scene: Scene, case: Ref) -> None:
    """Mongolian: three pairs of hands, a mail from an address that nobody knows, solved, and not yet answered."""
    desk = scene.desk
    desk.move(scene.at(8, 10), desk.take(case))
    desk.move(scene.at(8, 11), desk.reply(case, scene.words(case, "replies")))
    for days, to in zip((7, 6, 5), (*others_of(scene.place, case.owner)[:2], case.owner), strict=False):
        desk.move(scene.at(days, 11, 20), desk.hand_off(case, to))
        case = replace(case, owner=to)
    desk.move(scene.at(4, 19, 40), desk.says_back(case, MAIL_FROM_ELSEWHERE))
    desk.move(scene.at(3, 10), desk.reply(case, scene.words(case, "solved", 1)))
    desk.move(scene.at(2, 14), desk.resolve(case, Outcome.EXPLAINED))


def _broken(scene: Scene, case: Ref) -> None:
    """Armenian: a promise that nobody kept; the customer was told that we are late, and has written."""
    desk = scene.desk
    desk.move(scene.at(4, 10), desk.take(case))
    promise = scene.words(case, "promises", 1), scene.at(2, 16)
    desk.move(scene.at(4, 11), desk.reply(case, scene.words(case, "replies"), promise=promise))
    desk.move(scene.at(1, 18), desk.says_back(case, PAGE))


def _not_solved(scene: Scene, case: Ref) -> None:
    """Nepali: thought to be solved; asked again, the customer said no, and it is open again."""
    desk = scene.desk
    desk.move(scene.at(7, 11), desk.take(case))
    desk.move(scene.at(7, 12), desk.reply(case, scene.words(case, "replies")))
    desk.move(scene.at(6, 15), desk.reply(case, scene.words(case, "solved")))
    desk.move(scene.at(5, 11), desk.resolve(case))
    scene.again(case, scene.at(1, 20), 0.0)


SCRIPTS: dict[str, tuple[int, Script]] = {
    "en": (2, _still_open),
    "sw": (6, _recovered),
    "fa": (5, _put_off),
    "mn": (8, _handed_round),
    "hy": (4, _broken),
    "ne": (7, _not_solved),
}


def show(desk: Desk, places: list[Place]) -> set[int]:
    """Plan all six, each at the first company that speaks the language; the ids of the customers whose story it is."""
    reserved: set[int] = set()
    for language, (days, script) in SCRIPTS.items():
        for place in places:
            client = next((one for one in place.clients if one.language == language and one.name and one.email), None)
            if language in place.company.languages and client is not None:
                Scene(desk, place).answers(client, days, script)
                reserved.add(client.id)
                break
    return reserved
