"""A folder that people and scanners drop files into: what is new there and stands still, and where it goes.

Nothing here knows of jobs or of the database. `layout` has the folders and who watches them, `standing` tells when a
file is whole, `eyes` sees what is new, `moves` takes and places files without ever replacing one.
"""
