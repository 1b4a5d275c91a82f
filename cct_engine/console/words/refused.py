"""What acts are refused with, by form: told on pages in the reader's language.

The sentences are the engine's; a test reads them in its code, so that none is left without words.
"""

from __future__ import annotations

from typing import Final

__all__ = ["REFUSED"]

REFUSED: Final = (
    (
        "No bank is agreed for fund %(fund)s in %(currency)s. Put what was agreed with it into "
        "%(file)s."
    ),
    "%(code)s was not calculated. %(error)s",
    "%(code)s was not corrected. %(error)s",
    "%(code)s was not frozen. %(error)s",
    "%(code)s was not released. %(error)s",
    "Finding %(finding)s of %(cycle)s is %(state)s, not open. There is nothing to override.",
    (
        "The reason has %(n)s characters. Write at least %(least)s, so that an auditor "
        "understands it in five years. Nothing was proposed."
    ),
    (
        "An override of finding %(finding)s is proposed already; another officer confirms it. "
        "Nothing was proposed twice."
    ),
    (
        "No override of finding %(finding)s waits to be confirmed; one is proposed first, by "
        "another officer. Nothing was confirmed."
    ),
    (
        "%(cycle)s stays open. %(reasons)s. Nothing was closed; resolve these, reconcile, and "
        "close again."
    ),
    "%(cycle)s has no cut-off yet; freeze it first.",
    "%(cycle)s is %(state)s, and '%(verb)s' starts from %(since)s. Nothing was done. %(advice)s",
    (
        "There is no rulebook for %(programme)s: neither %(own)s nor one shipped with the "
        "engine (%(known)s). Write one before opening a cycle."
    ),
    "%(cycle)s is pinned to no law yet; freeze it first.",
    (
        "A cycle of %(programme)s covers %(n)s month(s) and starts in %(months)s; %(first)s is "
        "none of them. Nothing was opened."
    ),
    (
        "%(programme)s in %(currency)s is paid by one fund per cycle, of the year of its pay "
        "day %(day)s; found: %(known)s. Name the fund, or register the programme and its fund "
        "of that year first. Nothing was opened."
    ),
    (
        "%(cycle)s changed while you were working: it was %(state)s (version %(seen)s), now it "
        "is %(now)s (version %(version)s). Nothing of '%(verb)s' was done. Read the cycle "
        "again."
    ),
    "There is no cycle %(key)s. 'cct cycle list' names those that are open.",
    "The books refuse the payments of %(code)s, so nothing was sent. %(error)s",
    (
        "The bank has a file %(file)s that we never sent. Nothing was sent. Ask the bank where "
        "it comes from before anything else."
    ),
    (
        "%(file)s is neither at the bank nor waiting to be named, so nobody can tell from here "
        "whether the bank took it. It is not sent again. Ask the bank, then say so with: cct "
        "bank send --arrived FILE, or --lost FILE."
    ),
    (
        "%(file)s at the bank has %(there)s bytes where %(size)s were sealed. It is not sent "
        "again. Ask the bank what it has."
    ),
    (
        "%(file)s is not the file that was sealed: its SHA-256 starts %(found)s, sealed was "
        "%(sealed)s. It was not sent. Find out who changed it; write it again from the stored "
        "payments."
    ),
    (
        "%(file)s is not in the folder of sealed files. It was not sent. Restore it from the "
        "backup; its SHA-256 tells whether it is the one."
    ),
    "No upload of %(file)s is open; cct bank files lists every file.",
    (
        "%(cycle)s cannot be submitted: %(found)s must be resolved first. Correct the cause and"
        " check again, or have an override confirmed. Nothing was submitted."
    ),
    (
        "The sheet you read has the digest %(seen)s…, the list submitted as %(cycle)s has "
        "%(digest)s…. Nothing was approved. Read the new sheet."
    ),
    (
        "The list of %(cycle)s is not the one that was submitted: a row was changed after it. "
        "Nothing was approved. Reject the list, find who changed it, and check again."
    ),
    (
        "%(cycle)s was decided by another officer a moment ago. Nothing of yours was done. Read"
        " the cycle again."
    ),
    (
        "The reason has %(n)s characters. Write at least %(least)s, so that the maker knows "
        "what to change. Nothing was rejected."
    ),
    "%(code)s has the signatures that its sum needs: %(given)s of %(needed)s. Nothing was signed.",
    "The books refuse %(code)s, so nothing was approved. %(error)s",
    "%(programme)s is no programme of this house. Nothing changed.",
    "A tier is a sum of 0 or more and 1 to %(most)s signatures. Nothing changed.",
    (
        "%(cycle)s has %(given)s of the %(needed)s signatures that its sum needs. Nothing was "
        "sent. Another checker, who neither prepared nor signed it, signs the approval sheet "
        "first."
    ),
    (
        "Nothing was signed: prove first who you are, at the provider, from the approval sheet."
        " The proof holds for one signature and %(n)s minutes."
    ),
    (
        "Officer %(officer)s would be administrator and %(n)s other role(s). Who grants roles "
        "may not move money: use two officers."
    ),
    "There is an officer %(login)s already; logins are given once.",
    "Officer %(officer)s does not have the role %(role)s.",
    "In an emergency a business role is lent for 1 to %(n)s hours.",
    "Reason: write at least %(n)s characters, so that an auditor understands it in five years.",
    "There is no officer %(officer)s who could be disabled.",
    "There is no officer %(officer)s who could sign in.",
    "A password has %(least)s to %(most)s characters; this one has %(n)s. %(advice)s",
    "That password would be guessed first. %(advice)s",
    (
        "Officer %(officer)s has no role that may do '%(verb)s'%(where)s: it needs %(roles)s. "
        "%(could)s"
    ),
    " in %(programme)s",
    "%(n)s other officers can.",
    (
        "There is no officer %(officer)s, so nobody would answer for '%(verb)s'. An "
        "administrator adds officers."
    ),
    "Officer %(officer)s was disabled on %(day)s and may do nothing, '%(verb)s' included.",
    (
        "Officer %(officer)s %(deed)s this, so the same officer may not do '%(verb)s': no one "
        "signs their own work. %(could)s"
    ),
    "There is no open session %(session)s.",
    "Officer %(officer)s has no account at the provider.",
    (
        "'%(verb)s' of %(subject)s is under way already, started a moment ago. Nothing was "
        "started twice; Today shows how far it is."
    ),
    (
        "%(cycle)s changed while you were reading: it is %(now)s now, in version %(version)s. "
        "Nothing was done. Read the new version."
    ),
    (
        "%(cycle)s changed while you were reading: it is %(now)s now. Nothing was done. Read "
        "the cycle again."
    ),
    (
        "Nobody here has your account. Officers are never made by signing in: ask an "
        "administrator to add you and to bind the account, on your page or by 'cct people bind "
        "LOGIN %(account)s'."
    ),
    "The provider saw another person than %(login)s. Nothing can be signed by it.",
    "%(error)s Nothing was signed.",
    "%(name)s was not tried. %(error)s",
    "The next step is '%(verb)s'.",
    (
        "%(n)s of these changes were proposed by the same officer. An account changes only by a"
        " second person; ask another officer to confirm them."
    ),
    "The columns are not those of feed %(feed)s: %(wrong)s.",
    (
        "%(file)s has %(n)s rows, its manifest says %(said)s. Rows were lost or added on the "
        "way; ask the sender to send both again."
    ),
    (
        "The registry knows no source %(code)s. Nobody could say where the rows come from; add "
        "it with registry.setup.source."
    ),
    (
        "%(file)s has no rows. An empty file is not a report; ask the sender for the rows, or "
        "declare the feed as exceptions only."
    ),
    (
        "%(file)s: one reader counts %(n)s records and the other %(m)s. Line ends or quotes are"
        " mixed; save it again as CSV."
    ),
    (
        "%(file)s is a cut or damaged Parquet file. Nothing was loaded; ask the sender to send "
        "it again."
    ),
    (
        "%(file)s breaks off inside a quoted cell: it was cut, or a quote is not closed. "
        "Nothing was loaded; ask the sender to send it again."
    ),
    "%(file)s: there is no such file. Check the name and the folder.",
    "%(file)s is empty (0 bytes). Ask the sender to send it again.",
    (
        "%(file)s is not the file its manifest names: the SHA-256 differs. It was changed or "
        "cut on its way; ask the sender to send both again."
    ),
    "%(file)s is an old .xls workbook. Save it as .xlsx or CSV.",
    (
        "%(file)s is no %(kind)s file: its first bytes are others. It was renamed or damaged; "
        "ask the sender to send it again."
    ),
    "%(file)s is a cut or damaged workbook. Ask the sender for it again.",
    (
        "%(file)s would unpack to %(n)s bytes, more than %(most)s. Send so many rows as CSV or "
        "Parquet."
    ),
    (
        "%(file)s is declared as %(kind)s but is UTF-8. Names would come out wrong; correct the"
        " declaration."
    ),
    "%(file)s has column %(column)s twice; nobody can tell which is meant. Remove one.",
    (
        "%(file)s has no column %(missing)s, which feed %(feed)s declares. Of its %(n)s columns"
        " these are declared: %(known)s. Check that this is the right file, that its first line"
        " names the columns, and that they are separated by %(mark)s."
    ),
    "%(file)s is a cut or damaged gzip file. Nothing was loaded; ask the sender to send it again.",
    "%(file)s ends in the middle of a character: it was cut.",
    "%(file)s holds null bytes: it is no text. Send it as CSV.",
    "%(file)s has more than %(most)s bytes. Split it.",
    (
        "%(file)s has a cell longer than %(most)s characters after row %(row)s: a quote is not "
        "closed, or the file was cut. Ask for it again."
    ),
    (
        "%(file)s is not written in %(kind)s, at byte %(place)s. Names would come out wrong; "
        "declare the encoding it has (often latin-1 or cp1252) or save it as declared."
    ),
    (
        "%(file)s has more than %(most)s rows with more cells than the header: header and rows "
        "do not belong together. Check the separator."
    ),
    (
        "Item %(item)s is %(state)s, not open. Someone else, or the bank, was first: look at it"
        " again."
    ),
    "Item %(item)s has no proposal that could be sent back.",
    "Item %(item)s is %(state)s; only a proposed resolution can be confirmed.",
    (
        "Officer %(officer)s proposed how to close item %(item)s, so a second officer must "
        "confirm it: no one approves their own work."
    ),
    "There is no open item %(item)s.",
    "No resolution is called %(resolution)s; there are %(known)s.",
    "Item %(item)s (%(side)s, %(not)sin the books) cannot be %(resolution)s: %(error)s",
    (
        "Item %(item)s waits for the bank (%(error)s) and closes by itself when the bank books "
        "it. Ask the bank."
    ),
    (
        "Instruction %(instruction)s is not a settled payment of exactly the amount of item "
        "%(item)s, so the item cannot be its return. Compare both with the bank's entry."
    ),
)
"""The forms, as the catalogues know them. A sentence that fills nothing in stands in them alone."""
