"""One Discord server as its API describes it: people, roles, channels and who may see what."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]

GUILD = "110000000000000001"
APPLICATION = "120000000000000001"
BOT = "120000000000000002"
OWNER = "120000000000000003"
LOBBY = "130000000000000001"

VIEW = 1 << 10
SEND = 1 << 11
SEND_IN_THREADS = 1 << 38
ADMINISTRATOR = 1 << 3
MANAGE_SERVER = 1 << 5

TEXT_CHANNEL, VOICE, CATEGORY, NEWS, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 2, 4, 5, 11, 12, 15


@dataclass
class Person:
    id: str
    guest: bool = False
    bot: bool = False
    pending: bool = False
    permissions: int = 0
    roles: list[str] = field(default_factory=list)


@dataclass
class Channel:
    id: str
    kind: int = TEXT_CHANNEL
    parent: str | None = None
    archived: bool = False
    overwrites: list[Payload] = field(default_factory=list)


@dataclass
class Role:
    id: str
    permissions: int = 0
    bot: str | None = None
    name: str = ""


class World:
    """The server; its owner is a bot account, so that people are only those a test brought in."""

    def __init__(self) -> None:
        self.roles = {GUILD: Role(GUILD, VIEW | SEND | SEND_IN_THREADS)}
        self.people: dict[str, Person] = {}
        self.channels = {LOBBY: Channel(LOBBY)}
        self.may_manage_roles = False
        self.counted = True
        self.bot_is_here = True
        self._ids = itertools.count(900_000_000_000_000_000)
        for bot in (BOT, OWNER):
            self.add_person(Person(bot, bot=True))

    def new_id(self) -> str:
        return str(next(self._ids))

    def add_person(self, person: Person) -> None:
        if person.bot:
            role = self.add_role(bot=person.id)
            person.roles.append(role)
        self.people[person.id] = person

    def add_role(self, permissions: int = 0, bot: str | None = None) -> str:
        role = Role(self.new_id(), permissions, bot)
        self.roles[role.id] = role
        return role.id

    def add_channel(self, channel: str, *, private: bool, readers: tuple[str, ...], bot: bool) -> Channel:
        allowed = {"allow": str(VIEW | SEND | SEND_IN_THREADS), "deny": "0"}
        refused = {"allow": "0", "deny": str(VIEW | SEND | SEND_IN_THREADS)}
        made = Channel(channel)
        if private:
            made.overwrites.append({"id": GUILD, "type": 0, **refused})
            made.overwrites += [{"id": each, "type": 1, **allowed} for each in readers]
        made.overwrites.append({"id": BOT, "type": 1, **(allowed if bot else refused)})
        self.channels[channel] = made
        return made

    def open_to(self, channel: str, role: str) -> None:
        """Let everybody with this role view a channel."""
        self.channels[channel].overwrites.append({"id": role, "type": 0, "allow": str(VIEW), "deny": "0"})

    def may(self, user: str, channel: Channel, permission: int) -> bool:
        """Discord's own order: owner, roles, administrator, then the channel's overwrites."""
        channel = self.channels[channel.parent] if channel.parent else channel
        person = self.people[user]
        held = [GUILD, *person.roles]
        base = 0
        for role in held:
            base |= self.roles[role].permissions
        if user == OWNER or base & ADMINISTRATOR:
            return True
        for ids in ({GUILD}, set(person.roles), {user}):
            those = [each for each in channel.overwrites if each["id"] in ids]
            for each in those:
                base &= ~int(each["deny"])
            for each in those:
                base |= int(each["allow"])
        return bool(base & permission)

    def user_payload(self, user: str) -> Payload:
        name = f"user{user[-4:]}"
        return {
            "id": user,
            "username": name,
            "discriminator": "0",
            "avatar": None,
            "global_name": None,
            "bot": self.people[user].bot,
            "public_flags": 0,
        }

    def member_payload(self, user: str) -> Payload:
        person = self.people[user]
        return {
            "user": self.user_payload(user),
            "roles": person.roles,
            "joined_at": "2024-01-01T00:00:00.000000+00:00",
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "nick": None,
            "avatar": None,
            "flags": 1 << 4 if person.guest else 0,
            "pending": person.pending,
            "permissions": str(person.permissions),
        }

    def channel_payload(self, channel: Channel) -> Payload:
        made: Payload = {
            "id": channel.id,
            "guild_id": GUILD,
            "type": channel.kind,
            "name": f"channel-{channel.id[-4:]}",
            "position": 1,
            "parent_id": channel.parent,
            "permission_overwrites": channel.overwrites,
            "nsfw": False,
            "topic": None,
            "rate_limit_per_user": 0,
        }
        if channel.parent:
            made |= {"owner_id": OWNER, "message_count": 0, "member_count": 1}
            made["thread_metadata"] = {
                "archived": channel.archived,
                "locked": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2024-01-01T00:00:00.000000+00:00",
            }
            del made["permission_overwrites"]
        if channel.kind == VOICE:
            made |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if channel.kind == FORUM:
            made |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        return made

    def role_payload(self, role: Role) -> Payload:
        made: Payload = {
            "id": role.id,
            "name": role.name or f"role-{role.id[-4:]}",
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0 if role.id == GUILD else 1,
            "permissions": str(role.permissions),
            "managed": role.bot is not None,
            "mentionable": False,
            "flags": 0,
        }
        if role.bot:
            made["tags"] = {"bot_id": role.bot}
        return made

    def guild_payload(self) -> Payload:
        return {
            "id": GUILD,
            "name": "workplace",
            "owner_id": OWNER,
            "icon": None,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": [self.role_payload(role) for role in self.roles.values()],
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
        } | ({"approximate_member_count": len(self.people)} if self.counted else {})

    def gateway_guild(self) -> Payload:
        threads = [self.channel_payload(each) for each in self.channels.values() if each.parent]
        return self.guild_payload() | {
            "member_count": len(self.people),
            "large": False,
            "unavailable": False,
            "channels": self.listed(),
            "threads": threads,
            "members": [self.member_payload(BOT)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "joined_at": "2024-01-01T00:00:00.000000+00:00",
        }

    def listed(self) -> list[Payload]:
        """All channels, those we cannot view included, but no threads."""
        return [self.channel_payload(each) for each in self.channels.values() if not each.parent]
