"""Verification: the log proved whole, or its first bad position named, in twelve numbered steps.

 1. The file is a log: its marks, its tables and triggers are those the log makes, and SQLite finds it undamaged.
 2. Positions run 1, 2, 3 … without a gap, up to the last one the file ever gave out.
 3. Each row's bytes are canonical JSON (RFC 8785) and an event of the catalogue, of today's form or upcast.
 4. Each row's topic is its type, its stream that of its subject (uuid5), and versions count 1, 2, 3 … in a stream.
 5. Recorded times never decrease.
 6. Each row has its identity (source, id, digest of its content, position), and each identity its row.
 7. No event stands where the intake would have refused it: offers and donors once, an offer's donor before it,
    corrections and retractions on a target that takes them, the counter set once and before the first offer.
 8. Each checkpoint is signed by a known key, its size is not beyond the log's, and its root is that of the rows:
    a tail cut off and a history rewritten whole show here, and nowhere else.
 9. Import records fit the rows, and begin with those the checkpoints signed.
10. Quarantine entries have the digest of their bytes, those taken or erased have an act that says so, each act its
    entry, and both begin with those the checkpoints signed.
11. Access records are numbered 1, 2, 3 … and begin with those the checkpoints signed.
12. Messages of feeds are kept beside the log with the SHA-256 they were received with, or an act says that they were
    erased; the acts begin with those the checkpoints signed.

SQLite's own sequences are held against what is there in steps 2 (events), 9 (imports), 10 (quarantine) and 12.

Nothing stored about the log is believed: hashes, roots, streams and orders are computed again from the rows.
Steps 2 to 7 are in ``rows``, 8 in ``heads``, 9 to 11 in ``beside``, 12 in ``received``, what they find in
``findings``, and what none of them can show in ``limits``. No step stops the others.
"""
