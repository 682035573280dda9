"""Events from a linked workplace: met as those of the workplace that keeps everything, and answered as their own."""

from __future__ import annotations

from dataclasses import replace

from bot.abroad import PEOPLE, abroad, called, comes_from, own_id
from bot.i18n import Translator, translator
from bot.model import Actor, Block, Card, Event, Form, People, PersonField, Reply, Row, Workspace
from bot.workplaces import Workplaces

LINKS = "link"
"""Begins the actions that are about a linked workplace itself."""
_SETUP = "setup"


class Joining:
    """Between the platforms and the steps: nobody is an admin of a workplace because they are one of a linked one."""

    def __init__(self, settings: Workplaces) -> None:
        self._settings = settings

    def met(self, event: Event) -> Event:
        """An event as the steps meet it."""
        here = event.actor.workspace
        home = self._settings.home_of(here)
        if home is None:
            return event
        if event.action.startswith((LINKS, _SETUP)):
            return event if event.action.startswith(LINKS) else replace(event, action=LINKS)
        values = dict(_met(here, name, given) for name, given in event.values.items())
        quoted = event.quoted and replace(event.quoted, author=abroad(here, event.quoted.author))
        return replace(event, actor=_actor(event.actor, home), values=values, quoted=quoted)

    def shown(self, reply: Reply, actor: Actor) -> Reply:
        """What steps answered, with the ids of people as that person's platform knows them."""
        if isinstance(reply, Card) and reply.alike:
            return reply  # it is the same for everybody, so nobody is on it
        here = actor.workspace
        guest = self._settings.home_of(here) is not None
        if isinstance(reply, Form):
            if not guest:
                return reply
            fields = tuple(
                _picked(here, each) if isinstance(each, PersonField) else each for each in reply.fields
            )
            return replace(reply, fields=fields)
        t = translator(actor.locale)
        body = tuple(block for each in reply.body for block in _known(t, here, each, guest=guest))
        return reply if body == reply.body else replace(reply, body=body)


def posted(t: Translator, card: Card, workspace: Workspace) -> Card:
    """A post with people of linked workplaces in words."""
    return replace(
        card, body=tuple(block for each in card.body for block in _known(t, workspace, each, guest=False))
    )


def _actor(actor: Actor, home: Workspace) -> Actor:
    here = actor.workspace
    return replace(
        actor, workspace=home, user=abroad(here, actor.user), admin=False, via=here, via_admin=actor.admin
    )


def _met(here: Workspace, name: str, given: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if not name.startswith(PEOPLE):
        return name, given
    return name.removeprefix(PEOPLE), tuple(abroad(here, each) for each in given)


def _picked(here: Workspace, asked: PersonField) -> PersonField:
    mine = tuple(own_id(each) for each in asked.value if comes_from(each) == here)
    return replace(asked, name=f"{PEOPLE}{asked.name}", value=mine)


def _known(t: Translator, here: Workspace, block: Block, *, guest: bool) -> tuple[Block, ...]:
    if not isinstance(block, People):
        return (block,)
    mine = tuple(each for each in block.ids if comes_from(each) == (here if guest else None))
    if mine == block.ids and not guest:
        return (block,)
    rest = tuple(each for each in block.ids if each not in mine)
    people = (People(block.label, tuple(map(own_id, mine))),) if mine else ()
    return (*people, *(Row(block.label, _elsewhere(t, each)) for each in rest))


def _elsewhere(t: Translator, user: str) -> str:
    place = comes_from(user)
    if place is None:
        return t("a colleague whose account is elsewhere")
    return t("a member on {platform} with the id {known} there", platform=called(place), known=own_id(user))
