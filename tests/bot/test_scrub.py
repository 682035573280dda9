from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Object, Pdf, Stream, String
from PIL import Image, ImageChops

from bot.errors import Refusal
from bot.scrub import KINDS, Clean, scrub, scrubbed
from bot.scrubbing import sentences
from bot.scrubbing.sentences import LIMIT
from tests.bot import hostile
from tests.bot.hostile import MARK, SAID, SIZE

CAMPAIGN = bool(os.environ.get("METOO_CAMPAIGN"))
FLIPS = range(40 if CAMPAIGN else 2)
FLIPS_EACH = 400 if CAMPAIGN else 60

STARTS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "pdf": b"%PDF-", "txt": b""}
VALID = {
    "jpeg": hostile.jpeg(),
    "progressive jpeg": hostile.jpeg(progressive=True),
    "png": hostile.png(),
    "gif": hostile.gif(),
    "webp": hostile.webp(),
    "pdf": hostile.loaded_pdf(),
    "form": hostile.filled_pdf(),
    "text": "Grüße, und mehr davon.\n".encode(),
    "wide text": "Grüße, und mehr davon.\n".encode("utf-16"),
}
FOREIGN = dict(hostile.foreign())
REFUSED = {
    "nothing": b"",
    "too much": b"a" * (LIMIT + 1),
    "a ZIP": hostile.archive(),
    "too many pixels": hostile.bomb_png(),
    "a locked PDF": hostile.locked_pdf(),
}


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        scrub(data)
    assert refusal.value.text in sentences.ALL
    assert refusal.value.text.format(**refusal.value.values)
    return refusal.value.text


def image(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def seen_in(data: bytes) -> Iterator[bytes]:
    """The bytes of a file, and all that is packed in them, each kind of string as its letters."""
    yield data
    if data.startswith(b"%PDF-"):
        with Pdf.open(io.BytesIO(data)) as pdf:
            for each in pdf.objects:
                yield each.unparse(resolved=True)
                yield from strings(each)
                if isinstance(each, Stream):
                    yield each.read_raw_bytes()
                    if each.get("/Filter") != "/DCTDecode":
                        yield each.read_bytes()
            yield from strings(pdf.trailer)
    if data.startswith(STARTS["png"]):
        for at in range(len(data)):
            unpacker = zlib.decompressobj()
            try:
                yield unpacker.decompress(data[at:])
            except zlib.error:
                continue


def strings(value: Object, depth: int = 0) -> Iterator[bytes]:
    if isinstance(value, String):
        yield str(value).encode()
    if isinstance(value, Array) and depth < 9:
        for each in value:
            yield from strings(each, depth + 1)
    if isinstance(value, Dictionary | Stream) and depth < 9:
        for name, each in value.items():
            yield name.encode()
            yield from strings(each, depth + 1)


def marked(data: bytes) -> bool:
    wide = SAID.encode("utf-16-le"), SAID.encode("utf-16-be")
    return any(mark in each for each in seen_in(data) for mark in (MARK, *wide, b"PK\x03\x04"))


def page(data: bytes) -> tuple[Pdf, Object]:
    pdf = Pdf.open(io.BytesIO(data))
    return pdf, pdf.pages[0].obj


# --- pictures


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_keeps_every_pixel_that_is_seen(mode: str) -> None:
    clean = scrub(hostile.png(mode))
    before = image(hostile.png(mode))
    if mode == "I;16":  # what was twice as deep has the upper half of each number
        before = Image.frombytes("L", SIZE, before.tobytes()[1::2])
    seen = before.convert("RGBA")
    alpha = seen.getchannel("A").point([0] + [255] * 255)
    after = image(clean.data).convert("RGBA")
    assert clean.kind == "png"
    assert after.size == SIZE
    blank = Image.new("RGBA", SIZE)
    assert (
        ImageChops.difference(
            Image.composite(seen, blank, alpha), Image.composite(after, blank, alpha)
        ).getextrema()
        == ((0, 0),) * 4
    )


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg", "png", "gif", "webp"])
def test_nothing_but_pixels_is_left_of_a_picture(name: str) -> None:
    assert marked(VALID[name])
    clean = scrub(VALID[name])
    assert not marked(clean.data)
    assert set(image(clean.data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert scrub(clean.data).kind == clean.kind


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_stays_a_jpeg_that_looks_the_same(mode: str) -> None:
    clean = scrub(hostile.jpeg(mode=mode))
    before, after = image(hostile.jpeg(mode=mode)).convert("RGB"), image(clean.data).convert("RGB")
    assert clean.kind == "jpeg"
    small = [each.resize((4, 4)) for each in (before, after)]
    assert max(ImageChops.difference(*small).tobytes()) < 24


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_was_only_marked_to_be_turned_is_turned(orientation: int) -> None:
    after = image(scrub(hostile.jpeg(orientation)).data)
    assert after.size == (SIZE if orientation < 5 else SIZE[::-1])


def test_what_was_under_transparent_pixels_is_gone() -> None:
    picture = hostile.painting("RGBA")
    picture.putalpha(0)
    after = image(scrub(hostile.saved(picture, "PNG")).data)
    assert after.getextrema() == ((0, 0),) * 4


def test_of_a_moving_picture_the_first_frame_is_left() -> None:
    after = image(scrub(hostile.gif()).data)
    before = image(hostile.gif())
    assert getattr(after, "n_frames", 1) == 1
    assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_truncated_picture_is_refused(form: str) -> None:
    whole = hostile.saved(hostile.painting(), form)
    assert scrub(whole).kind in KINDS
    for part in hostile.truncated(whole):
        assert refused(part) == sentences.BROKEN_PICTURE


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    assert refused(hostile.bomb_png()) == sentences.TOO_MANY_PIXELS
    assert refused(hostile.bomb_png(10_000)) == sentences.TOO_MANY_PIXELS


def test_text_that_unpacks_without_end_is_refused() -> None:
    assert refused(hostile.bomb_text_png()) == sentences.BROKEN_PICTURE


def test_a_phones_own_kind_of_picture_is_refused_with_a_way_out() -> None:
    for brand in (b"heic", b"mif1", b"avif"):
        assert refused(b"\0\0\0\x18ftyp" + brand + bytes(100)) == sentences.OTHER_PICTURE


# --- PDF


def test_a_pdf_keeps_what_its_page_draws() -> None:
    pdf, drawn = page(scrub(hostile.loaded_pdf()).data)
    with pdf:
        steps = drawn.Contents.read_bytes()
        assert b"(What the page says) Tj" in steps
        assert steps.count(b" Do") == 3
        photo, raw, form = (drawn.Resources.XObject[f"/X{n}"] for n in range(3))
        assert raw.read_bytes() == hostile.painting().tobytes()
        assert form.read_bytes().split() == b"0 0 10 10 re f".split()
        bare = image(photo.read_raw_bytes())
        assert bare.tobytes() == image(hostile.jpeg()).tobytes()
        assert drawn.Resources.Font.F0.BaseFont == "/Helvetica"


def test_nothing_that_a_pdf_does_not_draw_is_left() -> None:
    assert marked(hostile.loaded_pdf())
    clean = scrub(hostile.loaded_pdf())
    assert not marked(clean.data)
    pdf, drawn = page(clean.data)
    with pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert set(pdf.trailer.keys()) & {"/Info", "/Encrypt"} == set()
        assert set(drawn.keys()) == {"/Type", "/Parent", "/MediaBox", "/Contents", "/Resources"}


def test_the_same_pdf_becomes_the_same_bytes() -> None:
    assert scrub(hostile.loaded_pdf()) == scrub(hostile.loaded_pdf())


def test_what_was_filled_into_a_form_is_drawn_and_its_fields_are_gone() -> None:
    clean = scrub(hostile.filled_pdf())
    assert any(b"(filled in)" in each for each in seen_in(clean.data))
    assert not marked(clean.data)


def test_a_picture_within_the_steps_of_a_page_keeps_its_pixels_alone() -> None:
    head = b"q 9 0 0 9 0 0 cm BI /W 48 /H 32 /CS /RGB /BPC 8 /F /DCT ID "
    clean = scrub(hostile.written(hostile.pdf(head + hostile.jpeg() + b"\nEI Q")))
    assert not marked(clean.data)
    pdf, drawn = page(clean.data)
    with pdf:
        assert drawn.Contents.read_bytes().split()[-2:] == [b"Do", b"Q"]
        assert image(drawn.Resources.XObject.X0.read_raw_bytes()).size == SIZE


@pytest.mark.parametrize(("k", "black"), [(-1, False), (-1, True), (0, False)])
def test_a_fax_in_a_pdf_keeps_its_pixels(k: int, black: bool) -> None:
    drawn = hostile.painting("1")
    made = hostile.pdf(b"q /Fax Do Q")
    made.pages[0].obj.Resources.XObject.Fax = hostile.fax(made, drawn, k, black=black)
    clean = scrub(hostile.written(made))
    pdf, after = page(clean.data)
    with pdf:
        pixels = after.Resources.XObject.X0.read_bytes()
    assert pixels == (bytes(255 - each for each in drawn.tobytes()) if black else drawn.tobytes())


def test_a_locked_pdf_is_refused() -> None:
    assert refused(hostile.locked_pdf()) == sentences.LOCKED_PDF
    assert refused(hostile.locked_pdf("secret")) == sentences.LOCKED_PDF


def test_a_pdf_that_hides_layers_is_refused() -> None:
    assert refused(hostile.layered_pdf()) == sentences.LAYERS


@pytest.mark.parametrize(
    "build",
    [
        hostile.bomb_pdf,
        hostile.bomb_in_bomb_pdf,
        hostile.endless_pdf,
        hostile.laughing_pdf,
        hostile.nested_pdf,
        hostile.pages_in_a_circle,
    ],
)
def test_a_pdf_that_grows_without_end_is_refused(build: Callable[[], bytes]) -> None:
    assert refused(build()) in {sentences.BROKEN_PDF, sentences.TOO_MUCH}


def test_a_pdf_has_a_most_of_pages() -> None:
    with Pdf.open(io.BytesIO(scrub(hostile.many_pages(500)).data)) as pdf:
        assert len(pdf.pages) == 500
    assert refused(hostile.many_pages(501)) == sentences.TOO_MANY_PAGES


def test_a_truncated_pdf_is_refused() -> None:
    for part in hostile.truncated(hostile.written(hostile.pdf())):
        assert refused(part) == sentences.BROKEN_PDF


# --- text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße\r\nund\rmehr\u2028so".encode(), "Grüße\nund\nmehr\nso\n"),
        ("\ufeffGrüße".encode(), "Grüße\n"),
        ("Grüße 😀".encode("utf-16"), "Grüße 😀\n"),
        (b"\xfe\xff" + "Grüße".encode("utf-16-be"), "Grüße\n"),
        (
            "a\u200bb\u200dc\u202ed\u2066e\u00adf\ufeffg\U000e0041h\ufe0fi\U000e0100j\u3164k".encode(),
            "abcdefghijk\n",
        ),
        (b"a\x1b[31mb\x07\x7f", "a[31mb\n"),
        ("a\u00a0b\u2009c\u202fd  \t \ne".encode(), "a b c d\ne\n"),
        ("مرحبا 漢字\u3000かな".encode(), "مرحبا 漢字\u3000かな\n"),
    ],
)
def test_a_text_keeps_what_can_be_read(data: bytes, text: str) -> None:
    clean = scrub(data)
    assert clean.kind == "txt"
    assert clean.data.decode() == text
    assert scrub(clean.data) == clean


def test_a_text_in_an_old_coding_is_refused_with_a_way_out() -> None:
    assert refused("Grüße".encode("latin-1")) == sentences.OTHER_TEXT
    assert refused(b"\xff\xfeG\xd8") == sentences.OTHER_KIND or sentences.OTHER_TEXT


def test_a_text_of_nothing_that_can_be_seen_is_empty() -> None:
    assert refused("\u200b\ufeff \n\t".encode()) == sentences.EMPTY


# --- what is none of these


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_other_kinds_of_files_are_refused(name: str) -> None:
    assert refused(FOREIGN[name]) == sentences.OTHER_KIND


def test_an_empty_file_is_refused() -> None:
    assert refused(b"") == sentences.EMPTY


def test_a_file_has_a_most_of_bytes() -> None:
    assert refused(bytes(50 * 1024 * 1024)) == sentences.TOO_LARGE
    assert refused(b"a" * (LIMIT + 1)) == sentences.TOO_LARGE
    assert len(scrub(b"a" * (LIMIT - 1)).data) == LIMIT


def test_a_file_that_grows_when_it_is_cleaned_is_refused() -> None:
    assert refused(b"\xff\xfe" + "漢".encode("utf-16-le") * (LIMIT // 2 - 8)) == sentences.GREW


def test_what_is_clean_shows_nothing_of_itself() -> None:
    assert SAID not in repr(Clean("txt", MARK))


# --- anything at all


def cleaned(data: bytes) -> Clean | str:
    """The clean file, or the sentence that refused it."""
    try:
        return scrub(data)
    except Refusal as refusal:
        return refusal.text


def survives(data: bytes) -> None:
    clean = cleaned(data)
    if isinstance(clean, str):
        assert clean in sentences.ALL
        return
    assert clean.kind in KINDS
    assert clean.data.startswith(STARTS[clean.kind])
    assert clean.kind == "txt" or not marked(clean.data)


@given(st.sampled_from([*STARTS.values(), b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\xff\xfe"]), st.binary())
@example(b"%PDF-1.7\n", b"%%EOF")
def test_whatever_comes_is_cleaned_or_refused(start: bytes, rest: bytes) -> None:
    survives(start + rest)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(VALID)),
    st.lists(st.tuples(st.integers(0), st.integers(0, 7)), min_size=1, max_size=8),
)
def test_a_file_with_flipped_bits_is_cleaned_or_refused(name: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(VALID[name])
    for at, bit in flips:
        data[at % len(data)] ^= 1 << bit
    survives(bytes(data))


@pytest.mark.campaign
@pytest.mark.parametrize("name", sorted(VALID))
@pytest.mark.parametrize("seed", FLIPS)
def test_files_that_were_damaged_anyhow_are_cleaned_or_refused(name: str, seed: int) -> None:
    random = Random(f"{name} {seed}")
    for _ in range(FLIPS_EACH):
        survives(damaged(VALID[name], random))


def damaged(data: bytes, random: Random) -> bytes:
    """Some bytes changed, left out, repeated, or taken from another file."""
    parts = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at, length = random.randrange(len(parts) + 1), random.randint(1, 40)
        other = random.choice(sorted(VALID.values()))
        start = random.randrange(len(other))
        parts[at : at + random.choice((0, length))] = random.choice(
            (random.randbytes(length), b"", parts[at : at + length] * 2, other[start : start + length])
        )
    return bytes(parts)


# --- in a process of its own


@pytest.mark.parametrize("name", sorted(VALID))
async def test_the_process_that_cleans_says_the_same(name: str) -> None:
    assert await scrubbed(VALID[name]) == scrub(VALID[name])


@pytest.mark.parametrize("name", sorted(REFUSED))
async def test_the_process_that_cleans_refuses_the_same(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await scrubbed(REFUSED[name])
    assert refusal.value.text == refused(REFUSED[name])
    assert refusal.value.text.format(**refusal.value.values)


async def test_as_many_pixels_as_are_taken_fit_into_the_memory_there_is() -> None:
    picture = Image.new("RGB", (8000, 5000), "teal")
    assert (await scrubbed(hostile.saved(picture, "JPEG"))).kind == "jpeg"
    picture.putalpha(9)
    assert (await scrubbed(hostile.saved(picture, "PNG", compress_level=1))).kind == "png"
