"""Three small applications of different style, each in two spellings by different frameworks, in the test's process.

`board` serves pages to browsers, `shop` JSON to programs with bearer tokens, `meters` text, tables and downloads to
devices. What an application does and remembers stands in its own module; `…_primary` and `…_candidate` spell it in
HTTP. Two worlds of one application take their ids, tokens and times from sources of their own.
"""
