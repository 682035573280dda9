from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from bot.conversation import Kind
from bot.delivery import everything_said
from bot.flows.mailbox_cards import STATES
from bot.model import ChoiceField, Form, Style
from tests.bot.hands import ADDING, CAMPAIGN, DESK, KINDS, NO_WORDS, PEOPLE, PLANTED, SPELLINGS, Hands
from tests.bot.letterbox import quotes
from tests.bot.life import DESKS, LATEST, SLACK, Life, conversation
from tests.world import card, labels, said, words

NOTHING = "These words open nothing here."
SPANS = [timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)]
SPANS += [timedelta(days=n) for n in (8, 31, 91)]


class LifeOfAReport(Hands):
    """People and handlers do what they like, in any order; the model says what each of them may then see."""

    @initialize(seed=st.integers(0, 9999), share=st.booleans(), steps=st.integers(0, 3))
    def begin_somewhere(self, seed: int, share: bool, steps: int) -> None:
        """Most lives begin with a report that is kept, on its way, or read, so that more of them come far."""
        self.begin(seed)
        if steps:
            self.write("P20", (), share)
            self.keep_it_for_now("P20", 1) if steps == 1 else self.send("P20", hurried=False, times=1)
            self.everything_is_as_the_model_says()
        if steps > 2:
            self.time_passes(timedelta(hours=5))
            self.everything_is_as_the_model_says()
            self.read("hr-desk")

    # What the person who wrote does ------------------------------------------------------------------------

    @precondition(lambda self: not self.life.alive)
    @rule(
        user=PEOPLE,
        named=st.sampled_from([(), (), ("P1",), ("P9",), ("P1", "P4", "P5")]),
        share=st.booleans(),
    )
    def write(self, user: str, named: tuple[str, ...], share: bool) -> None:
        life = Life(self.text(), named, share, self.channels, stage="draft")
        self.preview = self.run(
            self.w.write(user, text=life.text, named=named, share="yes" if share else "no")
        )
        life.hidden_by = self.life.hidden_by
        self.life, self.report, self.typed = life, b"", self.now
        assert quotes(self.preview) == [life.text]
        assert ("Send" in labels(self.preview)) == bool(life.others())

    @precondition(lambda self: self.life.stage == "draft" and "Send" in labels(self.preview))
    @rule(user=PEOPLE, hurried=st.booleans(), times=st.integers(1, 3))
    def send(self, user: str, hurried: bool, times: int) -> None:
        asked, label, able = self.preview, "Send", self.life.others()
        if hurried:
            asked, label = self.press(user, asked, "Send without the delay"), "Send now"
        shown = [self.press(user, asked, label) for _ in range(times)][-1]
        if able or "so nothing was sent" not in said(shown):
            self.saved(shown, lambda: self.life.send(self.now, able, hurried=hurried))

    @precondition(lambda self: self.life.stage == "draft")
    @rule(user=PEOPLE, times=st.integers(1, 2))
    def keep_it_for_now(self, user: str, times: int) -> None:
        shown = [self.press(user, self.preview, "Keep it for now") for _ in range(times)][-1]
        self.saved(shown, self.life.keep)

    @precondition(lambda self: self.receipt and self.life.stage != "draft")
    @rule(user=PEOPLE, label=st.sampled_from(["Send", "Keep it for now"]))
    def press_on_the_old_preview(self, user: str, label: str) -> None:
        if label in labels(self.preview):
            shown = self.press(user, self.preview, label)
            assert words(shown) == self.receipt if self.life.alive else "This draft is gone" in said(shown)

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE, spell=SPELLINGS)
    def come_back(self, user: str, spell: Callable[[str], str]) -> None:
        box = self.open(user, spell(self.receipt))
        assert box.here, said(box)
        self.key, self.touched = box.here.ref, self.now

    @precondition(lambda self: self.receipt)
    @rule(user=PEOPLE, spell=SPELLINGS, spoil=NO_WORDS)
    def wrong_words(self, user: str, spell: Callable[[str], str], spoil: Callable[[str], str]) -> None:
        wrong = [self.open(user, spell(each)) for each in (spoil(self.receipt), *self.dead[-2:])]
        assert NOTHING in said(wrong[0])
        assert all(each == wrong[0] for each in wrong)

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE, n=st.integers(0, 2))
    def add(self, user: str, n: int) -> None:
        if self.life.stage == "withdrawn":
            self.refused(self.visit(user, "box.add"))
            return
        box, text = card(self.visit(user, "box")), self.text()
        offered = [each for each in labels(box) if each in ADDING]
        label = offered[n % len(offered)]
        form = self.run(self.w.press(user, box, label))
        assert isinstance(form, Form)
        assert self.fill(user, form, text=text).title == "Added"
        self.life.say(self.now, ADDING[label], text)

    @precondition(lambda self: self.life.with_desk)
    @rule(user=PEOPLE, n=st.integers(0, 1))
    def tell_another_desk_what_happened_since(self, user: str, n: int) -> None:
        form, life, text = self.visit(user, "box.since"), self.life, self.text()
        assert isinstance(form, Form)
        where = [
            each for field in form.fields if isinstance(field, ChoiceField) for each in field.options[1:]
        ]
        able = [each for each in life.others() if self.channels.private[each]]
        assert [each.label for each in where] == [f"To another desk: #{each}" for each in able]
        for choice, desk in list(zip(where, able, strict=True))[n : n + 1]:
            assert self.fill(user, form, text=text, where=choice.value).title == "Added"
            life.send(self.now, [desk])
            life.say(self.now, Kind.SINCE, text)

    @precondition(lambda self: self.last)
    @rule()
    def send_the_last_form_again(self) -> None:
        assert self.last
        user, form, values = self.last
        self.run(self.w.fill(user, form, **values))

    @precondition(lambda self: self.life.stage == "sent")
    @rule(user=PEOPLE, times=st.integers(1, 2))
    def tell_who_i_am(self, user: str, times: int) -> None:
        asked = card(self.visit(user, "box.name"))
        for _ in range(times):
            assert self.press(user, asked, "Tell HR who I am").title == "Added"
        self.life.say(self.now, Kind.IDENTITY, who=user)

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE, shared=st.booleans())
    def share_or_hide(self, user: str, shared: bool) -> None:
        shown = self.visit(user, "box.share.yes" if shared else "box.share.no")
        if self.life.stage != "sent":
            self.refused(shown)
            return
        self.life.shared, self.life.hidden_by = shared, self.now + LATEST
        assert ("They may learn" in said(card(self.visit(user, "box.share")))) == shared

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE)
    def send_on(self, user: str) -> None:
        life, able = self.life, self.life.others()
        if life.stage == "sent" and not life.with_desk:
            able = tuple(each for each in able if each not in life.able)
        if life.stage != "withdrawn":
            assert ("Send" in labels(card(self.visit(user, "box.route")))) == bool(able)
        shown = card(self.visit(user, "box.send"))
        if life.stage == "withdrawn" or (life.stage == "sent" and not life.with_desk and not able):
            self.refused(shown)
        elif not able:
            assert "There is no other desk that could get it" in said(shown)
        else:
            assert shown.here, said(shown)
            life.send(self.now, able)

    @precondition(lambda self: self.life.overdue(self.now))
    @rule(user=PEOPLE, times=st.integers(1, 2))
    def remind(self, user: str, times: int) -> None:
        for _ in range(times):
            assert card(self.visit(user, "box.remind")).title == "Added"
        self.life.remind(self.now)

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE)
    def withdraw(self, user: str) -> None:
        if self.life.stage == "withdrawn":
            self.refused(self.visit(user, "box.withdraw"))
            return
        asked = card(self.visit(user, "box.back"))
        (final,) = (each.label for each in asked.buttons if each.style is Style.FINAL)
        shown = self.press(user, asked, final)
        self.life.withdraw(self.now)
        assert (shown.title == "Erased") == (self.life.stage == "gone")

    @precondition(lambda self: self.life.alive)
    @rule(user=PEOPLE)
    def undo(self, user: str) -> None:
        shown = card(self.visit(user, "box.undo"))
        if self.life.stage != "withdrawn":
            self.refused(shown)
            return
        assert shown.here, said(shown)
        self.life.undo(self.now)

    # What handlers do --------------------------------------------------------------------------------------

    @precondition(lambda self: self.report)
    @rule(desk=DESK)
    def read(self, desk: str) -> None:
        self.reading, self.read_of, self.read_by = self.at_desk(desk), self.report, desk
        self.seen = self.life.said_by_desks
        if self.may_read(desk) and self.life.stage == "sent":
            self.life.opened = True
            assert quotes(self.reading)[0] == self.life.text
        else:
            assert PLANTED not in str(everything_said(self.reading))

    @precondition(lambda self: self.read_of)
    @rule(n=st.integers(0, 3), signed=st.sampled_from(["desk", "name"]), anew=st.booleans())
    def answer(self, n: int, signed: str, anew: bool) -> None:
        """By a button of what was read just now, or last and however long ago."""
        if anew:
            self.read(self.life.desk or self.read_by)
        life, user = self.life, DESKS[self.read_by]
        offered = [each for each in labels(self.reading) if each in KINDS]
        if not offered:
            return
        label = offered[n % len(offered)]
        kind, text = KINDS[label], self.text()
        reply = self.run(self.w.press(user, self.reading, label))
        written = isinstance(reply, Form)
        shown = self.fill(user, reply, text=text, signed=signed) if isinstance(reply, Form) else card(reply)
        who = user if written and signed == "name" else ""
        if self.read_of != self.report or not self.may_read(self.read_by):
            assert "cannot be opened from here" in said(shown)
        elif kind in life.marked:
            assert ("asked once already" in said(shown)) == (kind is Kind.ASK)
            assert (shown.title == "metoo") == (kind is Kind.ASK)
        elif life.stage != "sent":
            assert "This changed in the meantime" in said(shown)
        elif written and self.seen != life.said_by_desks:
            assert shown.title == "Somebody was faster"
            assert text in quotes(shown)
        else:
            life.answer(self.now, kind, text if written else "", who)

    # What happens around them ------------------------------------------------------------------------------

    @precondition(lambda self: self.life.delivered and self.life.alive)
    @rule()
    def hold_or_release(self) -> None:
        self.life.hold(self.now)
        self.w.sql("UPDATE reports SET held = CASE WHEN ? THEN delivered END", self.life.held)

    @rule(desk=DESK)
    def public_or_private(self, desk: str) -> None:
        channel = self.w.workplace.channels[desk]
        channel.private = not channel.private
        self.channels.private[desk] = self.now if channel.private else None

    @rule()
    def what_waits_arrives(self) -> None:
        self.time_passes(timedelta(hours=5))

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        if span > timedelta(days=2):
            self.run(self.w.pass_time(timedelta(hours=5)))
            self.run(self.w.jump(span))
            span = 2 * SLACK
        self.run(self.w.pass_time(span))

    # What must be true after every step --------------------------------------------------------------------

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if not self.report:
            return
        self.run(self.look())
        self.the_writer_sees()
        for desk in DESKS:
            self.a_desk_sees(desk)
        self.channels_show()

    def the_writer_sees(self) -> None:
        life, user = self.life, "P30"
        if life.stage == "gone":
            if self.receipt not in self.dead:
                self.dead.append(self.receipt)
                self.no_byte_is_left()
                assert NOTHING in said(self.open(user, self.receipt))
            return
        if life.alive:
            box = card(self.visit(user, "box"))
            assert f"State: {STATES[life.state]}" in said(box)
            assert ("Remind the desk" in labels(box)) == life.overdue(self.now)
            assert ("Undo taking it back" in labels(box)) == (life.stage == "withdrawn")
            assert ("A legal hold applies" in said(box)) == life.held
            shown = card(self.visit(user, "box.all"))
            assert life.text in quotes(shown)
            assert conversation(shown) == [each.to_writer() for each in life.thread]

    def a_desk_sees(self, desk: str) -> None:
        life = self.life
        if self.may_read(desk) and life.stage == "sent":
            if life.opened:
                shown = self.at_desk(desk)
                assert quotes(shown)[0] == life.text
                assert conversation(shown) == [each.to_desk() for each in life.thread if each.at]
            return
        shown = self.at_desk(desk)
        assert PLANTED not in str(everything_said(shown))
        assert ("cannot be opened from here" in said(shown)) != self.may_read(desk)


SHARE = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""Every run; what fails is shortened by the campaign, which has the time for it."""

FULL = settings(
    SHARE,
    max_examples=1500,
    stateful_step_count=60,
    derandomize=False,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],
)


@pytest.mark.campaign
def test_whatever_people_do_in_whatever_order_a_report_is_where_they_were_told() -> None:
    run_machine(LifeOfAReport, settings=FULL if CAMPAIGN else SHARE)
