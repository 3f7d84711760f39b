"""Pure mathematics of engine matches: numbers in, numbers out; no clock, no database."""
