"""QR codes, for pages under a strict content policy."""

import io

import segno


def qr_svg(text: str) -> str:
    """A QR code as an inline SVG without any style or script. It needs a white ground (`.qr-box`)."""
    buffer = io.BytesIO()
    segno.make(text, error="m").save(
        buffer, kind="svg", scale=4, border=2, xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, light=None
    )
    return buffer.getvalue().decode()
