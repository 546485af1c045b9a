"""Training while one watches: the thread that trains, and the panel that shows it and is turned meanwhile."""
