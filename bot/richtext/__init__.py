"""A ticket's HTML as Slack rich text, or as plain text.

convert     the public part
reader      HTML of any quality, read into a document
nesting     HTML made harmless to the parser
paragraphs  HTML that needs no parser
document    blocks of styled text, and the writer that puts them together
links       where a link really leads
"""
