"""The work loop: claim tasks from SQL, render, ask, ground, commit through the fence."""
