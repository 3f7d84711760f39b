"""The pages, a module for each room of the site, in the order of the route list.

Most answer any method (spec ui §4).
"""
