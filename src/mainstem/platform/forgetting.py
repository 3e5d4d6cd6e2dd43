"""What the platform keeps of somebody by accident: arrivals that could not be read, and errors that quote them."""

from collections.abc import Collection

import msgspec
import phonenumbers

from mainstem.kernel.refusals import Kind, declare, refuse
from mainstem.platform.arrays import Bigints
from mainstem.platform.work import Work

CONTENT_ERASED = declare(
    "content_erased",
    Kind.CONFLICT,
    "What arrived was erased together with the person that it was about.",
    "Nothing is to be done with it.",
)

_encode = msgspec.json.Encoder().encode

# Compared without what people type differently in numbers: blanks, hyphens, brackets, dots, the plus.
_PLAIN = "lower(translate({}, ' -().+', ''))"
_NAMED = f"exists (select from unnest(%b::text[]) as w (word) where position({_PLAIN.format('w.word')} in {{}}) > 0)"

_FIND_ARRIVALS = f"""
select id from platform.quarantine
where {_NAMED.format(_PLAIN.format("encode(payload, 'escape')"))} order by id for update
"""  # noqa: S608 - only constants are put together

_FORGET_ARRIVALS = """
update platform.quarantine set payload = '{}', fingerprint = decode(md5('erased ' || id), 'hex'), refusal = %b::json,
    note = '', settled_by = case when state = 'waiting' then %b::bigint else settled_by end,
    settled_at = coalesce(settled_at, %b::timestamptz),
    state = case when state = 'waiting' then 'set_aside' else state end
where id = any(%b::bigint[])
"""

_FORGET_ERRORS = f"update platform.job_failure set error = '' where {_NAMED.format(_PLAIN.format('error'))}"  # noqa: S608


async def forget_words(work: Work, words: Collection[str], actor: int) -> int:
    """Empty every arrival in quarantine, and every error of a job, that contains one of these words; how many arrivals.

    Words are whole references and identifiers, so that nobody else is met. What waited is set aside.
    """
    wanted = sorted({form for word in words for form in forms(word)})
    if not wanted:
        return 0
    rows = (await work.read((_FIND_ARRIVALS, (wanted,))))[0]
    ids = [row[0] for row in rows]
    if ids:
        work.write(_FORGET_ARRIVALS, _encode(refuse(CONTENT_ERASED)).decode(), actor, work.now, Bigints(ids))
    work.write(_FORGET_ERRORS, wanted)
    return len(ids)


def forms(word: str) -> set[str]:
    """How a word may have been written: a telephone number also without its country."""
    found = {word}
    if word.startswith("+"):
        try:
            found.add(str(phonenumbers.parse(word).national_number))
        except phonenumbers.NumberParseException:
            return found
    return found
