"""Messages to families: what is paid, when and where; if less, why and what to do by when.

They leave as files for the gateway that sends short messages, one for each language of a cycle, to
families who have a telephone and agreed. What was said is kept as a digest for each family
(``registry.notice``), so that it can be shown later what was promised. The sentences are those of
the law's own texts and of the printed notice; only the frame of a short message is written here.
"""

from cct_engine.messages.choices import choose
from cct_engine.messages.files import Files, MessageError, MessageFile, make_files
from cct_engine.messages.segments import Segments, as_sent, segments
from cct_engine.messages.text import Text, text_of

__all__ = [
    "Files",
    "MessageError",
    "MessageFile",
    "Segments",
    "Text",
    "as_sent",
    "choose",
    "make_files",
    "segments",
    "text_of",
]
