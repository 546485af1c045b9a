"""The notebooks in a real JupyterLab, driven with a real browser."""
