"""Files as they should not be: everything is built here, and nothing of it comes from elsewhere.

`MARK` stands wherever a file can say more than it shows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from pikepdf import Array, AttachedFileSpec, Dictionary, Encryption, Name, Object, Pdf, String
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import TiffImageFile

MARK = b"Planted-Mark"
SAID = MARK.decode()
SIZE = (48, 32)


def painting(mode: str = "RGB") -> Image.Image:
    """Every pixel another."""
    width, height = SIZE
    picture = Image.frombytes("L", SIZE, bytes(n * 7 % 256 for n in range(width * height)))
    if mode == "I;16":
        return Image.frombytes(
            mode, SIZE, bytes(value for each in picture.tobytes() for value in (each, each))
        )
    colour = Image.merge(
        "RGB", (picture, picture.rotate(180), picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    )
    if mode in {"RGBA", "LA", "PA"}:
        colour.putalpha(picture)
    return colour if colour.mode == mode else colour.convert(mode)


def saved(picture: Image.Image, form: str, **how: object) -> bytes:
    file = BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def _exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = SAID
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[29] = SAID
    exif.get_ifd(0x8769)[0x9286] = MARK
    return exif


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(orientation: int = 1, mode: str = "RGB", **how: object) -> bytes:
    """A JPEG with a mark in each kind of segment, a thumbnail, and a ZIP behind its end."""
    data = saved(
        painting(mode),
        "JPEG",
        exif=_exif(orientation),
        comment=MARK,
        icc_profile=MARK * 20,
        xmp=MARK,
        **how,
    )
    thumbnail = b"JFXX\0\x10" + saved(painting().resize((8, 8)), "JPEG", comment=MARK)
    more = (0xE0, thumbnail), (0xED, b"Photoshop 3.0\0" + MARK), (0xEB, MARK), (0xEF, MARK), (0xFE, MARK)
    return data[:2] + b"".join(segment(*each) for each in more) + data[2:] + archive()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(mode: str = "RGB") -> bytes:
    """A PNG with a mark in each chunk that can hold one, and behind its end."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", SAID)
    said.add_text("Comment", SAID, zip=True)
    said.add_itxt("XML:com.adobe.xmp", SAID, zip=True)
    said.add_itxt(SAID, SAID)
    data = saved(painting(mode), "PNG", pnginfo=said, exif=_exif(), icc_profile=MARK * 20)
    more = chunk(b"tIME", bytes(7)) + chunk(b"prVt", MARK) + chunk(b"zTXt", b"a\0\0" + zlib.compress(MARK))
    return data[:-12] + more + data[-12:] + archive()


def gif() -> bytes:
    """Two frames, a comment, and an archive behind them, as Java once took it (GIFAR)."""
    second = painting("P").rotate(180)
    moving = saved(painting("P"), "GIF", save_all=True, append_images=[second], comment=MARK)
    return moving + archive()


def webp() -> bytes:
    return saved(painting(), "WEBP", lossless=True, exif=_exif(), xmp=MARK, icc_profile=MARK * 20) + archive()


def archive() -> bytes:
    """A ZIP with one stored file, as bytes that may stand behind anything."""
    name = b"a.html"
    crc = zlib.crc32(MARK)
    local = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, crc, len(MARK), len(MARK), len(name), 0)
    entry = struct.pack(
        "<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, crc, len(MARK), len(MARK), len(name), 0, 0, 0, 0, 0, 0
    )
    first = b"PK\x03\x04" + local + name + MARK
    second = b"PK\x01\x02" + entry + name
    return first + second + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(second), len(first), 0)


def bomb_png(side: int = 50_000) -> bytes:
    """A few kilobytes that say they are a picture of `side` times `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb_text_png() -> bytes:
    """A small picture whose text unpacks to 100 MB."""
    plain = saved(painting(), "PNG")
    packed = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))
    return plain[:33] + packed + plain[33:]


def written(pdf: Pdf, *, compress: bool = True, encryption: Encryption | None = None) -> bytes:
    file = BytesIO()
    pdf.save(file, fix_metadata_version=False, compress_streams=compress, encryption=encryption)
    return file.getvalue()


STEPS = b"""% Planted-Mark
/Span << /ActualText (Planted-Mark) >> BDC
BT /Planted-Mark 12 Tf 20 150 Td (What the page says) Tj ET
EMC
q 100 0 0 60 20 20 cm /Photo Do Q
q 30 0 0 30 150 20 cm /Raw Do Q
/Planted-Mark MP
(Planted-Mark) 1 w
q 1 0 0 1 0 0 cm /Drawn Do Q
"""


def pdf(steps: bytes = STEPS) -> Pdf:
    """A page with text, a photo, raw pixels and a drawing, and no mark but those in `steps`."""
    made = Pdf.new()
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    drawn = made.make_stream(
        b"0 0 10 10 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 99, 99])
    )
    named = {"/Photo": photo(made), "/Raw": raw(made), "/Drawn": drawn}
    page = made.add_blank_page(page_size=(300, 200))
    page.obj.Contents = made.make_stream(steps)
    page.obj.Resources = Dictionary(Font=Dictionary({f"/{SAID}": font}), XObject=Dictionary(named))
    return made


def photo(made: Pdf) -> Object:
    width, height = SIZE
    return made.make_stream(
        jpeg(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=Array([Name.ICCBased, made.make_stream(MARK * 9, N=3)]),
        Filter=Name.DCTDecode,
        Metadata=made.make_stream(MARK),
        OPI=Dictionary(Comments=String(SAID)),
    )


def raw(made: Pdf) -> Object:
    """Pixels with more behind the last one."""
    width, height = SIZE
    return made.make_stream(
        painting().tobytes() + MARK,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=Name.DeviceRGB,
        Name=Name(f"/{SAID}"),
    )


def fax(made: Pdf, picture: Image.Image, k: int, *, black: bool) -> Object:
    """A picture of black and white as a fax machine sends it."""
    how = "group4" if k < 0 else "group3"
    whole = saved(picture, "TIFF", compression=how, tiffinfo={262: 0, 278: SIZE[1]})
    tiff = TiffImageFile(BytesIO(whole))
    at, length = (tiff.tag_v2[tag][0] for tag in (273, 279))
    width, height = SIZE
    return made.make_stream(
        whole[at : at + length] + MARK,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=1,
        ColorSpace=Name.DeviceGray,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=k, Columns=width, Rows=height, BlackIs1=black),
    )


def _in_the_catalogue(made: Pdf) -> None:
    root = made.Root
    script = Dictionary(S=Name.JavaScript, JS=String(SAID))
    root.OpenAction = script
    root.AA = Dictionary(WC=script)
    root.PieceInfo = Dictionary(App=Dictionary(LastModified=String(SAID), Private=String(SAID)))
    root.Lang = String(SAID)
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(SAID))]))
    group = made.make_indirect(Dictionary(Type=Name.OCG, Name=String(SAID)))
    root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(Name=String(SAID), Order=Array([group])))
    element = made.make_indirect(Dictionary(S=Name.P, T=String(SAID), Alt=String(SAID)))
    root.StructTreeRoot = made.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=element))
    made.trailer[f"/{SAID}"] = String(SAID)
    made.trailer.ID = Array([String(SAID), String(SAID)])
    made.attachments["a.txt"] = AttachedFileSpec(made, MARK, description=SAID, filename=f"{SAID}.txt")
    named = Dictionary(Names=Array([String(SAID), script]))
    root.Names.JavaScript = made.make_indirect(named)
    root.Outlines = made.make_indirect(Dictionary(First=made.make_indirect(Dictionary(Title=String(SAID)))))


def _on_the_page(made: Pdf) -> None:
    page = made.pages[0].obj
    page.PieceInfo = Dictionary(App=Dictionary(Private=String(SAID)))
    page.LastModified = String(SAID)
    page.Thumb = photo(made)
    page.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String(SAID)))
    page.Metadata = made.make_stream(MARK)
    page.Resources.Properties = Dictionary(MC0=Dictionary(Title=String(SAID)))
    page.Resources.XObject.Unused = made.make_stream(MARK, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
    note = Dictionary(Subtype=Name.Text, T=String(SAID), Contents=String(SAID), Rect=Array([0, 0, 9, 9]))
    link = Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(SAID)), Rect=Array([0, 0, 9, 9]))
    page.Annots = Array([made.make_indirect(note), made.make_indirect(link)])


def loaded_pdf() -> bytes:
    """A PDF with a mark in every place that nobody looks at."""
    made = pdf()
    _in_the_catalogue(made)
    _on_the_page(made)
    made.docinfo = made.make_indirect(
        Dictionary(Author=String(SAID), Producer=String(SAID), Title=String(SAID))
    )
    made.Root.Metadata = made.make_stream(MARK, Type=Name.Metadata, Subtype=Name.XML)
    return written(made) + b"\n<html>" + MARK + b"</html>" + archive()


def locked_pdf(user: str = "") -> bytes:
    return written(pdf(), encryption=Encryption(owner="owner", user=user))


def filled_pdf() -> bytes:
    """A form with one field that somebody filled in."""
    made = pdf()
    box = Array([10, 10, 110, 30])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(SAID), V=String("filled in"), Rect=box, F=4,
        DA=String("/F0 12 Tf 0 g"), TU=String(SAID), A=Dictionary(S=Name.SubmitForm, F=String(SAID)),
    )  # fmt: skip
    field = made.make_indirect(field)
    field.P = made.pages[0].obj
    made.pages[0].obj.Annots = Array([field])
    resources = Dictionary(Font=Dictionary(F0=font))
    made.Root.AcroForm = Dictionary(
        Fields=Array([field]), NeedAppearances=True, DR=resources, DA=String("/F0 12 Tf 0 g")
    )
    return written(made)


def layered_pdf() -> bytes:
    made = pdf()
    group = made.make_indirect(Dictionary(Type=Name.OCG, Name=String("hidden")))
    made.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))
    return written(made)


def bomb_pdf() -> bytes:
    """A few kilobytes whose page unpacks to 400 MB."""
    packed = zlib.compressobj(9)
    body = b"".join([*(packed.compress(b"0 0 m " * 1_000_000) for _ in range(67)), packed.flush()])
    made = pdf()
    made.pages[0].obj.Contents = made.make_stream(body, Filter=Name.FlateDecode)
    return written(made, compress=False)


def bomb_in_bomb_pdf() -> bytes:
    """The same, packed twice."""
    inner = zlib.compress(zlib.compress(bytes(300_000_000), 9), 9)
    made = pdf()
    made.pages[0].obj.Contents = made.make_stream(inner, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    return written(made, compress=False)


def endless_pdf() -> bytes:
    """Forms that draw each other in a circle."""
    made = pdf()
    forms = [made.make_stream(b"/Next Do", Subtype=Name.Form, BBox=Array([0, 0, 9, 9])) for _ in range(3)]
    for here, there in zip(forms, [*forms[1:], forms[0]], strict=True):
        here.Resources = Dictionary(XObject=Dictionary(Next=there))
    made.pages[0].obj.Resources.XObject.Photo = forms[0]
    return written(made)


def laughing_pdf() -> bytes:
    """Forms of which each draws the next ten times over: a billion drawings in a kilobyte."""
    made = pdf()
    drawn: Object = made.make_stream(b"0 0 1 1 re f", Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    for _ in range(9):
        resources = Dictionary(XObject=Dictionary({f"/N{n}": drawn for n in range(10)}))
        steps = b"".join(b"/N%d Do " % n for n in range(10))
        drawn = made.make_stream(steps, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Resources=resources)
    made.pages[0].obj.Resources.XObject.Photo = drawn
    return written(made)


def nested_pdf(depth: int = 100_000) -> bytes:
    """An array in an array, very often."""
    plain = written(pdf(), compress=False)
    return plain.replace(b"/MediaBox [ 0 0 300 200 ]", b"/MediaBox " + b"[" * depth + b"]" * depth, 1)


def pages_in_a_circle() -> bytes:
    made = pdf()
    made.Root.Pages.Kids.append(made.Root.Pages)
    return written(made)


def many_pages(count: int) -> bytes:
    made = Pdf.new()
    for _ in range(count):
        made.add_blank_page(page_size=(100, 100))
    return written(made)


def foreign() -> Iterator[tuple[str, bytes]]:
    """Files of other kinds, by what they are."""
    yield "a ZIP", archive()
    yield "a Word document", archive().replace(b"a.html", b"word/d")
    yield "an old Word document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "a program", b"MZ\x90\0\x03" + bytes(100)
    yield "another program", b"\x7fELF\x02\x01\x01" + bytes(100)
    yield "a drawing", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
    yield "a bare drawing", b"\n<svg onload='x'/>"
    yield "a web page", b"<!DOCTYPE html><p>hello"
    yield "a web page with a PDF in it", b"<html>\n" + written(pdf())
    yield "a PDF behind a word", b"hello\n" + written(pdf())
    yield "a PDF behind a remark of a web page", b"<!-- \n" + written(pdf())
    yield "a text with rich looks", b"{\\rtf1 hello}"
    yield "a PostScript program", b"%!PS-Adobe-3.0\nshowpage"
    yield "a film", b"\0\0\0\x18ftypmp42" + bytes(200)
    yield "another film", b"\x1aE\xdf\xa3" + bytes(200)
    yield "a sound", b"RIFF\0\0\0\0WAVEfmt " + bytes(200)
    yield "a BMP", saved(painting(), "BMP")
    yield "a TIFF", saved(painting(), "TIFF")
    yield "a gzip", b"\x1f\x8b\x08" + bytes(100)


def truncated(data: bytes) -> Iterator[bytes]:
    """All of it but the last eighth, but the last two, and so on."""
    for eighths in range(1, 8):
        yield data[: len(data) * eighths // 8]
