"""A page of 1,200 x 675 pixels to draw on: the only module that knows matplotlib.

Pixels count from the upper left corner. Text is data: it is never read as mathematics or TeX, what
the font has no glyph for is shown as U+FFFD, and what is too long for its place is cut in the
middle. Colours are those of Okabe and Ito (2008), which the colour-blind can tell apart, and no
colour stands without a shape of its own. Fonts come with matplotlib, nothing is read from the
machine's settings that would change the picture: one version of matplotlib makes the same bytes.
"""

from __future__ import annotations

import functools
import io
import unicodedata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from kubectl_smart.bot.render.printable import ELLIPSIS, visible

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

WIDTH, HEIGHT = 1_200, 675

INK = "#1b1b1b"
FAINT = "#6b6b6b"
RULE = "#c9c9c9"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"
TINTS = ("#d6eaf5", "#fbebc8", "#d2eee5", "#f6dfeb", "#ececec")

LARGE, BODY, SMALL = 33.0, 24.0, 21.0
"""Heights of letters in pixels: on a phone's screen, a third of it."""

_DPI = 100
_MISSING = "\ufffd"
_LTR = "\u200e"
_LONGEST = 400
Anchor = Literal["left", "center", "right"]
Face = Literal["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]
REGULAR: Face = "DejaVuSans.ttf"
BOLD: Face = "DejaVuSans-Bold.ttf"


class Shape(NamedTuple):
    """How a kind of mark looks: matplotlib's marker and a colour."""

    marker: str
    colour: str


SHAPES = {
    "human": Shape("o", BLUE),
    "automation": Shape("s", ORANGE),
    "controller": Shape("D", GREEN),
    "node": Shape("h", SKY),
    "unknown": Shape("X", FAINT),
    "warning": Shape("^", VERMILLION),
    "event": Shape("v", SKY),
    "step": Shape("P", PURPLE),
    "note": Shape("p", PURPLE),
    "incident": Shape("*", VERMILLION),
    "between": Shape("o", PAPER),
}
"""Who or what a mark stands for, and its colour and shape."""


class Page:
    """One picture in the making."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=PAPER)
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(HEIGHT, 0)
        self._axes.set_axis_off()

    def width(self, text: str, size: float, face: Face = REGULAR) -> float:
        """Pixels the text takes, as it would be drawn."""
        renderer = self._canvas.get_renderer()  # type: ignore[no-untyped-call]  # as it is there
        return float(renderer.get_text_width_height_descent(text, _font(face, size), False)[0])

    def fitting(self, text: str, room: float, size: float, face: Face = REGULAR) -> str:
        """The text as it can be drawn, cut in the middle to so many pixels; "" if nothing fits."""
        shown = drawable(text, face)
        if self.width(shown, size, face) <= room:
            return shown
        low, high = 0, len(shown)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(_cut(shown, middle), size, face) <= room:
                low = middle
            else:
                high = middle - 1
        return _cut(shown, low) if low else ""

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BODY,
        room: float = WIDTH,
        anchor: Anchor = "left",
        colour: str = INK,
        face: Face = REGULAR,
        layer: int = 5,
    ) -> None:
        """Text on one line, its middle at the height y, within `room` pixels."""
        self._axes.text(
            x,
            y,
            _left_to_right(self.fitting(text, room, size, face)),
            fontproperties=_font(face, size),
            color=colour,
            horizontalalignment=anchor,
            verticalalignment="center_baseline",
            parse_math=False,
            usetex=False,
            zorder=layer,
        )

    def line(
        self,
        points: list[tuple[float, float]],
        *,
        colour: str = RULE,
        thick: float = 2.0,
        dashed: bool = False,
        layer: int = 2,
    ) -> None:
        """A line through the points; `thick` in pixels."""
        self._axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            color=colour,
            linewidth=thick * 72 / _DPI,
            linestyle=(0, (4.0, 3.0)) if dashed else "-",
            marker="None",
            solid_capstyle="butt",
            solid_joinstyle="miter",
            scalex=False,
            scaley=False,
            zorder=layer,
        )

    def box(
        self, x: float, y: float, wide: float, high: float, *, fill: str, edge: str, layer: int = 1
    ) -> None:
        """A rectangle from its upper left corner."""
        from matplotlib.patches import Rectangle

        self._axes.add_patch(
            Rectangle(
                (x, y), wide, high, facecolor=fill, edgecolor=edge, linewidth=1.4, zorder=layer
            )
        )

    def band(
        self, pieces: list[tuple[float, float, float, float]], *, fill: str, hatch: str
    ) -> None:
        """Rectangles (left, right, lower edge, upper edge) of one colour and hatching, unframed."""
        from matplotlib.collections import PolyCollection

        self._axes.add_collection(
            PolyCollection(
                [
                    [(left, low), (right, low), (right, high), (left, high)]
                    for left, right, low, high in pieces
                ],
                facecolor=fill,
                edgecolor=INK,
                hatch=hatch or None,
                linewidth=0.0,
                zorder=1,
            ),
            autolim=False,
        )

    def mark(
        self, x: float, y: float, shape: str, *, size: float = 22.0, hollow: bool = False
    ) -> None:
        """A mark of SHAPES; `size` in pixels. Hollow ones are not named in the picture."""
        look = SHAPES[shape]
        self._axes.plot(
            [x],
            [y],
            linestyle="None",
            marker=look.marker,
            markersize=size * 72 / _DPI,
            markerfacecolor=PAPER if hollow else look.colour,
            markeredgecolor=look.colour if hollow else INK,
            markeredgewidth=1.4,
            scalex=False,
            scaley=False,
            zorder=4,
        )

    def number(self, x: float, y: float, number: int) -> None:
        """The number by which a mark is named, dark on a light disc."""
        self._axes.plot(
            [x],
            [y],
            linestyle="None",
            marker="o",
            markersize=27 * 72 / _DPI,
            markerfacecolor=PAPER,
            markeredgecolor=INK,
            markeredgewidth=1.4,
            scalex=False,
            scaley=False,
            zorder=6,
        )
        self.text(x, y, str(number), size=18.0, anchor="center", face=BOLD, layer=7)

    def png(self) -> bytes:
        """The picture; the same bytes for the same drawing."""
        written = io.BytesIO()
        self._canvas.print_png(  # type: ignore[no-untyped-call]  # as it is there
            written, metadata={"Software": None}
        )
        return written.getvalue()


def drawable(text: str, face: Face = REGULAR) -> str:
    """The text on one line as it can be drawn: nothing hidden, nothing without a glyph.

    At most 400 characters of it.
    """
    cut = text if len(text) <= _LONGEST else _cut(text, _LONGEST)
    glyphs = _glyphs(face)
    return "".join(char if ord(char) in glyphs else _MISSING for char in visible(cut))


def _left_to_right(text: str) -> str:
    """Each run of letters written from right to left between marks, so that it turns only itself.

    Else `before → after` would be drawn the other way round.
    """
    if text.isascii():
        return text
    runs = groupby(text, lambda char: unicodedata.bidirectional(char) in ("R", "AL"))
    return "".join(
        f"{_LTR}{''.join(run)}{_LTR}" if turned else "".join(run) for turned, run in runs
    )


def _cut(text: str, keep: int) -> str:
    """The text whole if it has no more than `keep` characters, else so many with its middle cut."""
    if len(text) <= keep:
        return text
    end = keep // 3
    return text[: keep - end].rstrip() + ELLIPSIS + (text[-end:].lstrip() if end else "")


@functools.cache
def _path(face: Face) -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / face


@functools.cache
def _font(face: Face, size: float) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_path(face), size=size * 72 / _DPI)


@functools.cache
def _glyphs(face: Face) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_path(face))).get_charmap())
