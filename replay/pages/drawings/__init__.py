"""Pictures drawn by the server as SVG, from documents: no script, no style attribute; classes give the colours."""
