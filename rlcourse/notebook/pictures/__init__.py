"""What figures are made of: the look of the course, PNGs that are the same every time, grids, films, source code."""
