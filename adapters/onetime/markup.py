"""A one-time page as HTML: no script, nothing from elsewhere, and a title that says nothing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from bot.i18n import LANGUAGES
from bot.model import Card, FileField, Form, Paragraph, Row
from bot.onetime import Shown

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi", "ps", "ckb", "dv", "ug"})
_ACCEPT = "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain"

_STYLE = """
:root { color-scheme: light dark; --back: #fbfaf8; --front: #1d1b19; --line: #75706a; --key: #1f4e8c; --on: #fff }
@media (prefers-color-scheme: dark) {
  :root { --back: #191817; --front: #f2efeb; --line: #a39d96; --key: #a9c8f5; --on: #10131a }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--front); font: 1.0625rem/1.55 system-ui, sans-serif }
main { max-width: 36rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
dl { margin: 0 } dt { font-weight: 600 } dd { margin: 0 0 .75rem }
label { display: block; font-weight: 600 }
input { display: block; width: 100%; margin: .5rem 0 1.25rem; padding: .75rem; font: inherit; color: inherit;
  border: 1px solid var(--line); border-radius: .4rem }
button { min-height: 2.75rem; padding: .5rem 1.5rem; font: inherit; font-weight: 600; color: var(--on);
  background: var(--key); border: 0; border-radius: .4rem }
:focus-visible { outline: 3px solid var(--key); outline-offset: 3px }
"""

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def page(shown: Shown) -> str:
    """All of it."""
    reply, language = shown.reply, shown.locale.replace("_", "-").split("-")[0].lower()
    language = language if language in LANGUAGES else "en"
    direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
    if isinstance(reply, Form):
        title, body = reply.title, _form(reply)
    else:
        assert isinstance(reply, Card)  # noqa: S101 - a document is no page
        title, body = reply.title, _card(reply)
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _card(card: Card) -> str:
    parts = [_block(each) for each in card.body if isinstance(each, Paragraph | Row)]
    parts += [
        f'<form method="post"><button>{escape(each.label)}</button></form>' for each in card.buttons[:1]
    ]
    return "\n".join(parts)


def _block(block: Paragraph | Row) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    return f"<dl><dt>{escape(block.label)}</dt><dd>{escape(block.value)}</dd></dl>"


def _form(form: Form) -> str:
    fields = "\n".join(_field(each) for each in form.fields if isinstance(each, FileField))
    button = f"<button>{escape(form.submit)}</button>"
    return f'<form method="post" enctype="multipart/form-data">\n{fields}\n{button}\n</form>'


def _field(field: FileField) -> str:
    name, several = escape(field.name), " multiple" if field.most > 1 else ""
    return (
        f'<label for="{name}">{escape(field.label)}</label>\n<p id="{name}-hint">{escape(field.hint)}</p>\n'
        f'<input type="file" id="{name}" name="{name}" accept="{_ACCEPT}" '
        f'aria-describedby="{name}-hint" required{several}>'
    )
