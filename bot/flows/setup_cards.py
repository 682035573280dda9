"""The screens of set-up: where it stands, and for each part what it does, what is in force and how to undo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.announcing import called, moment
from bot.flows.setup_holding import in_force, notes, read_label
from bot.flows.setup_parts import FILE, LABELS, SAYS, UNDO, language_name
from bot.flows.step import LINK, MENU, SETUP
from bot.i18n import N_, Translator
from bot.model import Address, Block, Button, Card, Choice, Facts, Option, Paragraph, People, Row, Style
from bot.plans import STEPS, WAITING, View
from bot.trial import Result
from bot.watch import PROBLEMS

CHANGED = N_(
    "Another admin changed this in the meantime, so nothing of yours was kept. This is how it is now."
)


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """What a screen of set-up is made of: the view, channels as they are now, problems of the last hourly look.

    `apart` says that held reports have a keeper of its own.
    """

    t: Translator
    view: View
    facts: Mapping[str, Facts | None]
    problems: Mapping[str, str] = field(default_factory=dict)
    hours: int = 72
    apart: bool = False

    def name(self, channel: str) -> str:
        """What people call a channel, else its id."""
        found = self.facts.get(channel)
        return called(found.name if found and found.name else channel)

    def names(self, channels: object) -> str:
        """Several of them in their order."""
        listed = channels if isinstance(channels, (list, tuple)) else ()
        return ", ".join(self.name(str(each)) for each in listed) or self.t("none yet")


def overview(
    seen: Seen, result: Result | None = None, said: str = "", wrong: Mapping[str, str] | None = None
) -> Card:
    """Where set-up stands, and the ways to every part of it."""
    t = seen.t
    body: list[Block] = [Paragraph(said)] if said else []
    body.append(Paragraph(_standing(seen)))
    body += _wrong(seen, wrong if wrong is not None else seen.problems)
    body += [Row(t(LABELS[step]), _summary(seen, step)) for step in STEPS]
    body += [*_waits(seen), *_trial(seen, result)]
    body.append(
        Paragraph(
            t("Only admins see this. Each change is kept in the audit log with the name of who made it.")
        )
    )
    return Card(
        t("Set up metoo"), tuple(body), (*_ways(seen), Button(t("Back to the menu"), MENU)), here=SETUP
    )


def standing(seen: Seen) -> tuple[Block, ...]:
    """Where set-up stands, in short: whether it serves, what is wrong, and what waits."""
    return Paragraph(_standing(seen)), *_wrong(seen, seen.problems), *_waits(seen)


def part(seen: Seen, step: str, said: str = "", *, by: bool = False, done: bool = False) -> Card:
    """One part: what it does, what is in force, how to undo it. `done` makes the next part the way on."""
    t, view = seen.t, seen.view
    body: list[Block] = [Paragraph(said)] if said else []
    if by and view.plan.by.get(step):
        body.append(People(t("Changed last by"), (view.plan.by[step],)))
    if not done:
        body += [Paragraph(t(each)) for each in SAYS[step]]
    if step == "escrow":
        body += [Paragraph(each) for each in notes(t, apart=seen.apart)]
    body += _in_force(seen, step)
    fixed = set(STEPS[step]) & view.fixed
    if fixed:
        body.append(Paragraph(t(FILE, names=", ".join(sorted(fixed)))))
    if view.served and step in WAITING:
        wait = t(
            "Now that metoo serves, a change here waits {hours} hours; the desks and the next digest say so.",
            hours=seen.hours,
        )
        body.append(Paragraph(wait))
    body.append(Paragraph(t(UNDO[step])))
    choices = _desk_choices(seen) if step == "desks" and view.free(step) else ()
    return Card(
        t(LABELS[step]),
        tuple(body),
        _part_ways(seen, step, done=done),
        choices,
        here=Address("setup.part", step),
    )


def start_card(seen: Seen, said: str = "") -> Card:
    """The question before a workplace is served."""
    t = seen.t
    body = (
        *((Paragraph(said),) if said else ()),
        Row(t("Desks"), seen.names(seen.view.now["desks"])),
        Paragraph(
            t(
                "From then on everybody here can use /metoo. Changes of the desks and of what is kept then wait"
                " {hours} hours.",
                hours=seen.hours,
            )
        ),
        Paragraph(
            t(
                "Please tell the people at the desk that reports will come, and agree who answers and how soon."
            )
        ),
    )
    ways = (Button(t("Start"), Address("setup.started"), Style.PRIMARY), Button(t("Back to set-up"), SETUP))
    return Card(t("Start metoo here?"), body, ways)


def vouch_card(seen: Seen, channel: str, facts: Facts) -> Card:
    """The question about groups of which the platform does not say how many people they have."""
    t = seen.t
    said = t(
        "The platform does not say how many people have these: {groups}. {channel} can be a desk only if nobody has"
        " them but people who handle reports.",
        groups=", ".join(name for _, name in facts.unsure),
        channel=seen.name(channel),
    )
    ref = f"{channel}.{seen.view.seen('desks')}"
    yes = Button(t("Only people who handle reports have them"), Address("setup.vouch", ref))
    return Card(
        t("Who opens this channel"),
        (Paragraph(said),),
        (yes, Button(t("Back"), Address("setup.part", "desks"))),
    )


def _standing(seen: Seen) -> str:
    t = seen.t
    if not seen.view.served:
        return t(
            "metoo does not serve this workplace yet. It needs a desk: a private channel of the people who read"
            " reports. All else can stay as it is, and be changed later."
        )
    return t(
        "metoo serves this workplace. Every part can be changed here at any time. Changes of the desks and of what is"
        " kept wait {hours} hours, and reports that a desk has stay there.",
        hours=seen.hours,
    )


def _wrong(seen: Seen, wrong: Mapping[str, str]) -> list[Block]:
    rows: list[Block] = [Row(seen.name(channel), seen.t(PROBLEMS[said])) for channel, said in wrong.items()]
    return [Paragraph(seen.t("A desk cannot get reports now:")), *rows] if rows else []


def _summary(seen: Seen, step: str) -> str:
    t, now = seen.t, seen.view.now
    off = t("off")
    if step == "desks":
        return seen.names(now["desks"])
    if step == "channels":
        wall, digest = (seen.name(now[each]) if now[each] else off for each in STEPS["channels"])
        return t("solidarity {wall}, digest {digest}", wall=wall, digest=digest)
    if step == "digest":
        return f"{now['digest_at']}, {now['timezone']}"
    if step == "people":
        people = str(now["population"]) if now["population"] is not None else t("as the platform says")
        files = t("files on") if now["attachments"] else t("files off")
        return f"{language_name(now['language'])}, {t('people: {count}', count=people)}, {files}"
    if step == "escrow":
        return in_force(t, now["escrow"])
    if step == "keeping":
        return t("{days} days after closing", days=now["retention_days"])
    return t("lines of your own: {count}", count=len(now["support"]))


def _in_force(seen: Seen, step: str) -> list[Block]:
    t, view = seen.t, seen.view
    label = t("In force") if view.served else t("Chosen")
    if step == "support":
        return [Row(label, each) for each in view.now["support"]] or [Row(label, t("none"))]
    rows: list[Block] = [Row(label, _summary(seen, step))]
    if step == "desks":
        rows += _wrong(seen, seen.problems)
    return rows + (_waits(seen) if set(STEPS[step]) & set(view.plan.later) else [])


def _waits(seen: Seen) -> list[Block]:
    t, plan = seen.t, seen.view.plan
    if plan.holds is None:
        return []
    said: list[Block] = [Row(t("What changes holds from"), moment(plan.holds, seen.view.now["timezone"]))]
    if "desks" in plan.later:
        said.append(Row(t("Desks then, in their order"), seen.names(plan.later["desks"])))
    if "retention_days" in plan.later:
        said.append(Row(t("Days that closed reports are kept"), str(plan.later["retention_days"])))
    return said


def _trial(seen: Seen, result: Result | None) -> list[Block]:
    t = seen.t
    if result is None:
        return []
    if result.arrived:
        return [Row(t("Test report"), t("it arrived in {channel}", channel=seen.name(result.arrived)))]
    row = Row(t("Test report"), t("on its way; look again in a moment"))
    return [row, *(Row(seen.name(channel), t(PROBLEMS[said])) for channel, said in result.waits)]


def _ways(seen: Seen) -> tuple[Button, ...]:
    t, view = seen.t, seen.view
    parts = tuple(Button(t(LABELS[step]), Address("setup.part", step)) for step in STEPS)
    back = (Button(t("Take back what waits"), Address("setup.back")),) if view.plan.later else ()
    links = Button(t("Linked workplaces"), LINK)
    if view.served:
        return (*parts, Button(t("Send a test report"), Address("setup.try")), links, *back)
    begin = (
        Button(t("Start metoo here"), Address("setup.start"), Style.PRIMARY) if view.now["desks"] else None
    )
    return (begin, *parts, links) if begin else (*parts, links)


def _part_ways(seen: Seen, step: str, *, done: bool) -> tuple[Button, ...]:
    t, view = seen.t, seen.view
    edit = {"desks": N_("Add a desk"), "escrow": read_label(view)}.get(step, N_("Change"))
    on = Style.PRIMARY if done else Style.PLAIN
    change = (Button(t(edit), Address("setup.edit", step), Style.PLAIN if done else Style.PRIMARY),)
    waits = set(STEPS[step]) & set(view.plan.later)
    back = (Button(t("Take back what waits"), Address("setup.back")),) if waits else ()
    return (
        *(change if view.free(step) else ()),
        *_further(seen, step, on),
        *back,
        Button(t("Back to set-up"), SETUP),
    )


def _further(seen: Seen, step: str, style: Style) -> tuple[Button, ...]:
    """The next part, and after the last one the start."""
    t, names = seen.t, list(STEPS)
    if step != names[-1]:
        after = names[names.index(step) + 1]
        return (Button(t("Next: {part}", part=t(LABELS[after])), Address("setup.part", after), style),)
    if seen.view.served or not seen.view.now["desks"]:
        return ()
    return (Button(t("Start metoo here"), Address("setup.start"), style),)


def _desk_choices(seen: Seen) -> tuple[Choice, ...]:
    t, mark, desks = seen.t, seen.view.seen("desks"), seen.view.wanted("desks")
    if len(desks) < 2:  # noqa: PLR2004 - one desk has no order, and has to stay
        return ()
    every = tuple(Option(each, seen.name(each)) for each in desks)
    return (
        Choice(t("Which desk comes first"), Address("setup.first", mark), every, desks[0]),
        Choice(t("Take out a desk"), Address("setup.out", mark), every),
    )
