"""Rule: a text part as people read it: soft line breaks joined, a clear signature's armour off, nothing harmful."""

import re
from typing import Final

#: C0 and C1 without tab and newline, lone surrogates, non-characters, and the overrides that make text read backwards.
_HARMFUL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_QUOTE_MARKS: Final = re.compile(r"(>*) ?")
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----\n"
_END: Final = "-----END PGP SIGNATURE-----"
_ESCAPED_DASH: Final = re.compile("^- ", re.MULTILINE)
#: The mark after a text of which the rest was not kept.
CUT_MARK: Final = "\n[…]"


def cleaned(text: str) -> str:
    """With plain newlines, and without what can't be stored or misleads; joiners and direction marks stay."""
    return _HARMFUL.sub("", _LINE_ENDS.sub("\n", text)).removeprefix("\ufeff")


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Lines that the sender's program broke joined again (RFC 3676, format=flowed)."""
    result: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        marks = _QUOTE_MARKS.match(line)
        depth, words = (marks.end(1), line[marks.end() :]) if marks else (0, line)
        if depth != open_depth:
            result.append("\n" + ">" * depth + (" " if depth else ""))
        soft = words.endswith(" ") and words != "-- "
        result.append(words[:-1] if soft and delsp else words)
        open_depth = depth if soft else -1
    return "".join(result)[1:]


def unarmoured(text: str) -> str:
    """Without the armour of OpenPGP clear signatures (RFC 9580, 7): the words inside, dashes unescaped."""
    result: list[str] = []
    at = 0
    while (begin := text.find(_SIGNED, at)) >= 0:
        words = text.find("\n\n", begin)  # the armour's headers end at a blank line
        signature = text.find(_SIGNATURE, words) if words >= 0 else -1
        end = text.find(_END, signature) if signature >= 0 else -1
        if end < 0:
            break
        result += [text[at:begin], _ESCAPED_DASH.sub("", text[words + 2 : signature])]
        at = end + len(_END)
    return "".join([*result, text[at:]])


def shortened(text: str, limit: int) -> tuple[str, bool]:
    """At most ``limit`` bytes of UTF-8, with a mark where the rest is missing, and whether it is."""
    data = text.encode()
    if len(data) <= limit:
        return text, False
    return data[:limit].decode(errors="ignore") + CUT_MARK, True
