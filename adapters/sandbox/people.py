"""Who works in the sandbox: invented names of plants and stones, each with a job, so that nobody is meant."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Standing

_NAMES = {
    "Warehouse": "Alder Birch Rowan Spruce Larch Hornbeam Juniper Medlar Osier Sorrel Teasel Yarrow",
    "Production": "Basalt Chert Cobalt Flint Gneiss Granite Marl Ochre Schist Slate Talc Umber",
    "Delivery": "Bracken Cedar Clover Dogwood Elder Fescue Gorse Hazel",
    "Customer service": "Agate Amber Beryl Coral Garnet Jasper Opal Topaz",
    "Engineering": "Campion Fennel Lovage Mallow Quince Sedge Tansy",
    "Sales": "Borage Cornel Damson Saffron Vetch",
    "Finance": "Marble Quartz Sienna",
}
_DESK = ("Linden", "Willow", "Maple")
_OMBUDS = ("Aspen", "Hawthorn")
_ADMINS = {"Tansy": "Admins", "Linden": "Handlers of #hr-desk"}
_COUNCIL = ("Tansy", "Sienna", "Hazel")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workplace, and the group under which a visitor finds them."""

    id: str
    name: str
    job: str
    group: str = "Colleagues"
    standing: Standing = Standing.MEMBER
    admin: bool = False


def person_id(n: int) -> str:
    """The id of the n-th person: long enough that no ciphertext contains it by chance."""
    return f"person-{n:03d}"


def colleagues() -> tuple[Person, ...]:
    """Everybody: those who work here, the handlers of both desks, a guest and a bot."""
    listed = [(name, job, "Colleagues") for job, names in _NAMES.items() for name in names.split()]
    listed += [(name, "HR", "Handlers of #hr-desk") for name in _DESK]
    listed += [(name, "Ombuds", "Handlers of #ombuds") for name in _OMBUDS]
    people = [
        Person(person_id(n), name, job, _ADMINS.get(name, group), admin=name in _ADMINS)
        for n, (name, job, group) in enumerate(listed, start=1)
    ]
    guest = Person(person_id(len(people) + 1), "Heron", "Visiting auditor", "Others", Standing.GUEST)
    robot = Person(person_id(len(people) + 2), "Rota", "Shift-plan robot", "Others", Standing.BOT)
    return (*people, guest, robot)


def handlers(names: tuple[str, ...], people: tuple[Person, ...]) -> frozenset[str]:
    """The ids of the people with these names."""
    return frozenset(each.id for each in people if each.name in names)


def desks(people: tuple[Person, ...]) -> dict[str, frozenset[str]]:
    """Who can read each private desk channel."""
    return {"hr-desk": handlers(_DESK, people), "ombuds": handlers(_OMBUDS, people)}


def council(people: tuple[Person, ...]) -> frozenset[str]:
    """Who can read a private channel that is no desk yet, and that an admin can make one."""
    return handlers(_COUNCIL, people)
