"""One thing that pyproject.toml cannot say; all else is there."""

import setuptools


class Distribution(setuptools.Distribution):
    """With data files in an editable installation too: setuptools has the step, but asks a method it does not have."""

    def has_data(self) -> bool:
        return bool(self.data_files)


setuptools.setup(distclass=Distribution)
