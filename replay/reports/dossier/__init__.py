"""The dossier: one self-contained file that lays an allocation open, for a court's expert and a cardiologist.

content    what happened, as one JSON document without a word of prose (course, acts: parts of it)
words      in the catalogue of all pages (replay.reports.words), French and English
sections   the document told in a language, as numbered sections made of a few kinds of blocks
chart      the candidate's points over time, as SVG
html, pdf  the same sections on a page
"""
