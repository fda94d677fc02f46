"""Groups: who writes, what a bot is shown of it, and its coming and going."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeChatMember
from aiohttp import ClientSession

from tests.sandbox.conftest import Person

GROUP = -500
NAME = "second_look_4200_bot"


@pytest.fixture
async def group(http: ClientSession, base: str, bot: Bot) -> Person:
    """A group that the bot was just added to, with no updates left."""
    await bot.get_me()
    group = Person(http, base, GROUP)
    await group.post("member", status="member", user_id=9, first_name="Anna", title="Ward 3")
    await _updates(bot)
    return group


async def _updates(bot: Bot) -> list[Any]:
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def _texts(bot: Bot) -> list[str | None]:
    return [update.message.text or update.message.caption for update in await _updates(bot) if update.message]


async def test_being_added_and_removed(http: ClientSession, base: str, bot: Bot) -> None:
    await bot.get_me()
    group = Person(http, base, GROUP)
    answer = await group.post("member", status="member", user_id=9, first_name="Anna", title="Ward 3")
    assert answer["status"] == "member"
    change, service = await _updates(bot)
    assert change.my_chat_member.chat.title == "Ward 3"
    assert change.my_chat_member.from_user.first_name == "Anna"
    assert change.my_chat_member.old_chat_member.status == "left"
    assert change.my_chat_member.new_chat_member.status == "member"
    assert [user.id for user in service.message.new_chat_members] == [4200]
    await bot.send_message(GROUP, "hello")

    await group.post("member", status="administrator", user_id=9)
    [change] = await _updates(bot)
    assert change.my_chat_member.new_chat_member.can_delete_messages is True
    await group.post("member", status="kicked", user_id=9)
    [change] = await _updates(bot)
    assert change.my_chat_member.old_chat_member.status == "administrator"
    assert change.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.send_message(GROUP, "still here?")
    await group.write(f"@{NAME} is gone", user_id=9)
    assert await _updates(bot) == []

    await group.post("member", status="member", user_id=9)
    assert len(await _updates(bot)) == 2
    await bot.send_message(GROUP, "here again")


async def test_a_status_must_be_one(group: Any, person: Any) -> None:
    await group.post("member", status="boss")
    assert group.status == 400
    await person.post("member", status="left")
    assert person.status == 400


async def test_leaving(group: Any, chat: Any, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="can't be changed in private chats"):
        await bot.leave_chat(77)
    assert await bot.leave_chat(GROUP)
    [*_, change] = await _updates(bot)
    assert change.my_chat_member.from_user.id == 4200
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await bot.send_message(GROUP, "x")


async def test_a_supergroup_is_called_one(http: ClientSession, base: str, bot: Bot) -> None:
    await bot.get_me()
    group = Person(http, base, -1_000_000_000_500)
    await group.write("/start")
    await group.post("block", blocked=True)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.chat_id, "x")


async def test_with_privacy_a_bot_sees_what_is_meant_for_it(
    group: Any, bot: Bot, picture: Callable[..., bytes]
) -> None:
    sent = await bot.send_message(GROUP, "ask me")
    assert (await bot.get_me()).can_read_all_group_messages is False
    talk = await group.write("hello everybody", user_id=9)
    await group.write("see /help", user_id=9)
    await group.write("/help@another_bot", user_id=9)
    await group.write("@another_bot hi", user_id=9)
    await group.send("photo", picture(), caption="my cat", user_id=9)
    await group.write("no, a dog", reply_to_message_id=talk["message_id"], user_id=9)
    assert await _texts(bot) == []
    await group.write("/help", user_id=9)
    await group.write(f"/help@{NAME.upper()} me", user_id=9)
    await group.write(f"🙂 look here @{NAME}", user_id=9)
    await group.send("photo", picture(), caption="/pneumonia", user_id=9)
    await group.write("why?", reply_to_message_id=sent.message_id, user_id=9)
    expected = ["/help", f"/help@{NAME.upper()} me", f"🙂 look here @{NAME}", "/pneumonia", "why?"]
    assert await _texts(bot) == expected
    # What is replied to comes along, even if the bot was not shown it.
    await group.write("/melanoma", reply_to_message_id=talk["message_id"], user_id=9)
    [update] = await _updates(bot)
    assert update.message.reply_to_message.text == "hello everybody"


async def test_what_was_said_before_the_bot_came_is_chosen_from_when_it_comes(
    http: ClientSession, base: str, bot: Bot
) -> None:
    group, alone = Person(http, base, GROUP), Person(http, base, 77)
    for text in ("hello everybody", f"@{NAME} ?", "@another_bot ?"):
        await group.write(text, user_id=9)
    await alone.write("hello bot")
    assert await _texts(bot) == [f"@{NAME} ?", "hello bot"]


async def test_privacy_hides_edits_too(group: Any, bot: Bot) -> None:
    talk = await group.write("hello", user_id=9)
    await group.post("edit", message_id=talk["message_id"], text="hello all", user_id=9)
    assert await _updates(bot) == []
    await group.post("edit", message_id=talk["message_id"], text="/help", user_id=9)
    [update] = await _updates(bot)
    assert update.edited_message.text == "/help"


async def test_administrators_see_everything_and_so_do_bots_without_privacy(
    group: Any, bot: Bot, base: str, http: ClientSession
) -> None:
    async with http.post(f"{base}/sandbox/privacy", json={"enabled": False}) as response:
        assert await response.json() == {"enabled": False}
    await group.write("one", user_id=9)
    assert (await bot.get_me()).can_read_all_group_messages is True
    async with http.post(f"{base}/sandbox/privacy", json={"enabled": True}) as response:
        assert response.status == 200
    await group.write("two", user_id=9)
    assert await _texts(bot) == ["one"]
    await group.post("member", status="administrator", user_id=9)
    await group.write("three", user_id=9)
    assert await _texts(bot) == ["three"]


async def test_people_keep_their_names(group: Any, bot: Bot) -> None:
    await group.write("/a", user_id=9)
    await group.write("/b", user_id=10, first_name="Max", language_code="ru")
    await group.write("/c", user_id=9)
    senders = [update.message.from_user for update in await _updates(bot)]
    assert [(user.id, user.first_name) for user in senders] == [(9, "Anna"), (10, "Max"), (9, "Anna")]
    await group.get("", user_id=11)
    assert (await bot.get_chat_member(GROUP, 9)).status == "creator"
    assert (await bot.get_chat_member(GROUP, 10)).status == "member"
    assert (await bot.get_chat_member(GROUP, 4200)).status == "member"
    assert await bot.get_chat_member_count(GROUP) == 3
    with pytest.raises(TelegramBadRequest, match="member not found"):
        await bot.get_chat_member(GROUP, 11)


async def test_nobody_changes_anothers_message(group: Any, bot: Bot) -> None:
    message = await group.write("mine", user_id=9)
    await group.post("edit", message_id=message["message_id"], text="yours", user_id=10)
    assert group.status == 400
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(GROUP, message["message_id"])
    await group.post("member", status="administrator", user_id=9)
    assert await bot.delete_message(GROUP, message["message_id"])


async def test_commands_for_groups_and_for_one_member(group: Any, bot: Bot) -> None:
    await group.write("/start", user_id=10)
    await bot.set_my_commands([BotCommand(command="a", description="A")], scope=BotCommandScopeAllGroupChats())
    scope = BotCommandScopeChatMember(chat_id=GROUP, user_id=10)
    await bot.set_my_commands([BotCommand(command="b", description="B")], scope=scope)
    assert [command["command"] for command in (await group.get("", user_id=9))["bot"]["commands"]] == ["a"]
    assert [command["command"] for command in (await group.get("", user_id=10))["bot"]["commands"]] == ["b"]
    scope = BotCommandScopeChatMember(chat_id=GROUP, user_id=99)
    with pytest.raises(TelegramBadRequest, match="PARTICIPANT_ID_INVALID"):
        await bot.set_my_commands([BotCommand(command="b", description="B")], scope=scope)
