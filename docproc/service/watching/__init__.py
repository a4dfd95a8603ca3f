"""A folder that is watched: its files become jobs, and go where their outcome says.

inbox ─rename→ processing ─hash→ `drops` row ─submit→ job (worked on elsewhere) ─ended→ target written down ─rename→
done | failed. Each arrow can be cut off by a kill and is done again by whoever watches next.
"""
