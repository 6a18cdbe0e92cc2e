"""Make the generated parts of every page, and the files that are made whole, anew: ``python -m tests.documents``."""

from tests.documents.pages import name_of, pages, renewed
from tests.documents.references import REFERENCES
from tests.documents.whole_files import WHOLE_FILES

for page in pages():
    before = page.read_text(encoding="utf-8")
    after = renewed(before, REFERENCES)
    if after != before:
        page.write_text(after, encoding="utf-8")
        print(f"{name_of(page)}: made anew")
for file, made in WHOLE_FILES.items():
    if not file.exists() or file.read_bytes() != made():
        file.write_bytes(made())
        print(f"{name_of(file)}: made anew")
