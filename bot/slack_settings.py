"""Settings of the Slack app: its tokens, how it is reached, and what it may do."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, SecretStr

from bot.addresses import ApiUrl


class SlackSettings(BaseModel):
    """One Slack app.

    With a bot token it serves that token's workspace: by Socket Mode with an app token, else by signed HTTP. Without
    one, `client_id` and `client_secret` let every workspace install it, over HTTP.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    public_channels: bool = True
    """Whether walls and digests may be in public channels, for which the app has to be let see those."""
    pictures: bool = True
    """Whether the chart of a digest is a picture, for which the app has to be let upload files; else it is told."""
    api_url: ApiUrl = "https://slack.com/api/"

    @property
    def many(self) -> bool:
        """Whether every workspace may install it."""
        return bool(self.client_id) and not self.bot_token.get_secret_value()
