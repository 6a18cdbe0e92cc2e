"""Make the generated parts of every page anew: ``python -m tests.documents``."""

from tests.documents.pages import name_of, pages, renewed
from tests.documents.references import REFERENCES

for page in pages():
    before = page.read_text(encoding="utf-8")
    after = renewed(before, REFERENCES)
    if after != before:
        page.write_text(after, encoding="utf-8")
        print(f"{name_of(page)}: made anew")
